//! Bodies of real answers. Shorter forms of a body are made from its longest one by the members that their schema has.

use serde_json::{Map, Value, json};

fn read(text: &str) -> Value {
    // They are part of the program, and a test reads all of them.
    serde_json::from_str(text).unwrap_or_default()
}

/// `GET …/about/`.
pub fn about() -> Value {
    read(include_str!("examples/about.json"))
}

/// `GET …/rebuild-strategies/`.
pub fn rebuild_strategies() -> Value {
    read(include_str!("examples/rebuild_strategies.json"))
}

/// A module build with `verbose`.
pub fn module_build() -> Value {
    read(include_str!("examples/module_build.json"))
}

/// `POST …/module-builds/?dry_run=true`.
pub fn dry_run() -> Value {
    read(include_str!("examples/dry_run.json"))
}

/// A component with `verbose` and `extended`.
pub fn component_build() -> Value {
    read(include_str!("examples/component_build.json"))
}

/// `GET …/module-builds/{id}/progress`.
pub fn progress() -> Value {
    read(include_str!("examples/progress.json"))
}

/// A page of audit events.
pub fn audit_events() -> Value {
    read(include_str!("examples/audit_events.json"))
}

/// A page of messages.
pub fn messages() -> Value {
    read(include_str!("examples/messages.json"))
}

/// What an object schema knows of an example.
pub fn as_in(schema: &Value, example: &Value) -> Value {
    let members = example.as_object().into_iter().flatten();
    let known = members.filter(|(name, _)| schema["properties"].get(name.as_str()).is_some());
    Value::Object(known.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
}

/// A page that holds this item alone.
pub fn page_of(item: &Value, path: &str) -> Value {
    let link = |page: i32| format!("https://mbs.example.com/module-build-service/2{path}?page={page}&per_page=1");
    json!({
        "items": [item],
        "meta": {
            "page": 1, "pages": 31, "per_page": 1, "total": 31,
            "prev": null, "next": link(2), "first": link(1), "last": link(31),
        },
    })
}

/// `GET …/whoami/`.
pub fn whoami() -> Value {
    json!({ "name": "alice", "groups": ["packager"], "method": "oidc", "scopes": null, "admin": false })
}

/// `GET …/login/`.
pub fn log_in() -> Value {
    json!({
        "method": "oidc",
        "oidc": {
            "issuer": "https://id.example.com",
            "client_id": "mbs-build",
            "scopes": ["openid", "https://id.fedoraproject.org/scope/groups", "https://mbs.fedoraproject.org/oidc/submit-build"],
            "resource": null,
            "authorization_endpoint": "https://id.example.com/auth",
            "device_authorization_endpoint": "https://id.example.com/device/auth",
            "token_endpoint": "https://id.example.com/token",
            "revocation_endpoint": "https://id.example.com/revoke",
        },
    })
}

/// An API token.
pub fn api_token() -> Value {
    json!({
        "id": 7,
        "name": "ci",
        "owner": "alice",
        "scopes": ["submit"],
        "good": true,
        "time_created": "2019-03-01T09:00:14Z",
        "time_expires": "2019-03-31T09:00:14Z",
        "time_last_used": null,
        "time_revoked": null,
    })
}
