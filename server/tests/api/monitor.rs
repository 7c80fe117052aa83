//! Probes of a process that ends, or whose results folder is in trouble; ids of requests.

use sea_orm::ConnectionTrait as _;
use serde_json::json;
use tokio::sync::watch;

use crate::SECTION;
use crate::support::{Answer, Application};

async fn get(application: &Application, path: &str) -> Answer {
    application.send("GET", path, &[], b"").await
}

#[tokio::test]
async fn a_process_that_ends_is_healthy_but_not_ready() {
    let application = Application::start(SECTION, None).await;
    let (ending, ends) = watch::channel(false);
    application.app.monitor.ends_with(ends);
    let answer = get(&application, "/readyz").await;
    let checks = json!({"database": "ok", "schema": "ok", "queue": "ok"});
    assert_eq!((answer.status, answer.body), (200, Some(json!({"ready": true, "checks": checks}))));
    ending.send_replace(true);
    let answer = get(&application, "/readyz").await;
    let found = json!({"ready": false, "checks": {"shutdown": "the process is ending"}});
    assert_eq!((answer.status, answer.body), (503, Some(found)));
    assert_eq!(get(&application, "/healthz").await.status, 200);
}

#[tokio::test]
async fn a_results_folder_that_cannot_be_written_to_is_named() {
    let application = Application::start(SECTION, None).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    application.app.monitor.needs_results(file.path().to_owned());
    let answer = get(&application, "/readyz").await;
    let body = answer.body.unwrap();
    assert_eq!((answer.status, &body["ready"], &body["checks"]["database"]), (503, &json!(false), &json!("ok")));
    let found = body["checks"]["results"].as_str().unwrap();
    assert!(found.starts_with("cannot be written to") && !answer.text.contains('/'), "{found}");
}

#[tokio::test]
async fn metrics_and_probes_are_resources_like_others() {
    let application = Application::start(SECTION, None).await;
    for path in ["/metrics", "/module-build-service/7/monitor/metrics"] {
        let answer = get(&application, path).await;
        assert_eq!(answer.headers["content-type"], "text/plain; version=1.0.0; charset=utf-8");
        assert!(answer.text.contains("\nbuilds_success_total 0\n"), "{}", answer.text);
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "as recorded");
    }
    for path in ["/metrics", "/healthz", "/readyz", "/module-build-service/1/monitor/metrics"] {
        assert_eq!(application.send("HEAD", path, &[], b"").await.status, 200, "{path}");
        assert_eq!(application.send("POST", path, &[], b"").await.status, 405, "{path}");
    }
    for path in ["/module-build-service/x/monitor/metrics", "/module-build-service/1/monitor/metrics/", "/healthz/"] {
        assert_eq!(get(&application, path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn every_answer_has_the_id_of_its_request() {
    let application = Application::start(SECTION, None).await;
    let id_of = async |path: &str, given: &[(&str, &str)]| {
        application.send("GET", path, given, b"").await.headers["x-request-id"].clone()
    };
    for path in ["/module-build-service/1/about/", "/nowhere", "/healthz", "/module-build-service/1/about"] {
        assert_eq!(id_of(path, &[("X-Request-Id", "from-the-proxy:1")]).await, "from-the-proxy:1", "{path}");
        let made = [id_of(path, &[]).await, id_of(path, &[("X-Request-Id", "two words")]).await];
        assert!(made[0] != made[1] && made.iter().all(|id| id.len() > 16 && !id.contains(' ')), "{made:?}");
    }
}

#[tokio::test]
async fn a_defect_is_found_by_the_id_of_its_request() {
    let application = Application::start(SECTION, None).await;
    application.app.db.execute_unprepared("DROP TABLE log_messages").await.unwrap();
    let given = [("X-Request-Id", "find-me"), ("Host", "h")];
    let answer = application.send("GET", "/module-build-service/1/module-builds/8/messages", &given, b"").await;
    assert_eq!((answer.status, answer.headers["x-request-id"].as_str()), (500, "find-me"));
    let message = answer.body.unwrap()["message"].as_str().unwrap().to_owned();
    assert!(message.ends_with("finds the reason in the log under find-me."), "{message}");
}
