//! `…/tokens/`, `…/whoami/`, `…/login/`.

use poem::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::rest::openapi::answers::{Answer, bad_transfer, internal, no_such, no_version, not_reached, unauthorized};
use crate::rest::openapi::examples;
use crate::rest::openapi::operation::Operation;
use crate::rest::openapi::parameters::{self, query};
use crate::rest::openapi::schema::{named, text};

const TAG: &str = "Users";

/// The operations of this file.
pub fn all() -> Vec<Operation> {
    vec![whoami(), login(), list(), make(), revoke()]
}

fn whoami() -> Operation {
    Operation::versioned(Method::GET, "/whoami/", "whoami", TAG, "Tell who is asking")
        .about("As whom the service knows the sender of this request, and how. An API token needs the scope `read`.")
        .answer(Answer::json(StatusCode::OK, "Who.", &named("WhoAmI"), &examples::whoami()))
        .answers([unauthorized(), forbidden("This API token does not have the scope \"read\"."), no_version()])
        .answers([internal(), not_reached()])
}

fn login() -> Operation {
    Operation::versioned(Method::GET, "/login/", "login", TAG, "Tell how to log in")
        .about("What `mbs-build login` asks first. `oidc` is null where clients cannot get a token by themselves.")
        .answer(Answer::json(StatusCode::OK, "How.", &named("LogIn"), &examples::log_in()))
        .answers([no_version(), internal(), not_reached()])
}

fn list() -> Operation {
    let owner =
        query("owner", "Tokens of this user; of another one than oneself for administrators only.", &text("A user."));
    let example = json!({ "items": [examples::api_token()] });
    Operation::versioned(Method::GET, "/tokens/", "listTokens", TAG, "List API tokens")
        .about("The newest first. What a token is good for, and when it was last used; never the token itself.")
        .parameters([owner])
        .answer(Answer::json(StatusCode::OK, "All tokens of a user.", &named("ApiTokens"), &example))
        .answers([
            bad_query(),
            unauthorized(),
            forbidden("Only administrators see API tokens of others."),
            no_version(),
        ])
        .answers([internal(), not_reached()])
}

fn make() -> Operation {
    let body = json!({ "name": "ci", "scopes": ["submit"], "days": 30 });
    let mut example = examples::api_token();
    example["token"] = json!("mbst_7_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    Operation::versioned(Method::POST, "/tokens/", "makeToken", TAG, "Make an API token")
        .about(
            "For scripts: sent as `Authorization: Bearer mbst_…`. The answer is the only place where it can be read. It may do what its \
             owner may, as far as its scopes go, and never what only administrators may. API tokens cannot make others.",
        )
        .body("application/json", &named("NewApiToken"), &[("ci", "A token that submits builds for a month", body)])
        .answer(Answer::json(StatusCode::CREATED, "Made.", &named("MadeApiToken"), &example))
        .answer(Answer::error(
            StatusCode::BAD_REQUEST,
            "The body is no JSON object, or says something that cannot be.",
            "\"scopes\" has to be a list of at least one of read, submit, cancel",
        ))
        .answers([unauthorized(), forbidden("API tokens are not good for this; log in."), no_version()])
        .answer(Answer::error(
            StatusCode::CONFLICT,
            "The user has as many tokens as the option `API_TOKENS_PER_USER` allows (20 by default).",
            "alice has 20 API tokens, which is the limit; revoke one first",
        ))
        .answers(bad_transfer())
        .answers([internal(), not_reached()])
}

fn revoke() -> Operation {
    Operation::versioned(Method::DELETE, "/tokens/{id}", "revokeToken", TAG, "Revoke an API token")
        .about("Works at once. One's own tokens, and those of everybody for administrators. A second time changes nothing.")
        .parameters([parameters::id("token", 7)])
        .answer(Answer::json(StatusCode::OK, "Revoked.", &named("ApiToken"), &revoked()))
        .answers([unauthorized(), forbidden("API tokens are not good for this; log in."), no_such("token")])
        .answers([internal(), not_reached()])
}

fn revoked() -> Value {
    let mut example = examples::api_token();
    example["good"] = json!(false);
    example["time_revoked"] = json!("2019-03-02T10:00:00Z");
    example
}

fn bad_query() -> Answer {
    crate::rest::openapi::answers::bad_query("The query string contains a NUL character")
}

fn forbidden(message: &str) -> Answer {
    Answer::error(StatusCode::FORBIDDEN, "Known, but not allowed.", message)
}
