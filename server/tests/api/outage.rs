//! The database closes connections, as it does when it is restarted.

use sea_orm::ConnectionTrait;

use crate::SECTION;
use crate::support::{Application, CONNECTIONS};

/// More than the application has connections.
const MANY: usize = 3 * CONNECTIONS as usize;

#[tokio::test]
async fn lost_connections_are_replaced() {
    let [_, application] = Application::on_both(SECTION).await;
    let path = "2/module-builds/?per_page=3";
    let before = application.get(path).await;
    assert_eq!(before.status, 200);
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    for _ in 0..3 {
        // From within, so that the connection that asks for it is in use just before, too.
        application.app.db.execute_unprepared(others).await.unwrap();
        let mut answered = 0;
        for _ in 0..MANY {
            let answer = application.get(path).await;
            match answer.status {
                200 => answered += 1,
                503 => {
                    let message = answer.body.unwrap()["message"].clone();
                    assert_eq!(message, "The database does not answer; try again in a moment.");
                }
                other => panic!("{other}: {}", answer.text),
            }
        }
        assert!(answered > 0);
        assert_eq!(application.get(path).await.body, before.body);
    }
}

#[tokio::test]
async fn who_waits_for_a_lock_for_too_long_is_asked_to_come_again() {
    let [_, application] = Application::on_both(SECTION).await;
    let db = &application.app.db;
    // All connections that the application has.
    let mut taken = Vec::new();
    for _ in 0..CONNECTIONS {
        let one = entities::db::begin_write(db).await.unwrap();
        one.execute_unprepared("SET lock_timeout = '50ms'").await.unwrap();
        taken.push(one);
    }
    for one in taken {
        one.commit().await.unwrap();
    }
    let path = "/module-build-service/2/module-builds/12";
    let headers = [("Host", "mbs.example.com"), ("Content-Type", "application/json")];
    let other = entities::db::begin_write(db).await.unwrap();
    let held = entities::module_build::lock(&other, 12).await.unwrap().unwrap();
    let body = serde_json::json!({ "state": "failed", "owner": held.owner }).to_string();
    let body = body.as_bytes();
    let answer = application.send("PATCH", path, &headers, body).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(answer.text.contains("Others are writing"), "{}", answer.text);
    other.rollback().await.unwrap();
    assert_eq!(application.send("PATCH", path, &headers, body).await.status, 200);
    let gone = "/module-build-service/2/module-builds/999999";
    assert_eq!(application.send("PATCH", gone, &headers, body).await.status, 404);
}
