//! The same on the servers of a production installation: PostgreSQL, Redis, and workers of their own.

use std::sync::Arc;

use serde_json::json;
use tests::fixtures::Part;
use tests::wait::{LONG, until_true};
use tests::witness::{Witness, sleeper};
use tests::{Component, Module, Shared, checks};

static SHARED: Shared = Shared::new();

#[tokio::test(flavor = "multi_thread")]
async fn a_build_survives_its_worker_and_its_queue() {
    let service = SHARED.get(|service| service.postgres().redis().workers(2)).await;
    let first = Component::new("pg-first").sleeps(2);
    let second = Component::new("pg-second").sleeps(2).tag("BuildRequires: pg-first");
    let third = Component::new("pg-third").tag("BuildRequires: pg-second");
    let module = Module::new("served")
        .part(Part::new("pg-first", &service.git.component(&first)))
        .part(Part::new("pg-second", &service.git.component(&second)).buildorder(1))
        .part(Part::new("pg-third", &service.git.component(&third)).buildorder(2));
    let witness = Witness::start();
    let id = service.rest().submit_document(&module.yaml()).await.id();
    let second_marker = second.marker.unwrap();
    until_true("the second component to be built", LONG, async || sleeper(&second_marker).is_some()).await;
    service.kill_workers();
    service.redis.as_ref().unwrap().flush();
    service.start_worker();
    service.start_worker();
    service.rest().ready(id).await;
    checks::went_straight(&service.rows().await, id).await;
    assert_eq!(witness.builds(&first.marker.unwrap()), 1, "complete before the kill");
}

#[tokio::test(flavor = "multi_thread")]
async fn identical_submissions_at_once_are_one_build() {
    let service = SHARED.get(|service| service.postgres().redis().workers(2)).await;
    let url = service.git.component(&Component::new("pg-crowd"));
    let module = Module::new("pg-crowd").version(1).part(Part::new("pg-crowd", &url));
    let body = Arc::new(json!({"modulemd": module.yaml()}));
    let submissions = (0..6).map(|_| {
        let (rest, body) = (service.rest(), body.clone());
        tokio::spawn(async move { rest.submit(&body).await })
    });
    let mut answers = Vec::new();
    for submission in submissions.collect::<Vec<_>>() {
        answers.push(submission.await.unwrap());
    }
    assert!(answers.iter().all(|answer| matches!(answer.status, 201 | 409)), "{answers:#?}");
    let taken: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(taken.len(), 1, "{answers:#?}");
    service.rest().ready(taken[0].id()).await;
    checks::went_straight(&service.rows().await, taken[0].id()).await;
}
