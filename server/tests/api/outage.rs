//! The database closes connections, as it does when it is restarted.

use sea_orm::ConnectionTrait;

use crate::SECTION;
use crate::support::Application;

/// More than the application has connections.
const MANY: usize = 12;

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
