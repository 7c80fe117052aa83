//! What users give to their scripts.

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};
use tests::rest::Answer;

use crate::fixture::{Fixture, SHORT};

impl Fixture {
    /// A bearer token of a packager, from the provider.
    async fn packager(&self, name: &str) -> String {
        self.provider.user(name, &["packager"]).await;
        self.provider.opaque(name).await
    }

    /// Makes an API token; its number, and itself.
    async fn make(&self, bearer: &str, scopes: &[&str]) -> (i64, String) {
        let answer = self.post("/tokens/", bearer, &json!({ "name": "ci", "scopes": scopes })).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        assert_eq!(answer.headers["cache-control"], "no-store");
        (answer.body["id"].as_i64().unwrap(), answer.body["token"].as_str().unwrap().to_owned())
    }

    async fn revoke(&self, bearer: &str, id: i64) -> Answer {
        let headers = [("authorization", format!("Bearer {bearer}"))];
        self.service.rest().request("DELETE", &format!("/tokens/{id}"), &headers, None).await
    }

    async fn cancel(&self, bearer: &str, id: i64) -> Answer {
        let headers = [("authorization", format!("Bearer {bearer}"))];
        let body = json!({ "state": "failed" });
        self.service.rest().request("PATCH", &format!("/module-builds/{id}"), &headers, Some(&body)).await
    }

    async fn execute(&self, statement: &str) {
        self.service.rows().await.connection().execute_unprepared(statement).await.unwrap();
    }
}

const REFUSED: &str = "This API token is unknown, expired or revoked.";

fn is_refused(answer: &Answer) {
    assert_eq!((answer.status, answer.message()), (401, REFUSED), "{}", answer.text);
}

#[tokio::test]
async fn a_token_does_what_it_is_for() {
    for postgres in [false, true] {
        let fixture = Fixture::start_with(|options| if postgres { options.postgres() } else { options }).await;
        let alice = fixture.packager("alice").await;
        let (_, token) = fixture.make(&alice, &["submit", "read"]).await;
        assert!(token.starts_with("mbst_"), "{token}");
        fixture.lets_in(&token, "alice").await;
        let who = fixture.whoami(&token).await.body;
        assert_eq!((&who["method"], &who["scopes"]), (&json!("token"), &json!(["read", "submit"])));
        assert_eq!(who["groups"], json!(["packager"]));
        let wrong = fixture.cancel(&token, 1).await;
        assert_eq!((wrong.status, wrong.message()), (403, "This API token does not have the scope \"cancel\"."));

        let (_, canceler) = fixture.make(&alice, &["cancel"]).await;
        let wrong = fixture.submit(&canceler).await;
        assert_eq!((wrong.status, wrong.message()), (403, "This API token does not have the scope \"submit\"."));
        assert_eq!(fixture.whoami(&canceler).await.status, 403);
        // The base module is not alice's.
        let others = fixture.cancel(&canceler, 1).await;
        assert_eq!(others.message(), "You are not owner of this build and therefore cannot modify it.");
    }
}

