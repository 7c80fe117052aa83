//! Tokens that are good, and for what.

use std::time::Duration;

use serde_json::json;
use tests::identity_provider::SCOPES;
use tests::until;
use tests::wait::LONG;

use crate::fixture::{Fixture, SHORT};

#[tokio::test]
async fn both_kinds_tell_user_and_groups() {
    let fixture = Fixture::start().await;
    fixture.provider.user("alice", &["packager", "fedora"]).await;
    for token in [fixture.provider.opaque("alice").await, fixture.provider.jwt("alice").await] {
        fixture.lets_in(&token, "alice").await;
        let who = fixture.whoami(&token).await.body;
        assert_eq!(who["groups"], json!(["packager", "fedora"]));
        assert_eq!((&who["method"], &who["admin"], &who["scopes"]), (&json!("oidc"), &json!(false), &json!(null)));
    }
}

#[tokio::test]
async fn a_client_secrets_file_is_enough() {
    let fixture = Fixture::with_secrets_file_alone().await;
    fixture.provider.user("alice", &["packager"]).await;
    let token = fixture.provider.opaque("alice").await;
    fixture.lets_in(&token, "alice").await;
    // As the Python service answered: without a challenge. A signed token is shown to the provider like any other, which does not
    // keep those.
    for token in ["nobody's".to_owned(), fixture.provider.jwt("alice").await] {
        let answer = fixture.submit(&token).await;
        assert_eq!((answer.status, answer.message()), (401, "OIDC token invalid or expired."));
        assert!(!answer.headers.contains_key("www-authenticate"));
    }
}

#[tokio::test]
async fn scopes_are_required() {
    let fixture = Fixture::start().await;
    fixture.provider.user("alice", &["packager"]).await;
    for format in ["opaque", "jwt"] {
        for missing in SCOPES.split(' ') {
            let rest: Vec<_> = SCOPES.split(' ').filter(|scope| *scope != missing).collect();
            let wish = json!({ "user": "alice", "format": format, "scope": rest.join(" ") });
            let token = fixture.provider.token(wish).await;
            let answer = fixture.submit(&token).await;
            let list: Vec<_> = rest.iter().map(|scope| format!("'{scope}'")).collect();
            let message = format!("Required OIDC scope '{missing}' not present: [{}]", list.join(", "));
            assert_eq!((answer.status, answer.message()), (401, message.as_str()), "{format}");
        }
    }
}

#[tokio::test]
async fn names_of_groups_are_compared_letter_by_letter() {
    let fixture = Fixture::start().await;
    for group in ["Packager", "PACKAGER", "packager ", " packager", "packagers", "pack ager", "pаckager"] {
        fixture.provider.user("mallory", &[group, "MBS-ADMIN"]).await;
        for token in [fixture.provider.opaque("mallory").await, fixture.provider.jwt("mallory").await] {
            let answer = fixture.submit(&token).await;
            assert_eq!(answer.status, 403, "{group}: {}", answer.text);
            assert!(answer.message().starts_with("mallory is not in any of {'packager'}, only {"), "{}", answer.text);
            assert_eq!(fixture.whoami(&token).await.body["admin"], json!(false));
        }
    }
}

#[tokio::test]
async fn administrators_are_who_the_provider_says() {
    let fixture = Fixture::start().await;
    fixture.provider.user("admin", &["mbs-admin"]).await;
    let token = fixture.provider.opaque("admin").await;
    assert_eq!(fixture.whoami(&token).await.body["admin"], json!(true));
}

#[tokio::test]
async fn users_without_groups_are_not_let_in_unless_they_are_named() {
    let fixture = Fixture::start_with(|options| options.option("ALLOWED_USERS", vec!["bot"])).await;
    for user in ["bot", "grace"] {
        fixture.provider.user_without_groups(user).await;
    }
    fixture.lets_in(&fixture.provider.opaque("bot").await, "bot").await;
    fixture.lets_in(&fixture.provider.jwt("bot").await, "bot").await;
    let answer = fixture.submit(&fixture.provider.opaque("grace").await).await;
    assert_eq!((answer.status, answer.message()), (401, "Could not find groups in UserInfo from OIDC"));
}

