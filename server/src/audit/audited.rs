//! Handlers whose refusals are noted.

use poem::http::StatusCode;
use poem::{Endpoint, IntoEndpoint, IntoResponse, Request, Response, Result};

use super::{Action, Caller, Outcome, write};
use crate::App;
use crate::rest::Failure;

/// A handler that changes something. One that does more than one thing says which it refused by an [`Action`] as the data of its
/// error.
pub struct Audited<E> {
    handler: E,
    action: Action,
    /// What the id in its path is the id of.
    resource: &'static str,
}

impl<E: Endpoint> Audited<E> {
    /// Around a handler of a resource, e.g. `module-builds`.
    pub fn new(action: Action, resource: &'static str, handler: impl IntoEndpoint<Endpoint = E>) -> Self {
        Self { handler: handler.into_endpoint(), action, resource }
    }
}

/// Notes that something was refused, or failed, with this status.
async fn note(app: &App, action: Action, subject: Option<String>, status: StatusCode, message: Option<String>) {
    let caller = Caller::current();
    let outcome = if status.is_server_error() { Outcome::Failed } else { Outcome::Refused };
    let is_limit = status == StatusCode::TOO_MANY_REQUESTS;
    if is_limit || (caller.user.is_none() && !(caller.tried && status == StatusCode::UNAUTHORIZED)) {
        let address = caller.address.map(|address| address.to_string());
        let (id, action, status) = (caller.request_id, action.name(), status.as_u16());
        tracing::info!(target: "audit", address, id, action, subject, status, message, "{action} refused to a stranger");
        return;
    }
    let what = (outcome, Some(status.as_u16()), message);
    match write(&app.db, app.clock.now(), &caller, action, subject, what).await {
        Ok(noted) => noted.say(),
        Err(error) => {
            tracing::error!(target: "audit", %error, ?caller, status = status.as_u16(), "a refusal could not be noted");
        }
    }
}

/// Notes a refusal of something that is not a handler of its own.
pub async fn refused(app: &App, action: Action, subject: Option<String>, failure: &Failure) {
    use poem::error::ResponseError as _;
    let status = failure.status();
    let message = (status != StatusCode::INTERNAL_SERVER_ERROR).then(|| failure.to_string());
    note(app, action, subject, status, message).await;
}

impl<E: Endpoint<Output: IntoResponse>> Endpoint for Audited<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        // What would be done is no change.
        let is_dry = request.uri().query().is_some_and(is_dry_run);
        let app = request.data::<App>().filter(|_| !is_dry).cloned();
        let subject = request.raw_path_param("id").map(|id| format!("{}/{id}", self.resource));
        let answered = self.handler.call(request).await.map(IntoResponse::into_response);
        let (action, status, message) = match &answered {
            Ok(answer) => (self.action, answer.status(), None),
            Err(error) => (error.data().copied().unwrap_or(self.action), error.status(), told(error)),
        };
        if let Some(app) = app
            && (status.is_client_error() || status.is_server_error())
        {
            note(&app, action, subject, status, message).await;
        }
        answered
    }
}

fn is_dry_run(query: &str) -> bool {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "dry_run").peekable();
    values.peek().is_some() && values.all(|(_, value)| matches!(&*value, "true" | "1"))
}

/// What the client is told; of defects, that is nothing.
fn told(error: &poem::Error) -> Option<String> {
    let failure = error.downcast_ref::<Failure>()?;
    (error.status() != StatusCode::INTERNAL_SERVER_ERROR).then(|| failure.to_string())
}

#[cfg(test)]
mod tests {
    use super::is_dry_run;

    #[test]
    fn only_what_is_one_counts_as_a_dry_run() {
        assert!(is_dry_run("dry_run=true") && is_dry_run("a=b&dry_run=1"));
        for other in ["", "dry_run=false", "dry_run", "x=dry_run=true", "dry_run=true&dry_run=false"] {
            assert!(!is_dry_run(other), "{other}");
        }
    }
}