#[tokio::test]
async fn tokens_are_shown_to_their_owner_without_what_makes_them_tokens() {
    let fixture = Fixture::start().await;
    let (alice, bob) = (fixture.packager("alice").await, fixture.packager("bob").await);
    let (first, token) = fixture.make(&alice, &["submit"]).await;
    let (second, _) = fixture.make(&alice, &["read"]).await;
    fixture.submit(&token).await;
    let secret = token.rsplit_once('_').unwrap().1;
    let list = tests::until("the use to be noted", tests::wait::LONG, async || {
        let list = fixture.get("/tokens/", &alice).await;
        (list.body["items"][1]["time_last_used"] != Value::Null).then_some(list)
    })
    .await;
    let ids: Vec<_> = list.body["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [second, first]);
    assert!(!list.text.contains(secret) && list.body["items"][0]["time_last_used"].is_null(), "{}", list.text);
    assert_eq!(fixture.get("/tokens/", &bob).await.body["items"], json!([]));
    assert_eq!(fixture.get("/tokens/?owner=alice", &bob).await.status, 403);
    // Nothing that is stored or logged is a token.
    let files = std::fs::read_dir(fixture.service.folder().join("state")).unwrap();
    let files = files.map(|file| file.unwrap().path()).filter(|path| path.is_file());
    let holds = |path: &std::path::PathBuf| {
        std::fs::read(path).unwrap().windows(secret.len()).any(|bytes| bytes == secret.as_bytes())
    };
    assert_eq!(files.filter(holds).collect::<Vec<_>>(), Vec::<std::path::PathBuf>::new());
    assert!(!fixture.service.server_log().contains(secret));
}

#[tokio::test]
async fn a_revoked_token_ends_at_once() {
    let fixture = Fixture::start().await;
    let (alice, bob) = (fixture.packager("alice").await, fixture.packager("bob").await);
    let (id, token) = fixture.make(&alice, &["submit", "read"]).await;
    fixture.lets_in(&token, "alice").await;
    // Somebody else's is not there.
    let other = fixture.revoke(&bob, id).await;
    assert_eq!((other.status, other.message()), (404, "No such token found."));
    fixture.lets_in(&token, "alice").await;
    let revoked = fixture.revoke(&alice, id).await;
    assert_eq!((revoked.status, &revoked.body["good"]), (200, &json!(false)), "{}", revoked.text);
    is_refused(&fixture.submit(&token).await);
    assert_eq!(fixture.revoke(&alice, id).await.body["time_revoked"], revoked.body["time_revoked"]);
    // An administrator can.
    let (id, token) = fixture.make(&alice, &["submit", "read"]).await;
    fixture.provider.user("admin", &["mbs-admin"]).await;
    let admin = fixture.provider.opaque("admin").await;
    assert_eq!(fixture.get("/tokens/?owner=alice", &admin).await.body["items"].as_array().unwrap().len(), 2);
    assert_eq!(fixture.revoke(&admin, id).await.status, 200);
    is_refused(&fixture.submit(&token).await);
}

#[tokio::test]
async fn tokens_that_are_none() {
    let fixture = Fixture::start().await;
    let alice = fixture.packager("alice").await;
    let (id, token) = fixture.make(&alice, &["submit", "read"]).await;
    let (other, _) = fixture.make(&alice, &["submit"]).await;
    let secret = token.rsplit_once(&format!("{id}_")).unwrap().1;
    let flipped = if secret.starts_with('A') { "B" } else { "A" };
    for bad in [
        format!("mbst_{other}_{secret}"),
        format!("mbst_{id}_{flipped}{}", &secret[1..]),
        format!("mbst_{id}_"),
        format!("mbst_{id}_{}", "x".repeat(8 << 10)),
        "mbst_".to_owned(),
        format!("mbst_0_{secret}"),
        format!("mbst_-{id}_{secret}"),
        format!("mbst_99999999999999999999_{secret}"),
        format!("mbst_{id}' OR '1'='1_{secret}"),
    ] {
        is_refused(&fixture.submit(&bad).await);
    }
    fixture.lets_in(&token, "alice").await;
    fixture.execute("UPDATE api_tokens SET time_expires = '2020-01-01 00:00:00.000000'").await;
    is_refused(&fixture.submit(&token).await);
    assert_eq!(fixture.provider.requests_to("/token/introspection").await, 1, "the provider never sees our tokens");
}

#[tokio::test]
async fn a_token_makes_no_tokens_and_no_administrators() {
    let fixture =
        Fixture::start_with(|options| options.option("ALLOWED_GROUPS_TO_IMPORT_MODULE", vec!["packager"])).await;
    fixture.provider.user("admin", &["mbs-admin", "packager"]).await;
    let admin = fixture.provider.opaque("admin").await;
    let (id, token) = fixture.make(&admin, &["read", "submit", "cancel"]).await;
    assert_eq!(fixture.whoami(&token).await.body["admin"], json!(false));
    let body = json!({ "name": "more", "scopes": ["read"] });
    for answer in [
        fixture.post("/tokens/", &token, &body).await,
        fixture.get("/tokens/", &token).await,
        fixture.revoke(&token, id).await,
        fixture.post("/import-module/", &token, &json!({ "scmurl": "x" })).await,
    ] {
        assert_eq!((answer.status, answer.message()), (403, "API tokens are not good for this; log in."));
    }
    // As administrator it could be cancelled, if it were not done.
    let answer = fixture.cancel(&admin, 1).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    assert_eq!(fixture.cancel(&token, 1).await.status, 403);
}

#[tokio::test]
async fn wishes_that_cannot_be() {
    let fixture =
        Fixture::start_with(|options| options.option("API_TOKENS_PER_USER", 2).option("API_TOKEN_MAX_DAYS", 30)).await;
    let alice = fixture.packager("alice").await;
    let good = json!({ "name": "ci", "scopes": ["read"] });
    for (name, values) in [
        (
            "name",
            vec![json!(""), json!(" "), json!("x".repeat(101)), json!("a\nb"), json!("a\0"), json!(7), json!(null)],
        ),
        ("scopes", vec![json!([]), json!("read"), json!(["admin"]), json!(["read", 7]), json!(null)]),
        ("days", vec![json!(0), json!(31), json!(-1), json!("7"), json!(1.5), json!(u64::MAX), json!(null)]),
    ] {
        for value in values {
            let mut body = good.clone();
            body[name] = value;
            let answer = fixture.post("/tokens/", &alice, &body).await;
            assert!(answer.status == 400 && answer.message().contains(name), "{body}: {}", answer.text);
        }
    }
    for body in [json!([]), json!("x"), json!(null)] {
        assert_eq!(fixture.post("/tokens/", &alice, &body).await.status, 400);
    }
    assert_eq!(fixture.get("/tokens/", &alice).await.body["items"], json!([]));
    let (first, _) = fixture.make(&alice, &["read"]).await;
    fixture.make(&alice, &["read"]).await;
    let third = fixture.post("/tokens/", &alice, &good).await;
    let message = "alice has 2 API tokens, which is the limit; revoke one first";
    assert_eq!((third.status, third.message()), (409, message));
    fixture.revoke(&alice, first).await;
    fixture.make(&alice, &["read"]).await;
}

#[tokio::test]
async fn a_token_loses_a_group_when_its_owner_logs_in_without_it() {
    let fixture = Fixture::start_with(|options| options.option("OIDC_CACHE_SECONDS", SHORT)).await;
    let alice = fixture.packager("alice").await;
    let (_, token) = fixture.make(&alice, &["submit", "read"]).await;
    fixture.lets_in(&token, "alice").await;
    fixture.provider.user("alice", &["fedora"]).await;
    tests::until("the provider to be asked again", tests::wait::LONG, async || {
        (fixture.submit(&alice).await.status == 403).then_some(())
    })
    .await;
    assert_eq!(fixture.submit(&token).await.status, 403);
    let rows = fixture.service.rows().await;
    let statement = Statement::from_string(DbBackend::Sqlite, "SELECT groups_json FROM api_tokens");
    let row = rows.connection().query_one_raw(statement).await.unwrap().unwrap();
    assert_eq!(row.try_get::<String>("", "groups_json").unwrap(), "[\"fedora\"]");
}
