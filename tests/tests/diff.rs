//! Differences of builds, over REST and by `mbs-build diff`; and `mbs-build watch` with the stream of events.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::fixtures::Part;
use tests::{Component, Module, Service};

async fn compared(service: Service) {
    let rest = service.rest();
    let old = Component::new("diff-tool");
    let module = Module::new("differs").part(Part::new("diff-tool", &service.git.component(&old)));
    let first = rest.submit_document(&module.clone().version(1).yaml()).await.id();
    rest.ready(first).await;
    let more = Component::new("diff-more");
    let second = module.version(2).macros("%diffed 1").part(Part::new("diff-more", &service.git.component(&more)));
    let second = rest.submit_document(&second.filter("diff-more-doc").yaml()).await.id();

    // By watching the stream.
    let watch = service.client(&["watch", "--plain", &second.to_string()]);
    assert!(watch.status.success(), "{}", String::from_utf8_lossy(&watch.stdout));
    let log = service.server_log();
    assert!(log.lines().any(|line| line.contains("/events") && line.contains("status=200")), "no stream was opened");

    let same = rest.get(&format!("/module-builds/{first}/diff/{first}")).await;
    assert_eq!((same.status, &same.body["same"]), (200, &json!(true)), "{}", same.text);
    let difference = rest.get(&format!("/module-builds/{first}/diff/{second}")).await.body;
    assert_eq!((&difference["a"]["id"], &difference["b"]["id"]), (&json!(first), &json!(second)));
    assert_eq!(difference["same"], false);
    let added = difference["components"]["added"].as_array().unwrap();
    assert_eq!(added.iter().map(|item| &item["name"]).collect::<Vec<_>>(), ["diff-more"]);
    assert!(added[0]["nvr"].as_str().unwrap().starts_with("diff-more-"));
    let changed: Vec<_> = difference["components"]["changed"].as_array().unwrap().clone();
    assert!(
        changed.iter().any(|item| item["name"] == "diff-tool" && item["nvr"]["a"] != item["nvr"]["b"]),
        "{changed:?}"
    );
    assert_eq!(difference["macros"], json!({ "added": ["%diffed 1"], "removed": [] }));
    assert_eq!(difference["filters"], json!({ "added": ["diff-more-doc"], "removed": [] }));
    let packages = |kind: &str| difference["rpms"][kind].as_array().unwrap().clone();
    let is_more = |rpm: &Value| rpm.as_str().unwrap().starts_with("diff-more-");
    assert!(packages("added").iter().any(is_more), "{difference:#}");

    // By their names, either way round.
    let nsvc =
        |build: &Value| ["name", "stream", "version", "context"].map(|part| build[part].as_str().unwrap()).join(":");
    let (a, b) = (nsvc(&difference["a"]), nsvc(&difference["b"]));
    let named = rest.get(&format!("/module-builds/{a}/diff/{}", b.replace(':', "%3A"))).await;
    assert_eq!(named.body, difference, "{}", named.text);
    let back = rest.get(&format!("/module-builds/{b}/diff/{first}")).await.body;
    assert_eq!(back["macros"], json!({ "added": [], "removed": ["%diffed 1"] }));

    let text = service.client(&["diff", &a, &second.to_string()]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.starts_with(&format!("- {first} {a} (ready)\n+ {second} {b} (ready)\n\nComponents:\n  + diff-more (")),
        "{text}"
    );
    assert!(text.contains("\nMacros:\n  + %diffed 1\n"), "{text}");
    let printed = service.client(&["--json", "diff", &first.to_string(), &b]);
    assert_eq!(serde_json::from_slice::<Value>(&printed.stdout).unwrap(), difference);

    for (path, status, message) in [
        ("999/diff/1", 404, "There is no module build 999."),
        ("1/diff/99999999999", 404, "There is no module build 99999999999."),
        ("1/diff/a:b:1:c", 404, "There is no module build a:b:1:c."),
        ("1/diff/nodejs", 400, "\"nodejs\" is neither the id of a module build nor name:stream:version:context"),
        ("1/diff/%00", 400, "The path contains a NUL character"),
    ] {
        let answer = rest.get(&format!("/module-builds/{path}")).await;
        assert_eq!((answer.status, answer.message()), (status, message), "{path}");
    }
    let rows = service.rows().await;
    for (document, message) in [
        ("", format!("Module build {first} has no modulemd to compare.")),
        ("document: nothing\n", format!("The modulemd of module build {first} cannot be read: ")),
    ] {
        let update = format!("UPDATE module_builds SET modulemd = '{document}' WHERE id = {first}");
        rows.connection().execute_unprepared(&update).await.unwrap();
        let answer = rest.get(&format!("/module-builds/{second}/diff/{first}")).await;
        assert!(answer.status == 422 && answer.message().starts_with(&message), "{}", answer.text);
    }
    let failed = service.client(&["diff", "1", "nodejs"]);
    assert_eq!(failed.status.code(), Some(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_builds_are_compared_on_sqlite() {
    compared(Service::builder().start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_builds_are_compared_on_postgresql() {
    compared(Service::builder().postgres().start().await).await;
}