#[tokio::test]
async fn graphql_knows_the_same_users() {
    let fixture = Fixture::start().await;
    fixture.provider.user("root", &["packager", "mbs-admin"]).await;
    let ask = async |token: &str| {
        let query = json!({ "query": "{ viewer { name groups method scopes admin } again: viewer { name } }" });
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", bearer.as_str())];
        let answer = fixture.service.rest().post_at_root("/graphql", &headers, query.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body
    };
    let opaque = fixture.provider.opaque("root").await;
    for token in [&opaque, &fixture.provider.jwt("root").await] {
        let viewer = &ask(token).await["data"]["viewer"];
        let expected = json!({
            "name": "root", "groups": ["packager", "mbs-admin"], "method": "oidc", "scopes": null, "admin": true
        });
        assert_eq!(viewer, &expected);
    }
    let made = fixture.post("/tokens/", &opaque, &json!({ "name": "ci", "scopes": ["read"] })).await;
    let viewer = ask(made.body["token"].as_str().unwrap()).await["data"]["viewer"].clone();
    assert_eq!((&viewer["scopes"], &viewer["admin"]), (&json!(["read"]), &json!(false)), "{viewer}");
    let refused = ask("nonsense").await;
    let error = &refused["errors"][0];
    assert_eq!(
        (&error["message"], &error["extensions"]["status"]),
        (&json!("OIDC token invalid or expired."), &json!(401))
    );
}

#[tokio::test]
async fn a_token_is_looked_at_once() {
    let fixture = Fixture::start().await;
    fixture.provider.user("alice", &["packager"]).await;
    let token = fixture.provider.opaque("alice").await;
    for _ in 0..20 {
        fixture.lets_in(&token, "alice").await;
    }
    assert_eq!(fixture.provider.requests_to("/token/introspection").await, 1);
    assert_eq!(fixture.provider.requests_to("/me").await, 1);
}

/// Waits until the service has changed its mind about a token; it may believe it for [`SHORT`].
async fn until_status(fixture: &Fixture, token: &str, status: u16) {
    let limit = LONG + Duration::from_secs(SHORT);
    until("the service to ask again", limit, async || (fixture.submit(token).await.status == status).then_some(()))
        .await;
}

#[tokio::test]
async fn a_revoked_token_ends() {
    let fixture = Fixture::start_with(|options| options.option("OIDC_CACHE_SECONDS", SHORT)).await;
    fixture.provider.user("alice", &["packager"]).await;
    let token = fixture.provider.opaque("alice").await;
    fixture.lets_in(&token, "alice").await;
    fixture.provider.revoke(&token).await;
    until_status(&fixture, &token, 401).await;
    fixture.refuses(&token).await;
}

#[tokio::test]
async fn who_is_removed_from_a_group_loses_what_it_allowed() {
    let fixture = Fixture::start_with(|options| options.option("OIDC_CACHE_SECONDS", SHORT)).await;
    fixture.provider.user("alice", &["packager"]).await;
    let token = fixture.provider.opaque("alice").await;
    fixture.lets_in(&token, "alice").await;
    fixture.provider.user("alice", &["fedora"]).await;
    until_status(&fixture, &token, 403).await;
}

#[tokio::test]
async fn nothing_is_kept_where_the_operator_says_so() {
    let fixture = Fixture::start_with(|options| options.option("OIDC_CACHE_SECONDS", 0)).await;
    fixture.provider.user("alice", &["packager"]).await;
    let token = fixture.provider.opaque("alice").await;
    fixture.lets_in(&token, "alice").await;
    fixture.provider.revoke(&token).await;
    fixture.refuses(&token).await;
}

#[tokio::test]
async fn new_keys_of_the_provider_are_found() {
    let fixture = Fixture::start_with(|options| options.option("OIDC_CACHE_SECONDS", 0)).await;
    fixture.provider.user("alice", &["packager"]).await;
    let old = fixture.provider.jwt("alice").await;
    fixture.lets_in(&old, "alice").await;
    fixture.provider.rotate().await;
    let new = fixture.provider.jwt("alice").await;
    fixture.lets_in(&new, "alice").await;
    // The provider does not publish the old key any more.
    fixture.refuses(&old).await;
}
