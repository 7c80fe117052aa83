//! Answers are kept, but never served once they are out of date, whoever has changed what they show.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use sea_orm::ConnectionTrait;
use serde_json::Value;

use crate::SECTION;
use crate::support::{Answer, Application};

const PATHS: [&str; 15] = [
    "2/module-builds/?short=1&per_page=100",
    "2/module-builds/?per_page=100",
    "2/module-builds/?verbose=1&per_page=100",
    "2/module-builds/?page=2",
    "2/module-builds/?state=ready&per_page=2",
    "2/module-builds/?base_module_br_stream=f28&per_page=2",
    "2/module-builds/8?short=1",
    "2/module-builds/8",
    "2/module-builds/8?verbose=1",
    "2/module-builds/2?verbose=1",
    "2/component-builds/?per_page=2",
    "2/component-builds/?verbose=1&per_page=1000",
    "2/component-builds/5?verbose=1&extended=1",
    "2/module-builds/8/messages",
    "2/component-builds/5/messages",
];

/// What an operator, an import or a job may do, and a path on which it shows. `{build}` are the columns of a build.
const CHANGES: [(&str, usize); 21] = [
    ("UPDATE component_builds SET state = 3, state_reason = 'by hand' WHERE id = 5", 7),
    ("UPDATE component_builds SET batch = 9 WHERE id = 5", 12),
    ("UPDATE component_builds SET attempt = attempt + 1 WHERE id = 5", 12),
    ("INSERT INTO component_builds (package, scmurl, format, module_id) VALUES ('another', 'git://x', 'rpms', 8)", 7),
    ("INSERT INTO component_builds_trace (component_id, state_time, state) VALUES (5, '2026-01-01 00:00:00', 1)", 12),
    ("INSERT INTO module_builds_trace (module_id, state_time, state) VALUES (8, '2026-01-01 00:00:00', 6)", 8),
    ("UPDATE module_builds SET state = 6, state_reason = 'by hand' WHERE id = 8", 6),
    ("UPDATE module_builds SET buildrequires_json = '{\"a\": 1}' WHERE id = 8", 7),
    ("UPDATE module_builds SET modulemd = 'x' WHERE id = 8", 8),
    (
        "INSERT INTO module_builds (name, stream, version, context, scratch, state, modulemd, owner, time_submitted, \
         rebuild_strategy) SELECT name, stream, version, 'another', scratch, 0, '', 'me', time_submitted, 'all' FROM \
         module_builds WHERE id = 8",
        7,
    ),
    ("UPDATE module_builds SET version = '1' WHERE context = 'another'", 7),
    ("UPDATE module_builds SET state = 6 WHERE name = 'platform'", 8),
    ("UPDATE module_builds SET stream = 'f28x' WHERE name = 'platform' AND stream = 'f28'", 8),
    ("UPDATE virtual_streams SET name = 'renamed' || id", 9),
    ("UPDATE module_arches SET name = 'renamed' || id", 8),
    ("DELETE FROM module_builds_to_arches WHERE module_build_id = 8", 8),
    ("DELETE FROM module_builds_to_module_buildrequires WHERE module_id = 8", 8),
    (
        "INSERT INTO log_messages (component_build_id, module_build_id, message, time_created) VALUES (5, 8, 'new', \
         '2026-01-01 00:00:00')",
        14,
    ),
    ("UPDATE log_messages SET message = 'other' WHERE module_build_id = 8", 13),
    ("DELETE FROM module_builds WHERE context = 'another'", 1),
    ("UPDATE component_builds SET module_id = 9 WHERE id = 5", 7),
];

async fn all(application: &Application) -> Vec<Answer> {
    let mut answers = Vec::new();
    for path in PATHS {
        let answer = application.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answers.push(answer);
    }
    answers
}

#[tokio::test]
async fn every_change_shows_at_once() {
    for application in Application::on_both(SECTION).await {
        let without_cache = application.twin(|config| config.rest.cache_bytes = 0).await;
        for (statement, shown) in CHANGES {
            let before = all(&application).await;
            application.app.db.execute_unprepared(statement).await.unwrap();
            let truth = all(&without_cache).await;
            assert_ne!(truth[shown].body, before[shown].body, "{statement} does not show on {}", PATHS[shown]);
            for ((path, before), truth) in PATHS.iter().zip(&before).zip(&truth) {
                let tag = before.headers["etag"].as_str();
                let path_of_server = format!("/module-build-service/{path}");
                let headers = [("Host", "mbs.example.com"), ("If-None-Match", tag)];
                let kept = application.send("GET", &path_of_server, &headers, b"").await;
                let seen = if kept.status == 304 { &before.body } else { &kept.body };
                assert_eq!(seen, &truth.body, "{path} after {statement}");
                assert_eq!(application.get(path).await.body, truth.body, "{path} after {statement}");
            }
        }
    }
}

/// A client that asks as others write: what it has is never older than what was committed when it asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_older_than_the_question() {
    for application in Application::on_both(SECTION).await {
        let application = Arc::new(application);
        let committed = Arc::new(AtomicI64::new(0));
        let paths = ["2/module-builds/8", "2/module-builds/?name=nodejs&per_page=100", "2/module-builds/8?verbose=1"];
        let readers = paths.map(|path| tokio::spawn(reader(Arc::clone(&application), path, Arc::clone(&committed))));
        for number in 1..=150 {
            let statement = format!("UPDATE component_builds SET state_reason = '{number}' WHERE id = 5");
            application.app.db.execute_unprepared(&statement).await.unwrap();
            committed.store(number, Ordering::SeqCst);
        }
        committed.store(i64::MAX, Ordering::SeqCst);
        for reader in readers {
            assert!(reader.await.unwrap() > 0);
        }
    }
}

/// Asks until everything is written; returns how often it was.
async fn reader(application: Arc<Application>, path: &str, committed: Arc<AtomicI64>) -> usize {
    let (mut tag, mut body, mut asked) = (String::new(), None, 0);
    loop {
        let least = committed.load(Ordering::SeqCst);
        let headers = [("Host", "h"), ("If-None-Match", tag.as_str())];
        let answer = application.send("GET", &format!("/module-build-service/{path}"), &headers, b"").await;
        if answer.status == 200 {
            (tag, body) = (answer.headers["etag"].clone(), answer.body);
        }
        asked += 1;
        let is_over = least == i64::MAX;
        let seen = reason(body.as_ref().unwrap());
        assert!(seen >= if is_over { 150 } else { least }, "{path}: {seen} was shown after {least} was written");
        if is_over {
            return asked;
        }
    }
}

/// What stands at component 5.
fn reason(body: &Value) -> i64 {
    let builds = body["items"].as_array().cloned().unwrap_or_else(|| vec![body.clone()]);
    let build = builds.iter().find(|build| build["id"] == 8).unwrap();
    let tasks = build["tasks"]["rpms"].as_object().unwrap();
    tasks.values().filter_map(|task| task["state_reason"].as_str()?.parse().ok()).max().unwrap_or(0)
}
