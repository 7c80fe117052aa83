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

/// `GET …/module-builds/41/diff/42`.
pub fn difference() -> Value {
    let build = |id: i32, version: &str| {
        json!({
            "id": id,
            "state": 5,
            "state_name": "ready",
            "stream": "10",
            "version": version,
            "name": "nodejs",
            "context": "c0ffee42",
            "scratch": false,
        })
    };
    let nothing = json!({ "added": [], "removed": [] });
    let nvr = json!({ "a": "nodejs-10.1.0-1.module_f28+41+c0ffee42", "b": "nodejs-10.2.0-1.module_f28+42+c0ffee42" });
    json!({
        "a": build(41, "20190301080000"),
        "b": build(42, "20190301090000"),
        "same": false,
        "components": { "added": [], "removed": [], "changed": [{ "name": "nodejs", "nvr": nvr }] },
        "rpms": null,
        "buildrequires": { "added": [], "removed": [], "changed": [] },
        "requires": { "added": [], "removed": [], "changed": [] },
        "macros": { "added": ["%_with_bootstrap 1"], "removed": [] },
        "api": nothing,
        "arches": nothing,
        "content_licenses": nothing,
        "filters": nothing,
        "module_licenses": nothing,
    })
}

/// A webhook.
pub fn webhook() -> Value {
    json!({
        "id": 3,
        "owner": "alice",
        "url": "https://example.com/hook",
        "events": { "owner": [], "name": ["nodejs"], "state": ["failed"], "id": [], "topic": [] },
        "position": 7,
        "active": true,
        "reason": null,
        "time_created": "2019-03-01T09:00:14Z",
    })
}

/// A delivery to a webhook.
pub fn webhook_delivery() -> Value {
    json!({
        "id": 9,
        "webhook_id": 3,
        "event": 7,
        "event_id": "1f1a2c5e-0b61-4a49-9f5b-8c1b6f0d1a3e",
        "topic": "component.state.change",
        "state": "waiting",
        "attempts": 1,
        "status": 502,
        "error": "the receiver answered \"502 Bad Gateway\"",
        "duration_ms": 31,
        "time_created": "2019-03-01T09:00:14Z",
        "time_due": "2019-03-01T09:00:24Z",
        "time_ended": null,
    })
}

/// An event of `…/events`.
pub fn event() -> Value {
    json!({
        "id": 7,
        "event_id": "1f1a2c5e-0b61-4a49-9f5b-8c1b6f0d1a3e",
        "topic": "component.state.change",
        "time": "2019-03-01T09:00:14Z",
        "module_build_id": 42,
        "owner": "alice",
        "name": "nodejs",
        "body": {
            "id": 7,
            "package": "nodejs",
            "format": "rpms",
            "task_id": 7,
            "state": 3,
            "state_name": "FAILED",
            "state_reason": "rpmbuild failed in %build",
            "module_build": 42,
            "nvr": null,
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
