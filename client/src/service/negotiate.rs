//! Logging in with the Kerberos ticket that the user has (SPNEGO), where the service asks for one.
//!
//! ```text
//! request                                  ──▶
//!                                          ◀── 401, WWW-Authenticate: Negotiate
//! request, Authorization: Negotiate TOKEN  ──▶
//!                                          ◀── answer, WWW-Authenticate: Negotiate PROOF
//! ```
//! The token is of no use to anybody but the service that the ticket is for, and the proof can be made by that service only: an
//! answer without it is not believed. The ticket is for the host that the user named; what the service says about itself
//! plays no part.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libgssapi::context::{ClientCtx, CtxFlags, SecurityContext as _};
use libgssapi::error::Error;
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_SPNEGO, GSS_NT_HOSTBASED_SERVICE};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{RequestBuilder, Response, StatusCode};

use crate::failure::Failure;

/// Why there is no answer.
pub enum NoAnswer {
    /// It could not be fetched.
    Http(reqwest::Error),
    /// There is no ticket, or the answer is not of the service.
    Login(Failure),
}

/// Sends a request to a host; with a ticket, where it is refused without one.
pub async fn send(host: &str, request: RequestBuilder) -> Result<Response, NoAnswer> {
    let again = request.try_clone();
    let response = request.send().await.map_err(NoAnswer::Http)?;
    let asked = response.status() == StatusCode::UNAUTHORIZED && is_asked_for(response.headers());
    let Some(again) = again.filter(|_| asked) else { return Ok(response) };
    let (negotiation, token) = Negotiation::begin(host).await.map_err(NoAnswer::Login)?;
    let response = again.header(AUTHORIZATION, token).send().await.map_err(NoAnswer::Http)?;
    if response.status() != StatusCode::UNAUTHORIZED {
        negotiation.check(response.headers()).map_err(NoAnswer::Login)?;
    }
    Ok(response)
}

/// One exchange of token and proof.
struct Negotiation {
    context: ClientCtx,
    host: String,
}

/// Whether an answer asks for a ticket.
fn is_asked_for(headers: &HeaderMap) -> bool {
    challenges(headers).any(|challenge| challenge.eq_ignore_ascii_case("negotiate"))
}

fn challenges(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).map(str::trim)
}

impl Negotiation {
    /// Begins with a token for the service at a host; asks the KDC, so it may take a moment.
    async fn begin(host: &str) -> Result<(Self, HeaderValue), Failure> {
        let host = host.to_owned();
        let begun = tokio::task::spawn_blocking(move || begin(host)).await;
        begun.map_err(|_| Failure::Local("the Kerberos library failed".to_owned()))?
    }

    /// Makes sure that the answer is of the service that the ticket was for.
    fn check(mut self, headers: &HeaderMap) -> Result<(), Failure> {
        let proof = challenges(headers).find_map(|challenge| {
            let (scheme, proof) = challenge.split_once(' ')?;
            scheme.eq_ignore_ascii_case("negotiate").then(|| STANDARD.decode(proof.trim()).ok()).flatten()
        });
        let done = match (proof, self.context.is_complete()) {
            (Some(proof), false) => self.context.step(Some(&proof), None).is_ok() && self.context.is_complete(),
            (_, done) => done,
        };
        let mutual = self.context.flags().is_ok_and(|flags| flags.contains(CtxFlags::GSS_C_MUTUAL_FLAG));
        if done && mutual {
            return Ok(());
        }
        let host = self.host;
        Err(Failure::Unreachable(format!("what answers at {host} did not prove that it is the service HTTP/{host}")))
    }
}

fn begin(host: String) -> Result<(Negotiation, HeaderValue), Failure> {
    let no_ticket = |error: Error| {
        let message =
            format!("the service wants a Kerberos ticket, and there is none for HTTP/{host}: {error}; kinit gets one");
        Failure::Refused { status: StatusCode::UNAUTHORIZED.as_u16(), message }
    };
    let name = Name::new(format!("HTTP@{host}").as_bytes(), Some(GSS_NT_HOSTBASED_SERVICE)).map_err(no_ticket)?;
    let mut context = ClientCtx::new(None, name, CtxFlags::GSS_C_MUTUAL_FLAG, Some(GSS_MECH_SPNEGO));
    let token = context.step(None, None).map_err(no_ticket)?;
    let header = format!("Negotiate {}", STANDARD.encode(token.as_deref().unwrap_or_default()));
    let header = HeaderValue::from_str(&header).map_err(|error| Failure::Local(error.to_string()))?;
    Ok((Negotiation { context, host }, header))
}
