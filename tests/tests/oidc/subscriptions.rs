//! GraphQL's websockets: a browser sets no headers there, so a client may say who it is by its first message.

#![expect(clippy::float_cmp, reason = "counts are whole numbers")]

use entities::{clock::Clock, outbox};
use serde_json::{Value, json};
use tests::subscriber::Subscriber;
use tests::wait::{LONG, until_true};

use crate::fixture::Fixture;

const FOLLOW: &str = "subscription ($since: Int) { events(since: $since) { number topic } }";
const REFUSED: &str = "This API token is unknown, expired or revoked.";

impl Fixture {
    /// Somebody who follows everything from the beginning.
    fn subscriber(&self, authorization: Option<&str>, older: bool) -> Subscriber {
        let params = authorization.map(|value| json!({ "Authorization": value }));
        let options = json!({ "query": FOLLOW, "variables": { "since": 0 }, "params": params, "older": older });
        Subscriber::start(&self.service.address(), "follow", &options)
    }

    /// What a connection with these headers is told after its first message.
    fn greeted(&self, headers: &Value, payload: &Value) -> Value {
        let init = json!({ "type": "connection_init", "payload": payload }).to_string();
        let options = json!({ "headers": headers, "frames": [init], "count": 1 });
        Subscriber::start(&self.service.address(), "raw", &options).next().unwrap()
    }

    /// Something happens to a build. Nobody works here, so it gets its number here.
    async fn happens(&self) {
        let rows = self.service.rows().await;
        let tx = entities::db::begin_write(rows.connection()).await.unwrap();
        let (now, body) = (Clock::system().now(), json!({ "state_name": "failed" }));
        outbox::append(&tx, now, "module.state.change", 1, &body);
        tx.commit().await.unwrap();
        while entities::feed::number(rows.connection(), 500).await.unwrap() > 0 {}
    }

    async fn streams(&self, count: f64) {
        let rest = self.service.rest();
        until_true("the streams", LONG, async || rest.metrics().await.value("event_streams") == count).await;
    }

    async fn api_token(&self) -> (String, i64, String) {
        self.provider.user("alice", &["packager"]).await;
        let alice = self.provider.opaque("alice").await;
        let made = self.post("/tokens/", &alice, &json!({ "name": "ci", "scopes": ["read"] })).await;
        let token = made.body["token"].as_str().unwrap().to_owned();
        (alice, made.body["id"].as_i64().unwrap(), token)
    }
}

fn numbers_of(told: &Value) -> Option<i64> {
    told["data"]["events"]["number"].as_i64()
}

#[tokio::test]
async fn a_subscriber_says_who_it_is_by_its_first_message() {
    let fixture = Fixture::start().await;
    let (alice, _, token) = fixture.api_token().await;
    fixture.happens().await;
    for good in [format!("Bearer {token}"), format!("Bearer {alice}")] {
        for older in [false, true] {
            let told = fixture.subscriber(Some(&good), older).next().unwrap();
            assert_eq!(numbers_of(&told), Some(1), "{told}");
        }
    }
    // Everybody may read, who says nothing as well.
    assert_eq!(numbers_of(&fixture.subscriber(None, false).next().unwrap()), Some(1));
    // Who says something has to say the truth.
    let told = fixture.subscriber(Some("Bearer mbst_1_wrong"), false).rest();
    assert_eq!(told, [json!({ "closed": { "code": 4403, "reason": REFUSED } })]);
    for wrong in [json!(7), Value::Null, json!("two\nlines"), json!("Bearer nobody-knows-it")] {
        let told = fixture.greeted(&json!({}), &json!({ "Authorization": wrong }));
        assert_eq!(told["closed"]["code"], 4403, "{wrong}: {told}");
    }
    // In the header of the request, for those who can.
    let header = |value: &str| fixture.greeted(&json!({ "Authorization": value }), &json!({}));
    assert_eq!(header(&format!("Bearer {token}")), json!({ "type": "connection_ack" }));
    assert_eq!(header("Bearer mbst_1_wrong"), json!({ "closed": { "code": 4403, "reason": REFUSED } }));
    fixture.streams(0.0).await;
    assert!(!fixture.service.server_log().contains(token.rsplit_once('_').unwrap().1));
}

#[tokio::test]
async fn a_revoked_token_ends_its_connections() {
    for postgres in [false, true] {
        let fixture = Fixture::start_with(|options| if postgres { options.postgres() } else { options }).await;
        let (alice, id, token) = fixture.api_token().await;
        let good = format!("Bearer {token}");
        let (mut ends, others) =
            ([false, true].map(|older| fixture.subscriber(Some(&good), older)), fixture.subscriber(None, false));
        fixture.streams(3.0).await;
        fixture.happens().await;
        for subscriber in ends.iter().chain([&others]) {
            assert_eq!(numbers_of(&subscriber.next().unwrap()), Some(1));
        }
        let headers = [("authorization", format!("Bearer {alice}"))];
        let revoked = fixture.service.rest().request("DELETE", &format!("/tokens/{id}"), &headers, None).await;
        assert_eq!(revoked.status, 200, "{}", revoked.text);
        let [new, _] = &mut ends;
        assert_eq!(new.rest(), [json!({ "closed": { "code": 4403, "reason": REFUSED } })]);
        // Both have gone, also the one whose protocol has no codes; who needs no token is still told.
        fixture.streams(1.0).await;
        fixture.happens().await;
        assert_eq!(numbers_of(&others.next().unwrap()), Some(2));
    }
}

/// A browser adds by itself what proves who its user is, but for a bearer token.
#[tokio::test]
async fn pages_of_other_sites_do_not_subscribe_as_their_visitors() {
    let fixture = Fixture::start().await;
    let (_, _, token) = fixture.api_token().await;
    let elsewhere = "This request was made by a page of another site; nothing is changed for it.";
    let evil = "https://evil.example.com";
    for headers in [
        json!({ "Origin": evil, "Authorization": "Negotiate YII" }),
        json!({ "Origin": "null", "Authorization": "Basic YTpi" }),
        json!({ "Sec-Fetch-Site": "cross-site", "Authorization": "Negotiate YII" }),
    ] {
        let told = fixture.greeted(&headers, &json!({}));
        assert_eq!(told, json!({ "closed": { "code": 4403, "reason": elsewhere } }), "{headers}");
    }
    let own = json!({ "Origin": fixture.service.address(), "Authorization": "Negotiate YII" });
    let told = fixture.greeted(&own, &json!({}));
    assert!(told["closed"]["code"] == 4403 && told["closed"]["reason"] != elsewhere, "{told}");
    // Whoever wrote the page knows the token.
    let bearer = json!({ "Authorization": format!("Bearer {token}") });
    assert_eq!(fixture.greeted(&json!({ "Origin": evil }), &bearer), json!({ "type": "connection_ack" }));
}
