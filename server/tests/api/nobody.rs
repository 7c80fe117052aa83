//! Where everybody is let in: what that does not allow.

use serde_json::{Value, json};

use crate::SECTION;
use crate::support::Application;
use crate::support::http::Answer;

const HOST: (&str, &str) = ("Host", "localhost:5000");

async fn post(application: &Application, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let headers: Vec<_> = [HOST, ("Content-Type", "application/json")].iter().chain(headers).copied().collect();
    application.send("POST", path, &headers, body.to_string().as_bytes()).await
}

#[tokio::test]
async fn pages_of_other_sites_change_nothing() {
    let application = Application::start(SECTION, None).await;
    let builds = "/module-build-service/2/module-builds/";
    for from in [
        vec![("Sec-Fetch-Site", "cross-site")],
        vec![("Sec-Fetch-Site", "same-site")],
        vec![("Origin", "https://evil.example.com")],
        vec![("Origin", "http://localhost:8000")],
        vec![("Origin", "null")],
    ] {
        // What a form of such a page sends.
        let answer = post(&application, builds, &from, &json!({"scmurl": "https://example.com/x.git"})).await;
        assert_eq!(answer.status, 403, "{from:?} {}", answer.text);
        assert!(answer.text.contains("a page of another site"), "{}", answer.text);
        let patched = application.send("PATCH", &format!("{builds}8"), &from, br#"{"state": "failed"}"#).await;
        assert_eq!(patched.status, 403, "{}", patched.text);
        // Builds are for all to read; who somebody is is not.
        assert_eq!(application.send("GET", &format!("{builds}8"), &from, b"").await.status, 200);
        for private in ["whoami/", "tokens/", "audit-events/"] {
            let read = application.send("GET", &format!("/module-build-service/2/{private}"), &from, b"").await;
            assert!(!read.headers.contains_key("access-control-allow-origin"), "{private} {:?}", read.headers);
        }
    }
    for from in [vec![], vec![("Sec-Fetch-Site", "same-origin")], vec![("Origin", "http://localhost:5000")]] {
        let answer = post(&application, builds, &from, &json!({})).await;
        assert_eq!(answer.status, 400, "{from:?} {}", answer.text);
    }
}

#[tokio::test]
async fn nobody_makes_tokens_for_the_day_when_users_log_in() {
    let application = Application::start(SECTION, None).await;
    let wish = json!({"name": "ci", "scopes": ["submit"]});
    let answer = post(&application, "/module-build-service/2/tokens/", &[], &wish).await;
    assert_eq!(answer.status, 403, "{}", answer.text);
    assert!(answer.text.contains("NO_AUTH"), "{}", answer.text);
}

#[tokio::test]
async fn the_viewer_is_anonymous() {
    let application = Application::start(SECTION, None).await;
    let query = json!({"query": "{ viewer { name groups method scopes admin } }"});
    let answer = post(&application, "/graphql", &[], &query).await;
    let anonymous =
        json!({"name": "anonymous", "groups": ["packager"], "method": "none", "scopes": null, "admin": false});
    assert_eq!(answer.body.unwrap(), json!({"data": {"viewer": anonymous}}));
}
