//! Submissions without a key that come at the same time: the database decides which of them is the first.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};
use tests::rest::Answer;
use tests::service::Builder;
use tests::{Module, Service};

async fn idle(configure: impl FnOnce(Builder) -> Builder) -> Service {
    let service = Service::builder().workers(0).platform("f29").platform("f30").option("MODULES_ALLOW_SCRATCH", true);
    configure(service).start().await
}

fn module(name: &str, version: u64, platforms: &[&str]) -> Value {
    json!({"modulemd": Module::new(name).version(version).platforms(platforms).yaml()})
}

async fn all_at_once(service: &Service, bodies: &[Value]) -> Vec<Answer> {
    let rest = service.rest();
    join_all(bodies.iter().map(|body| rest.submit(body))).await
}

/// How many were taken; all others were conflicts.
fn taken(answers: &[Answer]) -> Vec<&Answer> {
    for answer in answers {
        assert!(matches!(answer.status, 201 | 409), "{} {}", answer.status, answer.text);
    }
    answers.iter().filter(|answer| answer.status == 201).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    let service = idle(|service| service).await;
    identical(&service).await;
    overlapping(&service).await;
    scratch(&service).await;
    resumed(&service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql() {
    let service = idle(Builder::postgres).await;
    identical(&service).await;
    overlapping(&service).await;
    scratch(&service).await;
    resumed(&service).await;
}

async fn identical(service: &Service) {
    for version in 1..=3 {
        let answers = all_at_once(service, &vec![module("identical", version, &["f28", "f29", "f30"]); 20]).await;
        let taken = taken(&answers);
        assert_eq!(taken.len(), 1, "{answers:#?}");
        assert_eq!(taken[0].ids().len(), 3);
    }
    assert_eq!(service.rows().await.builds_named("identical").await.len(), 9);
}

/// Each makes the contexts that no other one has made.
async fn overlapping(service: &Service) {
    let kinds: [&[&str]; 4] = [&["f28", "f29"], &["f30", "f29"], &["f30", "f28"], &["f29", "f30", "f28"]];
    for version in 1..=3 {
        let bodies: Vec<_> = (0..20).map(|index| module("overlapping", version, kinds[index % kinds.len()])).collect();
        let answers = all_at_once(service, &bodies).await;
        assert!((1..=3).contains(&taken(&answers).len()), "{answers:#?}");
        let seen: BTreeSet<_> = taken(&answers).iter().flat_map(|answer| answer.ids()).collect();
        assert_eq!(seen.len(), 3, "{answers:#?}");
    }
    let rows = service.rows().await;
    let builds = rows.builds_named("overlapping").await;
    assert_eq!(builds.len(), 9);
    for build in builds {
        assert_eq!(rows.messages(i64::from(build.id)).await.len(), 1);
    }
}

/// Every scratch build is one of its own.
async fn scratch(service: &Service) {
    let mut body = module("tried", 1, &["f28", "f29"]);
    body["scratch"] = json!(true);
    let answers = all_at_once(service, &vec![body; 10]).await;
    let ids: BTreeSet<_> = answers.iter().flat_map(Answer::ids).collect();
    assert_eq!(ids.len(), 20);
    let builds = service.rows().await.builds_named("tried").await;
    let suffixes = builds.iter().map(|build| build.context.split_once('_').unwrap().1.parse::<u32>().unwrap());
    let mut suffixes: Vec<_> = suffixes.collect();
    suffixes.sort_unstable();
    assert_eq!(suffixes, (1..=10).flat_map(|number| [number, number]).collect::<Vec<_>>());
}

/// A build that failed goes on once.
async fn resumed(service: &Service) {
    let body = module("resumed", 1, &["f28", "f29"]);
    let ids = service.rest().submit(&body).await.ids();
    for round in 1..=3 {
        for id in &ids {
            assert_eq!(service.rest().cancel(*id).await.status, 200);
        }
        let answers = all_at_once(service, &vec![body.clone(); 10]).await;
        let taken = taken(&answers);
        assert_eq!(taken.len(), 1, "{answers:#?}");
        assert_eq!(taken[0].ids(), ids);
        for id in &ids {
            let rows = service.rows().await;
            assert_eq!(rows.build(*id).await.resumed, round);
            // init, and failed and init again for each round.
            assert_eq!(rows.trace(*id).await.len(), 1 + 2 * usize::try_from(round).unwrap());
        }
    }
}
