//! `ETag` and `If-None-Match`.

use sea_orm::ConnectionTrait;

use crate::SECTION;
use crate::support::{Answer, Application};

const PATHS: [&str; 10] = [
    "2/module-builds/?per_page=3",
    "2/module-builds/?verbose=1&after=",
    "1/module-builds/8",
    "1/module-builds/8?verbose=true",
    "2/module-builds/8/messages",
    "2/component-builds/?state=COMPLETE",
    "2/component-builds/8",
    "2/component-builds/8/messages",
    "2/about/",
    "2/rebuild-strategies/",
];

async fn ask(application: &Application, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("Host", "h")];
    all.extend(headers);
    application.send(method, &format!("/module-build-service/{path}"), &all, b"").await
}

#[tokio::test]
async fn a_client_that_has_the_answer_gets_none() {
    for application in Application::on_both(SECTION).await {
        for path in PATHS {
            let first = ask(&application, "GET", path, &[]).await;
            assert_eq!((first.status, first.headers["cache-control"].as_str()), (200, "no-cache"), "{path}");
            let tag = first.headers["etag"].clone();
            assert!(tag.starts_with("W/\"") && tag.ends_with('"'), "{tag}");
            let strong = tag.trim_start_matches("W/").to_owned();
            let list = format!("\"x\", {tag}");
            for known in [tag.as_str(), &strong, &list, "*"] {
                for method in ["GET", "HEAD"] {
                    let again = ask(&application, method, path, &[("If-None-Match", known)]).await;
                    assert_eq!((again.status, again.text.as_str()), (304, ""), "{method} {path} {known}");
                    for header in ["etag", "cache-control", "vary", "access-control-allow-origin"] {
                        assert_eq!(again.headers.get(header), first.headers.get(header), "{path} {header}");
                    }
                    assert!(!again.headers.contains_key("content-type"), "{path}");
                }
            }
            for other in ["\"x\"", "x", "W/", "", "\"", "€", "*, *", &format!("{strong}x")[1..]] {
                let again = ask(&application, "GET", path, &[("If-None-Match", other)]).await;
                assert_eq!((again.status, &again.text), (200, &first.text), "{path} {other}");
            }
            let head = ask(&application, "HEAD", path, &[]).await;
            assert_eq!((head.status, &head.headers["etag"]), (200, &tag), "{path}");
        }
    }
}

#[tokio::test]
async fn a_tag_is_for_one_url_as_one_client_sees_it() {
    let application = Application::start(SECTION, None).await;
    let mut tags = std::collections::BTreeSet::new();
    let seen: [(&str, &[(&str, &str)]); 7] = [
        ("1/module-builds/?per_page=3", &[]),
        ("2/module-builds/?per_page=3", &[]),
        ("2/module-builds/?per_page=4", &[]),
        ("2/module-builds/?per_page=3&verbose=1", &[]),
        ("2/module-builds/?per_page=3", &[("X-Forwarded-Host", "mbs.example.com")]),
        ("2/module-builds/?per_page=3", &[("X-Scheme", "https")]),
        ("2/module-builds/?per_page=3", &[("X-Script-Name", "/mbs")]),
    ];
    for (path, headers) in seen {
        let answer = ask(&application, "GET", path, headers).await;
        assert_eq!(answer.status, 200);
        assert!(tags.insert(answer.headers["etag"].clone()), "{path} {headers:?} has the tag of another answer");
    }
}

#[tokio::test]
async fn errors_are_no_answers_to_keep() {
    let application = Application::start(SECTION, None).await;
    let refused =
        [("2/module-builds/9999", 404), ("2/component-builds/0/messages", 404), ("2/module-builds/?state=x", 400)];
    for (path, status) in refused {
        let answer = ask(&application, "GET", path, &[("If-None-Match", "*")]).await;
        assert_eq!((answer.status, answer.headers.get("etag")), (status, None), "{path}");
    }
}

#[tokio::test]
async fn what_jobs_note_for_themselves_changes_nothing() {
    for application in Application::on_both(SECTION).await {
        let before = ask(&application, "GET", PATHS[0], &[]).await.headers["etag"].clone();
        for statement in [
            "UPDATE module_builds SET retries = retries + 1, retry_at = '2026-01-01 00:00:00'",
            "UPDATE component_builds SET repository = 7",
            "UPDATE module_builds SET state = state, owner = owner",
        ] {
            application.app.db.execute_unprepared(statement).await.unwrap();
        }
        let after = ask(&application, "GET", PATHS[0], &[("If-None-Match", &before)]).await;
        assert_eq!(after.status, 304);
    }
}
