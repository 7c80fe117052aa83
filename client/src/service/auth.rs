//! Who is asking: the one place where a token joins a request.
//!
//! `MBS_TOKEN` (an API token, for scripts) wins over what `mbs-build login` has kept for this service. Where there is neither,
//! nothing is sent: a service with `NO_AUTH` wants nothing. A token that has ended is renewed once, when the service refuses it.

use std::sync::Mutex;

use reqwest::{Client, RequestBuilder, StatusCode, Url};

use crate::failure::Failure;
use crate::login::provider::Denied;
use crate::login::store::{Login, Store};

/// The environment variable that holds an API token.
const TOKEN: &str = "MBS_TOKEN";

/// What proves the user's identity to one service.
pub struct Identity {
    service: String,
    store: Option<Store>,
    proof: Mutex<Proof>,
}

#[derive(Clone)]
enum Proof {
    None,
    Token(String),
    Login(Box<Login>),
}

impl Identity {
    /// At the service with this address.
    pub fn at(base: &Url) -> Result<Self, Failure> {
        let (service, store) = (base.to_string(), Store::of_user());
        let token = std::env::var(TOKEN).ok().filter(|token| !token.trim().is_empty());
        let proof = match (token, &store) {
            (Some(token), _) => Proof::Token(token.trim().to_owned()),
            (None, Some(store)) => store.login(&service)?.map_or(Proof::None, |login| Proof::Login(Box::new(login))),
            (None, None) => Proof::None,
        };
        Ok(Self { service, store, proof: Mutex::new(proof) })
    }

    /// The request with what proves the user's identity.
    pub fn authorize(&self, request: RequestBuilder) -> RequestBuilder {
        match self.proof() {
            Proof::None => request,
            Proof::Token(token) => request.bearer_auth(token),
            Proof::Login(login) => request.bearer_auth(&login.tokens.access_token),
        }
    }

    /// After the service has refused it: whether there is something else to try now. Another process may have renewed it.
    pub async fn renew(&self, http: &Client) -> Result<bool, Failure> {
        let (Proof::Login(used), Some(store)) = (self.proof(), &self.store) else { return Ok(false) };
        let locked = store.locked()?;
        let Some(mut login) = locked.login(&self.service)? else { return Ok(false) };
        if login.tokens.access_token == used.tokens.access_token {
            let Some(token) = login.tokens.refresh_token.clone() else { return Ok(false) };
            login.tokens = match login.provider.refresh(http, &token).await {
                Ok(tokens) => tokens,
                Err(Denied::Error(_)) => return Ok(false),
                Err(Denied::Failed(failure)) => return Err(failure),
            };
            locked.keep(&self.service, login.clone())?;
        }
        if let Ok(mut proof) = self.proof.lock() {
            *proof = Proof::Login(Box::new(login));
        }
        Ok(true)
    }

    /// Keeps what the user has logged in with.
    pub fn keep(&self, login: Login) -> Result<(), Failure> {
        self.store()?.locked()?.keep(&self.service, login.clone())?;
        if let Ok(mut proof) = self.proof.lock() {
            *proof = Proof::Login(Box::new(login));
        }
        Ok(())
    }

    /// Forgets it, here and at the provider; false if there was nothing.
    pub async fn forget(&self, http: &Client) -> Result<bool, Failure> {
        let locked = self.store()?.locked()?;
        let Some(login) = locked.login(&self.service)? else { return Ok(false) };
        for token in login.tokens.refresh_token.iter().chain([&login.tokens.access_token]) {
            if let Err(denied) = login.provider.revoke(http, token).await {
                crate::out::notice(&Failure::from(denied).to_string());
            }
        }
        locked.forget(&self.service)
    }

    /// What a refusal for want of a log-in should add for the user.
    pub fn hint(&self, status: StatusCode) -> &'static str {
        match (status, self.proof()) {
            (StatusCode::UNAUTHORIZED, Proof::None) => "; `mbs-build login` may help",
            (StatusCode::UNAUTHORIZED, Proof::Login(_)) => "; `mbs-build login` again may help",
            _ => "",
        }
    }

    fn store(&self) -> Result<&Store, Failure> {
        self.store.as_ref().ok_or_else(|| Failure::Usage("there is no HOME to keep a log-in in".to_owned()))
    }

    fn proof(&self) -> Proof {
        self.proof.lock().map_or(Proof::None, |proof| proof.clone())
    }
}
