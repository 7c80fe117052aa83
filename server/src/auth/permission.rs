//! What may be asked for, and by whom. [`Granted`] can be made here only.

use std::collections::BTreeSet;
use std::marker::PhantomData;

use entities::module_build;
use serde_json::Value;

use super::{Asker, Canceler, Gatekeeper, Importer, Known, Retrier, Scope, Scopes, Submitter, User};
use crate::App;
use crate::config::Auth;
use crate::service::ServiceError;

/// Something that not everybody may do.
pub trait Permission: Send + Sync + 'static {
    /// What an API token needs for it; `None` if none is good enough.
    const SCOPE: Option<Scope>;

    /// Refuses everybody where the service does not do this at all; looked at before it is known who is asking.
    fn open(_app: &App) -> Result<(), ServiceError> {
        Ok(())
    }

    /// Whose members may.
    fn groups(auth: &Auth) -> &BTreeSet<String>;
}

/// Asking who one is: everybody who is known.
#[derive(Clone, Copy, Debug)]
pub enum Read {}

impl Permission for Read {
    const SCOPE: Option<Scope> = Some(Scope::Read);

    fn groups(_auth: &Auth) -> &BTreeSet<String> {
        static NONE: BTreeSet<String> = BTreeSet::new();
        &NONE
    }
}

/// Submitting builds: `ALLOWED_GROUPS`.
#[derive(Clone, Copy, Debug)]
pub enum Submit {}

impl Permission for Submit {
    const SCOPE: Option<Scope> = Some(Scope::Submit);

    fn groups(auth: &Auth) -> &BTreeSet<String> {
        &auth.allowed_groups
    }
}

/// Cancelling: `ALLOWED_GROUPS`, builds of their own, and any build if they are in `ADMIN_GROUPS`, too.
#[derive(Clone, Copy, Debug)]
pub enum Cancel {}

impl Permission for Cancel {
    const SCOPE: Option<Scope> = Some(Scope::Cancel);

    fn groups(auth: &Auth) -> &BTreeSet<String> {
        &auth.allowed_groups
    }
}

/// Trying failed components again, which is submitting them: `ALLOWED_GROUPS`, builds of their own, and any build if they are in
/// `ADMIN_GROUPS`, too.
#[derive(Clone, Copy, Debug)]
pub enum Retry {}

impl Permission for Retry {
    const SCOPE: Option<Scope> = Some(Scope::Submit);

    fn groups(auth: &Auth) -> &BTreeSet<String> {
        &auth.allowed_groups
    }
}

/// Importing modules: `ALLOWED_GROUPS_TO_IMPORT_MODULE`.
#[derive(Clone, Copy, Debug)]
pub enum Import {}

impl Permission for Import {
    const SCOPE: Option<Scope> = None;

    fn open(app: &App) -> Result<(), ServiceError> {
        if Self::groups(&app.config.auth).is_empty() {
            tracing::warn!("an import was refused: ALLOWED_GROUPS_TO_IMPORT_MODULE is empty");
            return Err(ServiceError::Forbidden("Import module API is disabled.".to_owned()));
        }
        Ok(())
    }

    fn groups(auth: &Auth) -> &BTreeSet<String> {
        &auth.allowed_groups_to_import_module
    }
}

/// Answering for the gate: `GATE_GROUPS` and `ADMIN_GROUPS`, and nobody while both are empty. What tests builds is a program, so
/// tokens are good for it.
#[derive(Clone, Copy, Debug)]
pub enum OpenGate {}

impl Permission for OpenGate {
    const SCOPE: Option<Scope> = Some(Scope::Gate);

    fn groups(_auth: &Auth) -> &BTreeSet<String> {
        static NONE: BTreeSet<String> = BTreeSet::new();
        &NONE
    }
}

/// Somebody who may do what `P` stands for.
#[derive(Clone, Debug)]
pub struct Granted<P> {
    known: Known,
    permission: PhantomData<P>,
}

impl<P: Permission> Granted<P> {
    /// Users named in `ALLOWED_USERS`, and members of the groups (everybody where there are none).
    fn to(app: &App, known: Known) -> Result<Self, ServiceError> {
        let (auth, user) = (&app.config.auth, &known.user);
        let allowed = P::groups(auth);
        let member = allowed.is_empty() || user.groups.iter().any(|group| allowed.contains(group));
        if member || auth.allowed_users.contains(&user.name) {
            return Ok(Self { known, permission: PhantomData });
        }
        let groups = user.groups.iter().collect();
        let (allowed, groups) = (set(&allowed.iter().collect()), set(&groups));
        Err(ServiceError::Forbidden(format!("{} is not in any of {allowed}, only {groups}", user.name)))
    }

    /// In whose name.
    pub fn user(&self) -> &User {
        &self.known.user
    }
}

impl Submitter {
    /// Lets builds be submitted, in the name of `owner` where that is allowed.
    pub fn granted(&self, app: &App, owner: Option<&Value>) -> Result<Granted<Submit>, ServiceError> {
        Granted::to(app, self.in_the_name_of(app, owner)?)
    }
}

