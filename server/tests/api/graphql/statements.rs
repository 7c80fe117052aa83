//! The number of SQL statements does not depend on how much an answer shows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sea_orm::ConnectionTrait as _;
use serde_json::json;

use super::dashboards::query as documented;
use super::{ask, code, data};
use crate::SECTION;
use crate::support::Application;

async fn counted() -> (Application, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let application = Application::start_with(SECTION, None, |config, db| {
        config.rest.cache_bytes = 0;
        db.set_metric_callback(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
        });
    })
    .await;
    (application, count)
}

/// 1,000 components in 10 batches, each with two states; a fifth was taken over from another build.
const LARGE: [&str; 4] = [
    "INSERT INTO module_builds (id, name, stream, version, context, state, modulemd, owner, time_submitted, rebuild_strategy,
        buildrequires_json)
    SELECT 900, 'large', 's', '1', 'c', 5, '', 'alice', '2019-04-01 00:00:00', 'all', buildrequires_json
    FROM module_builds WHERE id = 8",
    "WITH RECURSIVE counter (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < 1000)
    INSERT INTO component_builds (id, package, scmurl, format, state, state_reason, nvr, batch, module_id, attempt, retries,
        reused_component_id)
    SELECT 10000 + n, 'package-' || n, 'https://example.com/' || n, 'rpms', 1, 'built', 'package-' || n || '-1-1', 1 + n / 100, 900,
        1, 0, CASE WHEN n % 5 = 0 THEN 8 END FROM counter",
    "INSERT INTO component_builds_trace (component_id, state_time, state)
    SELECT id, '2019-04-01 00:00:00', 0 FROM component_builds WHERE module_id = 900",
    "INSERT INTO component_builds_trace (component_id, state_time, state)
    SELECT id, '2019-04-01 00:01:00', 1 FROM component_builds WHERE module_id = 900",
];

/// The revision, the build, its components, their histories, what was taken over and from where, its own facts, and its relatives.
#[tokio::test]
async fn a_build_with_a_thousand_components_takes_eight() {
    let (application, count) = counted().await;
    for statement in LARGE {
        application.app.db.execute_unprepared(statement).await.unwrap();
    }
    let query = "{ moduleBuild(id: 900) {
        nsvc state stateReason arches stateTrace { nodes { time state reason } }
        batches { number total components {
            package state stateReason nvr logUrl reuse { reused reason } stateTrace { nodes { time state } }
            reusedComponent { nvr moduleBuild { nsvc } } moduleBuild { nsvc } } }
        buildrequires(first: 100) { nodes { nsvc state } }
        dependents(first: 100) { nodes { nsvc state } }
        siblings(first: 100) { nodes { nsvc state } }
    } }";
    count.store(0, Ordering::SeqCst);
    let found = data(&application, query, json!({})).await;
    let statements = count.load(Ordering::SeqCst);
    let batches = found["moduleBuild"]["batches"].as_array().unwrap();
    let components: Vec<_> = batches.iter().flat_map(|batch| batch["components"].as_array().unwrap()).collect();
    assert_eq!(components.len(), 1000);
    assert!(components.iter().all(|component| component["stateTrace"]["nodes"].as_array().unwrap().len() == 2));
    assert!(components.iter().any(|component| component["reusedComponent"]["moduleBuild"]["nsvc"].is_string()));
    assert!((5..=8).contains(&statements), "{statements} statements");
    let narrow = application.twin(|config| config.graphql.list = 999).await;
    let refused = ask(&narrow, "{ moduleBuild(id: 900) { batches { number } } }", json!({})).await;
    assert_eq!(code(&refused), "LIST_LIMIT", "not all of them are no batches");
}

#[tokio::test]
async fn a_list_takes_as_many_as_one_build() {
    let (application, count) = counted().await;
    let mut taken = Vec::new();
    for filter in ["nsvc: \"nodejs:8:2820190301090014:69ebd189\"", "name: \"nodejs\""] {
        let query = format!(
            "{{ moduleBuilds(first: 50, filter: {{{filter}}}) {{ nodes {{
                modulemd arches components(first: 50) {{ totalCount nodes {{ package stateTrace {{ nodes {{ state }} }} }} }}
                buildrequires {{ nodes {{ nsvc arches }} }} messages {{ nodes {{ message }} }} }} }} }}"
        );
        count.store(0, Ordering::SeqCst);
        data(&application, &query, json!({})).await;
        taken.push(count.load(Ordering::SeqCst));
    }
    // What is asked for a moment too late for one round goes into the next.
    assert!(taken.iter().all(|taken| *taken <= 10), "{taken:?}");
}

#[tokio::test]
async fn totals_are_counted_only_when_they_are_asked_for() {
    let (application, count) = counted().await;
    for (fields, expected) in [("nodes { id }", 2), ("totalCount nodes { id }", 4), ("totalCount", 4)] {
        count.store(0, Ordering::SeqCst);
        data(&application, &format!("{{ moduleBuilds(first: 2) {{ {fields} }} }}"), json!({})).await;
        assert_eq!(count.load(Ordering::SeqCst), expected, "{fields}");
    }
}

#[tokio::test]
async fn what_was_asked_before_takes_one_statement_until_something_changes() {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let application = Application::start_with(SECTION, None, |_, db| {
        db.set_metric_callback(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
        });
    })
    .await;
    let query = "{ moduleBuild(id: 8) { stateReason components(first: 50) { nodes { package } } } }";
    let first = data(&application, query, json!({})).await;
    count.store(0, Ordering::SeqCst);
    assert_eq!(data(&application, query, json!({})).await, first);
    assert_eq!(count.load(Ordering::SeqCst), 1);
    application
        .app
        .db
        .execute_unprepared("UPDATE module_builds SET state_reason = 'changed' WHERE id = 8")
        .await
        .unwrap();
    assert_eq!(data(&application, query, json!({})).await["moduleBuild"]["stateReason"], "changed");
}

/// That of docs/API.md shows pages of all that belongs to a build: each kind is read once, however much there is.
#[tokio::test]
async fn the_query_of_the_document_takes_as_many_for_any_build() {
    let (application, count) = counted().await;
    for statement in LARGE {
        application.app.db.execute_unprepared(statement).await.unwrap();
    }
    for build in [8, 900] {
        count.store(0, Ordering::SeqCst);
        let found = data(&application, &documented("Build"), json!({ "id": build.to_string() })).await;
        assert!(found["moduleBuild"]["batches"].is_array(), "{found:.200}");
        let statements = count.load(Ordering::SeqCst);
        assert!((5..=9).contains(&statements), "{statements} statements for build {build}");
    }
}
