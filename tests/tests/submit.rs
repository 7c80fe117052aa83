//! Submitting the same module more than once: at the same time, after it was built, after it failed.

use std::sync::Arc;

use entities::ComponentState;
use entities::ModuleState::{Build, Failed, Init, Wait};
use serde_json::json;
use tests::fixtures::Part;
use tests::{Component, Module, Shared, checks};

static SHARED: Shared = Shared::new();

#[tokio::test(flavor = "multi_thread")]
async fn the_same_module_again_is_a_conflict() {
    let service = SHARED.get(|service| service).await;
    let module = Module::new("once").part(Part::new("once-a", &service.git.component(&Component::new("once-a"))));
    let scmurl = service.git.module(&module);
    let id = service.rest().submit_scm(&scmurl, "1").await.id();
    let early = service.rest().submit_scm(&scmurl, "1").await;
    assert_eq!(early.status, 409, "{}", early.text);
    service.rest().ready(id).await;
    let late = service.rest().submit_scm(&scmurl, "1").await;
    assert_eq!(late.status, 409, "{}", late.text);
    assert_eq!(
        late.message(),
        "Module (state=5) already exists. Only a new build, resubmission of a failed build or build against new \
         buildrequirements is allowed."
    );
    checks::went_straight(&service.rows().await, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn identical_submissions_at_once_are_one_build() {
    let service = SHARED.get(|service| service).await;
    let url = service.git.component(&Component::new("crowd-a"));
    for round in 1..=3_u64 {
        let module = Module::new("crowd").version(round).part(Part::new("crowd-a", &url));
        let body = Arc::new(json!({"modulemd": module.yaml()}));
        let submissions = (0..6).map(|_| {
            let (rest, body) = (service.rest(), body.clone());
            tokio::spawn(async move { rest.submit(&body).await })
        });
        let mut answers = Vec::new();
        for submission in submissions.collect::<Vec<_>>() {
            answers.push(submission.await.unwrap());
        }
        let taken: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert_eq!(taken.len(), 1, "{answers:#?}");
        assert!(answers.iter().all(|answer| matches!(answer.status, 201 | 409)), "{answers:#?}");
        let rows = service.rows().await;
        let with_version = rows.builds_named("crowd").await.into_iter().filter(|row| row.version == expected(round));
        assert_eq!(with_version.count(), 1);
        checks::went_straight(&rows, service.rest().ready(taken[0].id()).await["id"].as_i64().unwrap()).await;
    }
}

/// The base module's stream comes before the version: `f28` is 28.
fn expected(version: u64) -> String {
    format!("28{version}")
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failure_it_resumes_and_keeps_what_was_built() {
    let service = SHARED.get(|service| service).await;
    let first = Component::new("resume-first");
    // Fails for as long as the address of its source does not exist.
    let second = Component::new("resume-second").tag("BuildRequires: resume-first");
    let broken = second.clone().build("echo 'error: not yet' >&2; exit 1");
    let first_url = service.git.component(&first);
    let second_url = service.git.component(&broken);
    let module = Module::new("resumed")
        .version(7)
        .part(Part::new("resume-first", &first_url))
        .part(Part::new("resume-second", &second_url).buildorder(1));
    let id = service.rest().submit_document(&module.yaml()).await.id();
    service.rest().failed(id).await;

    let again = service.rest().submit_document(&module.yaml()).await;
    assert_eq!(again.id(), id, "the same build goes on");
    let reason = service.rest().failed(id).await;
    assert!(reason.contains("resume-second"), "{reason}");

    let rows = service.rows().await;
    let kept = rows.component(id, "resume-first").await;
    assert_eq!(
        rows.component_trace(kept.id).await,
        [None, Some(ComponentState::Building), Some(ComponentState::Complete)]
    );
    let repeated = rows.component(id, "resume-second").await;
    let trace = rows.component_trace(repeated.id).await;
    let starts = trace.iter().filter(|state| **state == Some(ComponentState::Building)).count();
    assert_eq!(starts, 2, "{trace:?}");
    assert_eq!(rows.trace(id).await, [Init, Wait, Build, Failed, Wait, Build, Failed]);
    checks::all_told(&rows, id).await;
    checks::nothing_built_again(&rows, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cancelled_goes_on_to_ready_when_it_is_submitted_again() {
    let service = SHARED.get(|service| service).await;
    let quick = Component::new("twice-quick");
    let slow = Component::new("twice-slow").sleeps(3);
    let module = Module::new("twice")
        .version(1)
        .part(Part::new("twice-quick", &service.git.component(&quick)))
        .part(Part::new("twice-slow", &service.git.component(&slow)).buildorder(1));
    let rest = service.rest();
    let id = rest.submit_document(&module.yaml()).await.id();
    rest.when(id, "building the slow component", |build| build["tasks"]["rpms"]["twice-slow"]["state"] == 0).await;
    assert_eq!(rest.cancel(id).await.status, 200);
    assert_eq!(rest.submit_document(&module.yaml()).await.id(), id);
    rest.ready(id).await;
    let rows = service.rows().await;
    checks::all_told(&rows, id).await;
    checks::nothing_built_again(&rows, id).await;
}
