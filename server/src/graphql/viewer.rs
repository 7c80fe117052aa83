//! `viewer`: who is asking, what they may do, and their API tokens.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use entities::api_token;
use tokio::sync::OnceCell;

use super::error::Told as _;
use super::guard::complexity::at_most;
use super::id;
use super::load;
use super::paging::{Page, Part, items, part_of};
use super::scalars::DateTime;
use crate::App;
use crate::auth::permission::{Cancel, Import, Permission, Read, Submit, is_admin};
use crate::auth::{Asker, Known, Person, Scope, Scopes, Visitor};
use crate::rest::Failure;
use crate::service::tokens;

/// Whoever sent a request. Nobody looks unless it matters, and then once: a Kerberos ticket is good once.
pub struct Sender {
    visitor: Visitor,
    known: OnceCell<Known>,
}

impl Sender {
    /// Of one request.
    pub fn new(visitor: Visitor) -> Self {
        Self { visitor, known: OnceCell::new() }
    }

    /// Who it is.
    pub async fn known(&self, app: &App) -> Result<Known, Failure> {
        Ok(self.known.get_or_try_init(async || self.visitor.of_own_site(app).await).await?.clone())
    }

    /// Who it is, as somebody who asks for what needs `P`.
    pub async fn asks<P: Permission>(&self, app: &App) -> Result<Asker<P>, Failure> {
        P::open(app)?;
        Ok(Asker::of(app, self.known(app).await?)?)
    }
}

/// Who is asking.
pub struct Viewer {
    known: Known,
    app: App,
}

/// Who is asking; an error, with the status that REST would answer with, where that is not known.
pub async fn viewer(context: &Context<'_>) -> Result<Viewer> {
    let loaders = load::of(context);
    loaders.note_volatile();
    let app = loaders.app();
    let asker = context.data_unchecked::<Sender>().asks::<Read>(app).await.told()?;
    Ok(Viewer { known: asker.known().clone(), app: app.clone() })
}

/// What somebody may ask for. Whether it is done depends on the build, too.
#[derive(Clone, Copy, Debug, SimpleObject)]
#[expect(clippy::struct_excessive_bools, reason = "each is a right of its own")]
pub struct Rights {
    /// Submit builds.
    submit: bool,
    /// Cancel builds of their own; of anybody, if they are an administrator.
    cancel: bool,
    /// Import modules.
    import: bool,
    /// Make and revoke API tokens.
    manage_tokens: bool,
}

/// Who is asking.
#[Object]
impl Viewer {
    /// Name; builds are owned by it.
    async fn name(&self) -> &str {
        &self.known.user.name
    }

    /// Groups, as the identity provider names them.
    async fn groups(&self) -> &[String] {
        &self.known.user.groups
    }

    /// How that is known: `none`, `oidc`, `kerberos`, `proxy` or `token`.
    async fn method(&self) -> &str {
        self.known.method
    }

    /// What the API token is good for; null without one.
    async fn scopes(&self) -> Option<Vec<&'static str>> {
        match &self.known.scopes {
            Scopes::All => None,
            Scopes::Only(scopes) => Some(scopes.iter().copied().map(Scope::name).collect()),
        }
    }

    /// Whether they are an administrator.
    async fn admin(&self) -> bool {
        is_admin(&self.app, &self.known)
    }

    /// What they may ask for.
    async fn may(&self) -> Rights {
        let (app, known) = (&self.app, || self.known.clone());
        Rights {
            submit: Asker::<Submit>::of(app, known()).is_ok_and(|asker| asker.granted(app, None).is_ok()),
            cancel: Asker::<Cancel>::of(app, known()).is_ok_and(|asker| asker.granted(app, None).is_ok()),
            import: Asker::<Import>::of(app, known()).is_ok_and(|asker| asker.granted(app).is_ok()),
            manage_tokens: self.known.scopes == Scopes::All && !app.config.auth.no_auth,
        }
    }

    /// Their API tokens; those of somebody else (`owner`) for administrators.
    #[graphql(complexity = "at_most(1, items(first, last), child_complexity)")]
    async fn tokens(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose, for administrators.")] owner: Option<String>,
        #[graphql(desc = "The first so many; 10 unless this or `last` says otherwise.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Page<ApiToken>> {
        let person = Person::of(self.known.clone()).told()?;
        let tokens = tokens::list(&self.app, &person, owner.as_deref()).await.told()?;
        let tokens = tokens.into_iter().map(|row| ApiToken::new(&self.app, row)).collect();
        part_of(context, tokens, &Part { first, after, last, before })
    }
}

/// An API token; its text is told only when it is made.
#[derive(Clone, Debug, SimpleObject)]
pub struct ApiToken {
    /// Its id, unique over all types; `node` does not take it.
    id: ID,
    /// Its number: the `id` of REST.
    number: i32,
    /// What its owner calls it.
    name: String,
    /// Whose it is.
    owner: String,
    /// What it is good for: some of `read`, `submit`, `cancel` and `gate`.
    scopes: Vec<String>,
    /// Whether it can be used now.
    good: bool,
    /// When it was made.
    time_created: DateTime,
    /// When it ends.
    time_expires: DateTime,
    /// When it was used last.
    time_last_used: Option<DateTime>,
    /// When it was revoked.
    time_revoked: Option<DateTime>,
}

impl ApiToken {
    /// Of a row.
    pub fn new(app: &App, row: api_token::Model) -> Self {
        Self {
            id: id::global(API_TOKEN, row.id),
            number: row.id,
            good: row.is_good(app.clock.now()),
            name: row.name,
            owner: row.owner,
            scopes: row.scopes.split(' ').map(str::to_owned).collect(),
            time_created: DateTime(row.time_created),
            time_expires: DateTime(row.time_expires),
            time_last_used: row.time_last_used.map(DateTime),
            time_revoked: row.time_revoked.map(DateTime),
        }
    }
}

/// Name of the type of API tokens.
pub const API_TOKEN: &str = "ApiToken";
