//! `…/whoami/`: who the service thinks is asking, and `…/login/`: how to become somebody.

use poem::http::StatusCode;
use poem::web::Data;
use poem::{Response, handler};
use serde_json::{Value, json};

use super::answer;
use super::failure::Failure;
use super::tokens::private;
use crate::App;
use crate::auth::permission::{Read, is_admin};
use crate::auth::{Asker, Known, Scope, Scopes};

/// Name, groups, how that is known, and what the credentials are good for.
#[handler]
#[expect(clippy::needless_pass_by_value, reason = "an extractor is given by value")]
pub fn show(Data(app): Data<&App>, asker: Asker<Read>) -> Response {
    private(answer::json(StatusCode::OK, &shown(app, asker.known())))
}

fn shown(app: &App, known: &Known) -> Value {
    let scopes = match &known.scopes {
        Scopes::All => Value::Null,
        Scopes::Only(scopes) => json!(scopes.iter().copied().map(Scope::name).collect::<Vec<_>>()),
    };
    json!({
        "name": known.user.name,
        "groups": known.user.groups,
        "method": known.method,
        "scopes": scopes,
        "admin": is_admin(app, known),
    })
}

/// What a client needs to log in.
#[handler]
pub async fn log_in(app: Data<&App>) -> Result<Response, Failure> {
    let oidc = app.authenticator.log_in().await?;
    let method = app.authenticator.name();
    Ok(private(answer::json(StatusCode::OK, &json!({ "method": method, "oidc": oidc }))))
}
