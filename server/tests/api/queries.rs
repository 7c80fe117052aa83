//! Hostile values in query strings and headers get an answer, never a defect.

use crate::SECTION;
use crate::support::Application;

const NAMES: [&str; 30] = [
    "page",
    "per_page",
    "order_by",
    "order_desc_by",
    "verbose",
    "short",
    "id",
    "name",
    "stream",
    "version",
    "context",
    "state",
    "owner",
    "nsvc",
    "rpm",
    "koji_tag",
    "scratch",
    "batch",
    "stream_version",
    "stream_version_lte",
    "submitted_after",
    "completed_before",
    "virtual_stream",
    "base_module_br",
    "base_module_br_stream_version_lte",
    "module_build",
    "task_id",
    "tagged",
    "weight",
    "modulemd",
];

#[tokio::test]
async fn every_parameter_takes_everything() {
    let application = Application::start(SECTION, None).await;
    let long = "9".repeat(10_000);
    let values = [
        "",
        "0",
        "-1",
        "9223372036854775808",
        "1e400",
        "nan",
        "-inf",
        "%00",
        "%FF",
        "%E2%82%AC",
        "'%22;--",
        "a:b:c:d:e",
        &long,
    ];
    for name in NAMES {
        for value in values {
            for resource in ["module-builds", "component-builds"] {
                let path = format!("1/{resource}/?{name}={value}&{name}={value}&per_page=1");
                let answer = application.get(&path).await;
                let known = matches!(answer.status, 200 | 400) || name == "rpm" && answer.status == 503;
                assert!(known, "{resource} {name}={value:.20} is answered by {}", answer.status);
                assert!(answer.body.is_some(), "{resource} {name}={value:.20} is no JSON");
            }
        }
    }
}

#[tokio::test]
async fn repeated_values_stay_in_links() {
    let application = Application::start(SECTION, None).await;
    let answer = application.get("1/module-builds/?state=ready&state=failed&per_page=1").await;
    let next = answer.body.unwrap()["meta"]["next"].as_str().unwrap().to_owned();
    assert_eq!(
        next,
        "http://mbs.example.com/module-build-service/1/module-builds/?page=2&per_page=1&state=ready&state=failed"
    );
}

#[tokio::test]
async fn urls_that_are_none_of_ours() {
    let application = Application::start(SECTION, None).await;
    for path in ["", "1", "1/", "1/module-builds/-1", "1/module-builds/8/", "١/about/", "1//about/"] {
        let answer = application.get(path).await;
        let body = answer.body.expect("JSON");
        assert_eq!((answer.status, &body["error"]), (404, &"Not Found".into()), "{path}");
    }
    let unversioned = application.get("99999999999999999999/about/").await;
    assert_eq!(unversioned.body.unwrap()["message"], "The requested API version is not available");
}

#[tokio::test]
async fn head_has_the_headers_of_get() {
    let application = Application::start(SECTION, None).await;
    let path = "/module-build-service/2/module-builds/8";
    let get = application.send("GET", path, &[("Host", "h")], b"").await;
    let head = application.send("HEAD", path, &[("Host", "h")], b"").await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.headers["content-length"], get.headers["content-length"]);
    assert_eq!(head.headers["content-length"], get.text.len().to_string());
}
