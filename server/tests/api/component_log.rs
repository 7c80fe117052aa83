//! Logs of components.

use crate::SECTION;
use crate::support::Application;

/// Component 5 is `postgresql` of this build.
const FOLDER: &str = "module-nodejs-8-2820190301090014-69ebd189/logs";

#[tokio::test]
async fn a_log_is_read_piece_by_piece() {
    let application = Application::start(SECTION, None).await;
    let package = application.get("2/component-builds/5").await.body.unwrap()["package"].as_str().unwrap().to_owned();
    let folder = application.app.config.folders.results.join(FOLDER);
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{package}.log"));

    let missing = application.get("2/component-builds/5/log").await;
    assert_eq!((missing.status, &missing.body.unwrap()["message"]), (404, &"This component has no log.".into()));

    std::fs::write(&file, "line 1\nline 2\n").unwrap();
    let all = application.get("2/component-builds/5/log").await;
    assert_eq!((all.status, all.text.as_str()), (200, "line 1\nline 2\n"));
    assert_eq!(all.headers["x-log-offset"], "14");
    assert_eq!(all.headers["content-type"], "text/plain; charset=utf-8");

    std::fs::write(&file, "line 1\nline 2\nline 3\n").unwrap();
    let rest = application.get("2/component-builds/5/log?offset=14").await;
    assert_eq!(rest.text, "line 3\n");
    for (offset, status, text) in [("21", 200, ""), ("999999999999", 200, ""), ("", 200, "line 1\nline 2\nline 3\n")] {
        let answer = application.get(&format!("2/component-builds/5/log?offset={offset}")).await;
        assert_eq!((answer.status, answer.text.as_str()), (status, text), "{offset}");
    }
    for offset in ["-1", "x", "99999999999999999999"] {
        assert_eq!(application.get(&format!("2/component-builds/5/log?offset={offset}")).await.status, 400, "{offset}");
    }
    assert_eq!(application.get("2/component-builds/9999/log").await.status, 404);
}

#[tokio::test]
async fn names_from_the_database_never_leave_the_folder() {
    let statement = "UPDATE component_builds SET package = '../../../secret' WHERE id = 5";
    let application = Application::start(SECTION, Some(statement)).await;
    let results = &application.app.config.folders.results;
    std::fs::create_dir_all(results.join(FOLDER)).unwrap();
    std::fs::write(results.parent().unwrap().join("secret.log"), "secret").unwrap();
    assert_eq!(application.get("2/component-builds/5/log").await.status, 404);
}

#[tokio::test]
async fn what_is_ours_is_shown_on_demand() {
    let application = Application::start(SECTION, None).await;
    let body = application.get("2/component-builds/5?extended=1").await.body.unwrap();
    assert_eq!(body["log_url"], "/module-build-service/2/component-builds/5/log");
    assert_eq!((&body["attempt"], &body["time_started"]), (&0.into(), &serde_json::Value::Null));
}
