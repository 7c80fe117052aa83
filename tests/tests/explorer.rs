//! The explorer page in a browser: it is told of what it subscribes to.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::Value;
use tests::fixtures::Part;
use tests::wait::{LONG, until_true};
use tests::{Module, Service, node};

/// A process that ends with the test.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// A browser, and where it is driven from. What it prints has to be kept open.
fn browser(profile: &Path) -> (Ending, String, Lines<BufReader<ChildStderr>>) {
    let mut process = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-port=0"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let process = Ending(process);
    let devtools = lines.find_map(|line| line.unwrap().strip_prefix("DevTools listening on ").map(str::to_owned));
    (process, devtools.unwrap(), lines)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_explorer_is_told_of_changes() {
    let service = Service::builder().option("YAML_SUBMIT_ALLOWED", true).start().await;
    let profile = tempfile::tempdir().unwrap();
    let (_browser, devtools, _lines) = browser(profile.path());
    let mut page = node::script("graphql", "explorer.mjs");
    page.arg(format!("{}/graphql", service.address())).arg(devtools);
    let mut page = Ending(page.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap());
    let rest = service.rest();
    until_true("the page to subscribe", LONG, async || rest.metrics().await.value("event_streams") >= 1.0).await;

    let module = Module::new("seen-by-the-explorer").part(Part::new("nowhere", "file:///nonexistent/nowhere"));
    let id = rest.submit_document(&module.yaml()).await.id();
    rest.failed(id).await;
    writeln!(page.0.stdin.as_mut().unwrap(), "seen-by-the-explorer").unwrap();
    let lines: Vec<Value> = BufReader::new(page.0.stdout.take().unwrap())
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    assert_eq!(lines[0]["subscribed"], true, "{lines:?}");
    let shown = lines[1]["shown"].as_str().unwrap();
    assert!(shown.contains("moduleBuildChanged") && !shown.contains("errors"), "{shown}");
}
