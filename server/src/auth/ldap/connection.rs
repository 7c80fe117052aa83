//! One connection for all questions: LDAP lets many be under way on one. It is made when it is first needed, and again after
//! anything went wrong with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchEntry, ldap_escape};
use rustls::ClientConfig;
use tokio::sync::Mutex;

use crate::config::Secret;

/// Where the directory is, and what is asked there.
#[derive(Clone, Debug)]
pub struct Address {
    /// `ldap://host:port` or `ldaps://host:port`.
    pub uri: String,
    /// The groups are right below this.
    pub groups_dn: String,
    /// Name and password of the service at the directory, where it needs them.
    pub bind: Option<(String, Secret)>,
    /// Which certificates are trusted.
    pub trust: Arc<ClientConfig>,
    /// For one question, connecting included.
    pub timeout: Duration,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Silent {
    /// The connection, or an answer that is an error.
    #[error("{0}")]
    Ldap(#[from] LdapError),
    /// Nothing came.
    #[error("no answer within {} seconds", .0.as_secs())]
    TooSlow(Duration),
}

pub struct Connection {
    address: Address,
    open: Mutex<Option<(u64, Ldap)>>,
    /// By their numbers broken ones are told from their successors.
    made: AtomicU64,
}

impl Connection {
    pub fn new(address: Address) -> Self {
        Self { address, open: Mutex::default(), made: AtomicU64::new(0) }
    }

    /// The names of the groups that have a user as a member.
    pub async fn groups(&self, user: &str) -> Result<Vec<String>, Silent> {
        let timeout = self.address.timeout;
        let mut number = None;
        let asked = tokio::time::timeout(timeout, self.ask_twice(user, &mut number)).await;
        let answer = asked.unwrap_or(Err(Silent::TooSlow(timeout)));
        if answer.is_err() {
            self.forget(number).await;
        }
        answer
    }

    /// A connection that has been idle may be gone without anybody having noticed; that is no reason to refuse anybody.
    async fn ask_twice(&self, user: &str, on: &mut Option<u64>) -> Result<Vec<String>, Silent> {
        let (number, mut ldap, is_new) = self.connected().await?;
        *on = Some(number);
        match self.ask(&mut ldap, user).await {
            Err(LdapError::LdapResult { result }) => Err(LdapError::LdapResult { result }.into()),
            Err(_) if !is_new => {
                self.forget(Some(number)).await;
                let (number, mut ldap, _) = self.connected().await?;
                *on = Some(number);
                Ok(self.ask(&mut ldap, user).await?)
            }
            answer => Ok(answer?),
        }
    }

    async fn ask(&self, ldap: &mut Ldap, user: &str) -> Result<Vec<String>, LdapError> {
        let filter = format!("(memberUid={})", ldap_escape(user));
        let found = ldap.search(&self.address.groups_dn, Scope::OneLevel, &filter, ["cn"]).await?;
        let (entries, _) = found.success()?;
        let entries = entries.into_iter().filter(|entry| !entry.is_ref() && !entry.is_intermediate());
        Ok(entries.filter_map(|entry| first_name(SearchEntry::construct(entry))).collect())
    }

    /// The open connection, or a new one.
    async fn connected(&self) -> Result<(u64, Ldap, bool), LdapError> {
        let mut open = self.open.lock().await;
        if let Some((number, ldap)) = open.as_mut()
            && !ldap.is_closed()
        {
            return Ok((*number, ldap.clone(), false));
        }
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let ldap = self.connect().await?;
        *open = Some((number, ldap.clone()));
        Ok((number, ldap, true))
    }

    async fn connect(&self) -> Result<Ldap, LdapError> {
        let Address { uri, bind, trust, timeout, .. } = &self.address;
        let settings = LdapConnSettings::new().set_conn_timeout(*timeout).set_config(Arc::clone(trust));
        let (connection, mut ldap) = LdapConnAsync::with_settings(settings, uri).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.drive().await {
                tracing::debug!(%error, "the connection to the directory ended");
            }
        });
        if let Some((name, password)) = bind {
            ldap.simple_bind(name, password).await?.success()?;
        }
        Ok(ldap)
    }

    /// The next question makes a new connection.
    async fn forget(&self, broken: Option<u64>) {
        let mut open = self.open.lock().await;
        if let Some((number, _)) = open.as_ref()
            && Some(*number) == broken
        {
            *open = None;
        }
    }
}

/// An entry may have several names; the first is that of the group.
fn first_name(mut entry: SearchEntry) -> Option<String> {
    let names = entry.attrs.remove("cn")?;
    names.into_iter().next()
}
