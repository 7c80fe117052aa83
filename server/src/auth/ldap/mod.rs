//! The directory that knows the groups of users (LDAP).
//!
//! | file | subject |
//! | --- | --- |
//! | [`connection`] | one connection for all questions, made again when it breaks |
//! | [`trust`] | which certificates it may have |
//!
//! A group is an entry right below `LDAP_GROUPS_DN` that names its users in `memberUid`. What the directory said is believed for
//! `LDAP_CACHE_SECONDS`, and not a moment longer: when it does not answer then, nobody is let in.

mod connection;
mod trust;

use std::sync::Arc;
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

pub use connection::Address;
pub use trust::{Untrusted, trusting};

use super::AuthError;
use connection::Connection;

/// Users whose groups are remembered.
const REMEMBERED: usize = 10_000;
/// What users read while the directory is away.
const AWAY: &str = "The directory that knows the groups of users does not answer; try again in a moment.";

/// The directory.
pub struct Directory {
    /// None where the operator names no directory.
    connection: Option<Connection>,
    remembered: Cache<String, Arc<Groups>>,
    lifetime: Duration,
}

/// What the directory said of a user.
struct Groups {
    names: Vec<String>,
    /// When it was asked.
    asked: Instant,
}

impl Directory {
    /// Asks at an address; remembers answers for `lifetime`.
    pub fn new(address: Option<Address>, lifetime: Duration) -> Self {
        Self { connection: address.map(Connection::new), remembered: Cache::new(REMEMBERED), lifetime }
    }

    /// The groups of a user.
    pub async fn groups(&self, user: &str) -> Result<Vec<String>, AuthError> {
        if let Some(groups) = self.remembered.get(user).filter(|groups| groups.asked.elapsed() < self.lifetime) {
            return Ok(groups.names.clone());
        }
        let Some(connection) = &self.connection else {
            tracing::error!(
                "LDAP_URI and LDAP_GROUPS_DN must be set in the configuration: groups of users are not known"
            );
            return Err(AuthError::Unavailable("LDAP_URI and LDAP_GROUPS_DN must be set in server config.".to_owned()));
        };
        // From now: what changes while the directory answers may be missing in the answer.
        let asked = Instant::now();
        let names = connection.groups(user).await.map_err(|error| {
            self.remembered.remove(user);
            tracing::error!(%error, "the directory does not answer; nobody is let in without it");
            AuthError::Unavailable(AWAY.to_owned())
        })?;
        if !self.lifetime.is_zero() {
            self.remembered.insert(user.to_owned(), Arc::new(Groups { names: names.clone(), asked }));
        }
        Ok(names)
    }
}