impl Canceler {
    /// Lets builds be cancelled, in the name of `owner` where that is allowed; which ones, [`Granted::of_build`] says.
    pub fn granted(&self, app: &App, owner: Option<&Value>) -> Result<Granted<Cancel>, ServiceError> {
        Granted::to(app, self.in_the_name_of(app, owner)?)
    }
}

impl Granted<Cancel> {
    /// Whether it was granted to an administrator.
    pub fn is_admin(&self, app: &App) -> bool {
        is_admin(app, &self.known)
    }
}

impl Retrier {
    /// Lets components be tried again, in the name of `owner` where that is allowed; of which builds, [`Granted::of_build`] says.
    pub fn granted(&self, app: &App, owner: Option<&Value>) -> Result<Granted<Retry>, ServiceError> {
        Granted::to(app, self.in_the_name_of(app, owner)?)
    }
}

/// What is done to a build that is there.
pub trait OfBuild {}
impl OfBuild for Cancel {}
impl OfBuild for Retry {}

impl<P: OfBuild> Granted<P> {
    /// Lets it be done to this build: by its owner, and by administrators.
    pub fn of_build(&self, app: &App, build: &module_build::Model) -> Result<(), ServiceError> {
        if build.owner == self.known.user.name || is_admin(app, &self.known) {
            return Ok(());
        }
        Err(ServiceError::Forbidden("You are not owner of this build and therefore cannot modify it.".to_owned()))
    }
}

impl Gatekeeper {
    /// Lets it be said whether a build may become ready. `ALLOWED_USERS` may submit; that they may let their own builds through does
    /// not follow.
    pub fn granted(&self, app: &App) -> Result<Granted<OpenGate>, ServiceError> {
        let (allowed, user) = (&app.config.gate.groups, &self.known.user);
        if user.groups.iter().any(|group| allowed.contains(group)) || is_admin(app, &self.known) {
            return Ok(Granted { known: self.known.clone(), permission: PhantomData });
        }
        let message = format!("{} is not in a group that may answer for the gate (GATE_GROUPS)", user.name);
        Err(ServiceError::Forbidden(message))
    }
}

impl Importer {
    /// Lets modules be imported.
    pub fn granted(&self, app: &App) -> Result<Granted<Import>, ServiceError> {
        Granted::to(app, self.known.clone())
    }
}

impl<P> Asker<P> {
    /// With `NO_AUTH`, `anonymous` may say who it is (`owner`); otherwise the parameter is refused.
    fn in_the_name_of(&self, app: &App, owner: Option<&Value>) -> Result<Known, ServiceError> {
        let mut known = self.known.clone();
        let Some(owner) = owner else { return Ok(known) };
        let invalid = |message: &str| Err(ServiceError::Invalid(message.to_owned()));
        if !app.config.auth.no_auth {
            return invalid("The request contains 'owner' parameter, however NO_AUTH is not allowed");
        }
        match owner {
            Value::String(name) if name.contains('\0') => {
                return invalid("The \"owner\" parameter holds a NUL character");
            }
            Value::String(name) if known.user.name == "anonymous" => known.user.name.clone_from(name),
            Value::String(_) => {}
            _ => return invalid("The \"owner\" parameter must be a string"),
        }
        Ok(known)
    }
}

/// Members of `ADMIN_GROUPS` who logged in. An API token makes no administrator: nobody would notice that its owner is none any
/// more.
pub fn is_admin(app: &App, known: &Known) -> bool {
    known.scopes == Scopes::All && known.user.groups.iter().any(|group| app.config.auth.admin_groups.contains(group))
}

/// Names as clients know sets from the Python service: `{'a', 'b'}`, `set()`.
fn set(names: &BTreeSet<&String>) -> String {
    if names.is_empty() {
        return "set()".to_owned();
    }
    let quoted: Vec<_> = names.iter().map(|name| quoted(name)).collect();
    format!("{{{}}}", quoted.join(", "))
}

/// A text as Python shows it: in single quotes, unless it holds some and no double ones.
pub(super) fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut shown = String::from(quote);
    for letter in text.chars() {
        match letter {
            '\\' => shown.push_str("\\\\"),
            letter if letter == quote => shown.extend(['\\', letter]),
            letter if letter.is_control() => shown.extend(letter.escape_default()),
            letter => shown.push(letter),
        }
    }
    shown.push(quote);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_look_as_they_did() {
        assert_eq!(quoted("packager"), "'packager'");
        assert_eq!(quoted("it's"), "\"it's\"");
        assert_eq!(quoted("'\""), "'\\'\"'");
        assert_eq!(quoted("a\\b\n"), "'a\\\\b\\n'");
        assert_eq!(set(&BTreeSet::new()), "set()");
        assert_eq!(set(&BTreeSet::from([&"b".to_owned(), &"a".to_owned()])), "{'a', 'b'}");
    }
}
