//! A provider that does not answer: nobody is let in, and nothing is broken by it.

use tests::Service;
use tests::identity_provider::{AUDIENCE, IdentityProvider};
use tests::process::free_port;

use crate::fixture::{Fixture, options};

const MESSAGE: &str = "The identity provider does not answer; try again in a moment.";

/// Fails the test unless nobody is let in, and the log says why.
async fn is_closed(fixture: &Fixture, token: &str) {
    for answer in [fixture.whoami(token).await, fixture.submit(token).await] {
        assert_eq!((answer.status, answer.message()), (503, MESSAGE), "{}", answer.text);
    }
    let log = fixture.service.server_log();
    assert!(log.contains("the identity provider does not answer") && log.contains(&fixture.provider.issuer()), "{log}");
    assert!(!log.contains(token), "a token is in the log");
}

#[tokio::test]
async fn it_hangs() {
    let fixture = Fixture::start_with(|options| options.option("OIDC_TIMEOUT", 1)).await;
    fixture.provider.user("alice", &["packager"]).await;
    let tokens = [fixture.provider.opaque("alice").await, fixture.provider.jwt("alice").await];
    fixture.provider.freeze();
    for token in &tokens {
        is_closed(&fixture, token).await;
    }
    // Reading needs nobody.
    assert_eq!(fixture.service.rest().get("/module-builds/").await.status, 200);
    fixture.provider.thaw();
    for token in &tokens {
        tests::until("the provider to be asked again", tests::wait::LONG, async || {
            (fixture.submit(token).await.status == 400).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn it_is_down_and_who_is_known_goes_on() {
    let mut fixture = Fixture::start_with(|options| options.option("OIDC_CACHE_SECONDS", 3600)).await;
    fixture.provider.user("alice", &["packager"]).await;
    let (known, unknown) = (fixture.provider.opaque("alice").await, fixture.provider.opaque("alice").await);
    fixture.lets_in(&known, "alice").await;
    fixture.provider.stop();
    is_closed(&fixture, &unknown).await;
    fixture.lets_in(&known, "alice").await;
    let answer = fixture.service.rest().submit(&serde_json::json!({})).await;
    assert_eq!((answer.status, answer.message()), (401, "No 'authorization' header found."));
}

#[tokio::test]
async fn it_may_come_after_the_service() {
    let port = free_port();
    let issuer = format!("http://127.0.0.1:{port}");
    let early = IdentityProvider::start().await;
    let service: Service =
        options(&early).option("OIDC_ISSUER", issuer).option("OIDC_AUDIENCE", vec![AUDIENCE]).start().await;
    let mut fixture = Fixture { service, provider: early };
    fixture.provider.user("alice", &["packager"]).await;
    let token = fixture.provider.jwt("alice").await;
    assert_eq!(fixture.submit(&token).await.status, 503);
    fixture.provider = IdentityProvider::start_at(port).await;
    fixture.provider.user("alice", &["packager"]).await;
    let token = fixture.provider.jwt("alice").await;
    tests::until("the provider to be asked again", tests::wait::LONG, async || {
        (fixture.submit(&token).await.status == 400).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_wrong_secret_is_the_operators_matter() {
    let fixture = Fixture::start_with(|options| {
        options.option("OIDC_CLIENT_SECRETS", "").option("OIDC_CLIENT_ID", "mbs").option("OIDC_CLIENT_SECRET", "wrong")
    })
    .await;
    fixture.provider.user("alice", &["packager"]).await;
    let token = fixture.provider.opaque("alice").await;
    assert_eq!(fixture.submit(&token).await.status, 503);
    let log = fixture.service.server_log();
    assert!(log.contains("it refuses this service's client id or secret"), "{log}");
    assert!(!log.contains("wrong\""), "the secret is in the log");
}
