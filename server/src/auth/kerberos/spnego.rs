//! SPNEGO, by the Kerberos library of the system: from a client's token to its name.
//!
//! The library checks the ticket with the key of the service, its times, and whether the same token came before (its replay cache
//! is a file of this host; all processes of the service on it share it). It reads files and computes, so it works on
//! threads of its own.

use std::sync::Arc;

use libgssapi::context::{CtxFlags, SecurityContext as _, ServerCtx};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::error::Error;
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_MECH_SPNEGO, GSS_NT_HOSTBASED_SERVICE, OidSet};
use tokio::sync::Semaphore;

/// Tokens that are looked at at the same time.
const AT_ONCE: usize = 16;

/// Accepts tickets for one service.
#[derive(Clone)]
pub struct Acceptor {
    credentials: Cred,
    slots: Arc<Semaphore>,
}

/// A token that was good.
#[derive(Debug)]
pub struct Accepted {
    /// Whose it is: `alice@REALM`.
    pub client: String,
    /// Whom it was for: `HTTP/host@REALM`.
    pub service: String,
    /// By this the client knows that it speaks with the service.
    pub reply: Vec<u8>,
}

/// A token that was not.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// What the library says: expired, used before, for somebody else, garbage.
    #[error("{0}")]
    Library(#[from] Error),
    /// The client wants to negotiate further; only what is decided by one token is spoken here.
    #[error("it takes more than one token")]
    Unfinished,
    /// Another way to log in than Kerberos.
    #[error("it is not of Kerberos")]
    OtherMechanism,
    /// Kerberos without a name.
    #[error("it is of nobody")]
    Anonymous,
    /// The thread that looked at it is gone.
    #[error("it could not be looked at")]
    Lost,
}

impl Acceptor {
    /// Accepts tickets for `HTTP/host`, by the key in the keytab that the library knows of.
    pub fn new(host: &str) -> Result<Self, Error> {
        let name = Name::new(format!("HTTP@{host}").as_bytes(), Some(GSS_NT_HOSTBASED_SERVICE))?;
        let mut mechanisms = OidSet::new();
        mechanisms.add(GSS_MECH_KRB5)?;
        mechanisms.add(GSS_MECH_SPNEGO)?;
        let credentials = Cred::acquire(Some(&name), None, CredUsage::Accept, Some(&mechanisms))?;
        Ok(Self { credentials, slots: Arc::new(Semaphore::new(AT_ONCE)) })
    }

    /// Looks at a token.
    pub async fn accept(&self, token: Vec<u8>) -> Result<Accepted, Refused> {
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(|_| Refused::Lost)?;
        let credentials = self.credentials.clone();
        let look = move || {
            let _until_done = slot;
            look_at(credentials, &token)
        };
        tokio::task::spawn_blocking(look).await.unwrap_or(Err(Refused::Lost))
    }
}

fn look_at(credentials: Cred, token: &[u8]) -> Result<Accepted, Refused> {
    let mut context = ServerCtx::new(Some(credentials));
    let reply = context.step(token, None)?;
    if !context.is_complete() {
        return Err(Refused::Unfinished);
    }
    let known = context.info()?;
    if known.mechanism != GSS_MECH_KRB5 {
        return Err(Refused::OtherMechanism);
    }
    if known.flags.contains(CtxFlags::GSS_C_ANON_FLAG) {
        return Err(Refused::Anonymous);
    }
    Ok(Accepted {
        client: shown(&known.source_name)?,
        service: shown(&known.target_name)?,
        reply: reply.map(|reply| reply.to_vec()).unwrap_or_default(),
    })
}

/// Bytes that are no text become characters that no name has.
fn shown(name: &Name) -> Result<String, Refused> {
    Ok(String::from_utf8_lossy(&name.display_name()?).replace(char::REPLACEMENT_CHARACTER, "\\"))
}
