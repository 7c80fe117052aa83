//! Users, and what is known of one who asks.

use poem::http::HeaderValue;

/// Somebody who asks for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Name; builds are owned by it.
    pub name: String,
    /// Groups, as the identity provider names them.
    pub groups: Vec<String>,
}

/// Who asked, and how that is known.
#[derive(Clone, Debug)]
pub struct Known {
    /// Who.
    pub user: User,
    /// How: `none`, `oidc`, `kerberos`, `proxy` or `token`.
    pub method: &'static str,
    /// What the credentials are good for.
    pub scopes: Scopes,
    /// Value of `WWW-Authenticate` that the answer has to have (Kerberos: mutual authentication).
    pub reply: Option<HeaderValue>,
}

impl Known {
    /// A user whose credentials are good for everything that the user may do.
    pub fn fully(user: User, method: &'static str) -> Self {
        Self { user, method, scopes: Scopes::All, reply: None }
    }
}

/// Something that an API token may be good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Saying who it belongs to; reading is free to all.
    Read,
    /// Submitting builds.
    Submit,
    /// Cancelling builds of its owner.
    Cancel,
    /// Answering for the gate.
    Gate,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 4] = [Self::Read, Self::Submit, Self::Cancel, Self::Gate];

    /// Its name in requests and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Submit => "submit",
            Self::Cancel => "cancel",
            Self::Gate => "gate",
        }
    }

    /// The scope of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// What credentials are good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scopes {
    /// Everything that the user may do.
    All,
    /// These, as far as the user may do them; never what only administrators may do.
    Only(Vec<Scope>),
}

impl Scopes {
    /// Whether they cover this.
    pub fn cover(&self, scope: Scope) -> bool {
        match self {
            Self::All => true,
            Self::Only(scopes) => scopes.contains(&scope),
        }
    }
}
