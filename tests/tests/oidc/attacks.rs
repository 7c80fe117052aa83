//! Tokens that are not good. A signed one is never tried as an opaque one, and nobody is told what was wrong with it.

use serde_json::{Value, json};
use tests::identity_provider::now;

use crate::fixture::Fixture;

/// A signed token with these claims changed.
async fn changed(fixture: &Fixture, changes: &[(&str, Value)]) -> String {
    let mut claims = fixture.provider.claims("alice");
    for (name, value) in changes {
        claims[*name] = value.clone();
    }
    fixture.provider.sign(json!({ "claims": claims })).await
}

#[tokio::test]
async fn claims_that_are_wrong() {
    let fixture = Fixture::start().await;
    fixture.provider.user("alice", &["packager"]).await;
    // What the others are changed from.
    fixture.lets_in(&changed(&fixture, &[]).await, "alice").await;
    let wrong = [
        ("exp", json!(now() - 1)),
        ("exp", json!(0)),
        ("exp", json!("tomorrow")),
        ("exp", Value::Null),
        ("nbf", json!(now() + 600)),
        ("aud", json!("urn:somebody-else")),
        ("aud", json!(["urn:somebody-else", "URN:MBS"])),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("iss", json!("https://evil.example.com")),
        ("iss", json!(format!("{}/", fixture.provider.issuer()))),
        ("iss", Value::Null),
        ("username", json!("")),
        ("username", json!("alice\n")),
        ("username", json!(["alice"])),
    ];
    for (name, value) in wrong {
        let token = changed(&fixture, &[(name, value.clone())]).await;
        eprintln!("{name}: {value}");
        fixture.refuses(&token).await;
    }
    let several = changed(&fixture, &[("aud", json!(["urn:somebody-else", "urn:mbs"]))]).await;
    fixture.lets_in(&several, "alice").await;
    assert_eq!(fixture.provider.requests_to("/token/introspection").await, 0);
}

#[tokio::test]
async fn an_opaque_token_that_has_expired() {
    let fixture = Fixture::start_with(|options| options.option("OIDC_CACHE_SECONDS", 3600)).await;
    fixture.provider.user("alice", &["packager"]).await;
    let token = fixture.provider.token(json!({ "user": "alice", "ttl": 2 })).await;
    // It may have ended by the time that it is shown; it has to end although answers are kept for an hour.
    let status = fixture.submit(&token).await.status;
    assert!(matches!(status, 400 | 401), "{status}");
    tests::until("the token to end", tests::wait::LONG, async || {
        (fixture.submit(&token).await.status == 401).then_some(())
    })
    .await;
    fixture.refuses(&token).await;
}

#[tokio::test]
async fn a_signed_token_ends_although_it_is_kept() {
    let fixture = Fixture::start_with(|options| options.option("OIDC_CACHE_SECONDS", 3600)).await;
    let token = changed(&fixture, &[("exp", json!(now() + 3))]).await;
    let status = fixture.submit(&token).await.status;
    assert!(matches!(status, 400 | 401), "{status}");
    tests::until("the token to end", tests::wait::LONG, async || {
        (fixture.submit(&token).await.status == 401).then_some(())
    })
    .await;
    fixture.refuses(&token).await;
}

