//! Users and their tokens.

use serde_json::{Value, json};

use crate::auth::Scope;
use crate::rest::openapi::schema::{boolean, choice, integer, list, named, object, or_null, text, time};

/// The schemas of this file.
pub fn all() -> Vec<(&'static str, Value)> {
    let mut made = token();
    made.push(("token", text("The token, which nobody can see again.")));
    vec![
        ("WhoAmI", whoami()),
        ("LogIn", log_in()),
        ("ApiToken", object("An API token, without what makes it one.", token())),
        ("ApiTokens", object("API tokens.", [("items", list("The newest first.", &named("ApiToken")))])),
        ("MadeApiToken", object("An API token that was just made.", made)),
        ("NewApiToken", wanted()),
    ]
}

fn scopes(about: &str) -> Value {
    list(about, &choice("One thing.", Scope::ALL.map(Scope::name)))
}

fn whoami() -> Value {
    let methods = ["none", "oidc", "kerberos", "proxy", "token"];
    object(
        "Who is asking.",
        [
            ("name", text("Name; builds are owned by it.")),
            ("groups", list("Groups.", &json!({ "type": "string" }))),
            ("method", choice("How that is known.", methods)),
            ("scopes", or_null(scopes("What an API token is good for; null where it is no API token."))),
            ("admin", boolean("Whether it is an administrator who logged in.")),
        ],
    )
}

fn log_in() -> Value {
    let address = |about: &str| or_null(text(about));
    let oidc = object(
        "How to get a token of the identity provider.",
        [
            ("issuer", text("The identity provider.")),
            ("client_id", text("As whom the client asks.")),
            ("scopes", list("Scopes to ask for.", &json!({ "type": "string" }))),
            ("resource", address("What the token is for, where the provider wants to know.")),
            ("authorization_endpoint", address("Where a browser goes.")),
            ("device_authorization_endpoint", address("Where a terminal begins.")),
            ("token_endpoint", address("Where tokens come from.")),
            ("revocation_endpoint", address("Where tokens are given back.")),
        ],
    );
    object(
        "How to log in.",
        [
            ("method", choice("How users are known.", ["none", "oidc", "kerberos"])),
            ("oidc", json!({ "anyOf": [oidc, { "type": "null" }] })),
        ],
    )
}

fn token() -> Vec<(&'static str, Value)> {
    vec![
        ("id", integer("Its number.")),
        ("name", text("What its owner calls it.")),
        ("owner", text("Whose it is.")),
        ("scopes", scopes("What it is good for.")),
        ("good", boolean("Whether it works: not expired, not revoked.")),
        ("time_created", time("When it was made.")),
        ("time_expires", time("When it ends.")),
        ("time_last_used", or_null(time("When it was last used, to the minute."))),
        ("time_revoked", or_null(time("When it was revoked."))),
    ]
}

fn wanted() -> Value {
    json!({
        "type": "object",
        "description": "An API token to be made.",
        "properties": {
            "name": { "type": "string", "description": "What to call it.", "minLength": 1, "maxLength": 100 },
            "scopes": {
                "type": "array",
                "description": "What it is good for.",
                "items": { "enum": Scope::ALL.map(Scope::name) },
                "minItems": 1,
            },
            "days": {
                "type": "integer",
                "description": "Days that it is good for, up to the option `API_TOKEN_MAX_DAYS`.",
                "minimum": 1,
                "default": 90,
            },
        },
        "required": ["name", "scopes"],
    })
}