#[tokio::test]
async fn signatures_that_are_none() {
    let fixture = Fixture::start().await;
    fixture.provider.user("alice", &["packager"]).await;
    let claims = fixture.provider.claims("alice");
    let good = changed(&fixture, &[]).await;
    let (rest, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = rest.split_once('.').unwrap();
    let kid = fixture.provider.key().await;
    let mut bad = vec![
        // `alg: none`, with and without a signature.
        fixture.provider.sign(json!({ "claims": claims, "key": "none" })).await,
        format!("{}{signature}", fixture.provider.sign(json!({ "claims": claims, "key": "none" })).await),
        // HMAC with the public key as the secret.
        fixture.provider.sign(json!({ "claims": claims, "key": "public" })).await,
        // A key that nobody knows, under its own name, and under the name of the provider's.
        fixture.provider.sign(json!({ "claims": claims, "key": "foreign" })).await,
        fixture.provider.sign(json!({ "claims": claims, "key": "foreign", "header": { "kid": kid } })).await,
        // An ID token and others are no access tokens.
        fixture.provider.sign(json!({ "claims": claims, "header": { "typ": "logout+jwt" } })).await,
        // The header wants something to be understood that nobody here knows.
        fixture.provider.sign(json!({ "claims": claims, "header": { "crit": ["x"], "x": true } })).await,
        // The header names a key, and where to get it.
        fixture
            .provider
            .sign(json!({ "claims": claims, "key": "foreign", "header": { "jku": "http://127.0.0.1:1/" } }))
            .await,
        format!("{rest}."),
        rest.to_owned(),
        format!("{header}.{payload}x.{signature}"),
        format!("{header}..{signature}"),
        "a.b.c".to_owned(),
        "...".to_owned(),
    ];
    // One bit of the signature.
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    bad.push(format!("{rest}.{flipped}{}", &signature[1..]));
    for token in bad {
        eprintln!("{token}");
        fixture.refuses(&token).await;
    }
}

#[tokio::test]
async fn an_algorithm_that_the_operator_does_not_want() {
    let fixture = Fixture::start_with(|options| options.option("OIDC_ALGORITHMS", vec!["ES256"])).await;
    fixture.provider.user("alice", &["packager"]).await;
    fixture.refuses(&fixture.provider.jwt("alice").await).await;
}

#[tokio::test]
async fn keys_that_nobody_knows_do_not_make_the_provider_busy() {
    let fixture = Fixture::start().await;
    let claims = fixture.provider.claims("alice");
    for number in 0..50 {
        let wish = json!({ "claims": claims, "key": "foreign", "header": { "kid": format!("made-up-{number}") } });
        fixture.refuses(&fixture.provider.sign(wish).await).await;
    }
    // Discovery, the first fetch, and five renewals in a minute; another six if the minute ended meanwhile. The test waited for it
    // to answer, too.
    let fetched = fixture.provider.requests_to("/jwks").await;
    assert!(fetched <= 15, "{fetched}");
}

#[tokio::test]
async fn headers_of_any_size() {
    let fixture = Fixture::start().await;
    fixture.provider.user("alice", &["packager"]).await;
    for size in [8 << 10, 16 << 10, 20 << 10] {
        fixture.refuses(&"x".repeat(size)).await;
        fixture.refuses(&format!("{0}.{0}.{0}", "x".repeat(size / 3))).await;
    }
    // A good one of 8 kB: many groups.
    let groups: Vec<_> = (0..500).map(|number| format!("group-{number:05}")).chain(["packager".to_owned()]).collect();
    let token = changed(&fixture, &[("groups", json!(groups))]).await;
    assert!(token.len() > 8 << 10, "{}", token.len());
    fixture.lets_in(&token, "alice").await;
}

#[tokio::test]
async fn tokens_are_in_no_log() {
    let fixture = Fixture::start_with(|options| options.variable("RUST_LOG", "trace")).await;
    fixture.provider.user("alice", &["packager"]).await;
    let (jwt, opaque) = (fixture.provider.jwt("alice").await, fixture.provider.opaque("alice").await);
    let refused = changed(&fixture, &[("aud", json!("urn:somebody-else"))]).await;
    for (token, status) in [(&jwt, 400), (&opaque, 400), (&refused, 401)] {
        assert_eq!(fixture.submit(token).await.status, status);
    }
    let log = fixture.service.server_log();
    assert!(log.contains("TRACE") && log.contains("a token was refused"), "{log}");
    for token in [&jwt, &opaque, &refused] {
        let secret = token.rsplit('.').next().unwrap();
        assert!(!log.contains(secret), "{secret}");
    }
    assert!(!log.contains(tests::identity_provider::SECRET), "the secret of the service");
}

#[tokio::test]
async fn a_page_of_another_site_can_only_do_what_its_own_token_allows() {
    let fixture = Fixture::start().await;
    fixture.provider.user("alice", &["packager"]).await;
    let bearer = format!("Bearer {}", fixture.provider.jwt("alice").await);
    let from = [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://dashboard.example.com")];
    let mut headers = from.map(|(name, value)| (name, value.to_owned())).to_vec();
    let rest = fixture.service.rest();
    let refused = rest.request("POST", "/module-builds/", &headers, Some(&json!({}))).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    headers.push(("Authorization", bearer));
    let known = rest.request("POST", "/module-builds/", &headers, Some(&json!({}))).await;
    assert_eq!((known.status, known.message()), (400, "Missing scmurl"), "{}", known.text);
}

#[tokio::test]
async fn a_token_of_somebody_else_at_user_info_is_refused() {
    let fixture = Fixture::start().await;
    // A signed token without groups, which the provider does not take at user info.
    let mut claims = fixture.provider.claims("alice");
    claims.as_object_mut().unwrap().remove("groups");
    fixture.provider.user("alice", &["packager"]).await;
    let token = fixture.provider.sign(json!({ "claims": claims })).await;
    let answer = fixture.submit(&token).await;
    assert_eq!((answer.status, answer.message()), (401, "OpenIDC auth error: Cannot determine the user's groups"));
}
