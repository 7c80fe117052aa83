//! `mbs-build submit`: what is sent, what is printed.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Ended, Program, Request, Server};

const URL: &str = "https://src.example.com/modules/m?#abc";

fn builds() -> Value {
    json!([{"id": 7, "name": "m", "stream": "1", "version": "20", "context": "aa", "state_name": "init"},
           {"id": 8, "name": "m", "stream": "1", "version": "20", "context": "bb", "state_name": "init"}])
}

/// Runs `submit` against a service that takes everything.
fn submit(arguments: &[&str], folder: &Path) -> (Ended, Vec<Request>) {
    let server = Server::start(|_| (201, builds()));
    let ended = Program::new(server.address(), &[&["submit"], arguments].concat()).in_folder(folder).run();
    (ended, server.requests())
}

#[test]
fn numbers_and_addresses_are_printed() {
    let server = Server::start(|_| (201, builds()));
    let ended = Program::new(server.address(), &["submit", URL, "1"]).run();
    let base = format!("http://{}/module-build-service/2/module-builds", server.address());
    assert_eq!(ended.stdout, format!("Build 7: m:1:20:aa (init)\n  {base}/7\nBuild 8: m:1:20:bb (init)\n  {base}/8\n"));
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    assert_eq!(server.requests()[0].line, "POST /module-build-service/2/module-builds/");
    assert_eq!(server.requests()[0].body, json!({"scmurl": URL, "branch": "1", "scratch": false}));
}

#[test]
fn json_is_what_the_service_answered() {
    let (ended, _) = submit(&["--json", URL, "1"], Path::new("/"));
    assert_eq!(serde_json::from_str::<Value>(&ended.stdout).unwrap(), builds());
}

#[test]
fn all_options_reach_the_service() {
    let arguments = [
        "--scm-url",
        URL,
        "--branch",
        "1",
        "--scratch",
        "--srpm",
        "a.src.rpm",
        "--buildrequires",
        "platform:f41",
        "--requires",
        "platform:f41",
        "--ref-override",
        "libuv=rawhide",
        "--rebuild-strategy",
        "all",
        "--reuse-components-from",
        "5",
        "--side-tag",
        "f41-x",
        "-o",
        "owner=alice",
    ];
    let (ended, requests) = submit(&arguments, Path::new("/"));
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let expected = json!({"scmurl": URL, "branch": "1", "scratch": true, "srpms": ["a.src.rpm"],
        "buildrequire_overrides": {"platform": ["f41"]}, "require_overrides": {"platform": ["f41"]},
        "rpm_component_ref_overrides": {"libuv": "rawhide"}, "rebuild_strategy": "all", "reuse_components_from": 5,
        "side_tag": "f41-x", "owner": "alice"});
    assert_eq!(requests[0].body, expected);
}

#[test]
fn a_file_is_sent_as_text() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("m.yaml"), "document: modulemd\n").unwrap();
    let (ended, requests) = submit(&["--file", "m.yaml", "--stream", "2"], folder.path());
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let expected =
        json!({"modulemd": "document: modulemd\n", "module_name": "m", "module_stream": "2", "scratch": false});
    assert_eq!(requests[0].body, expected);
}

#[test]
fn what_cannot_be_sent_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("binary"), [0xff, 0xfe]).unwrap();
    for (arguments, why) in [
        (&["--file", "binary"][..], "it is not text in UTF-8"),
        (&["--file", "nowhere"], "No such file"),
        (&["--file", "."], "cannot read"),
        (&["--file", "binary", URL], "cannot be used with"),
        (&[URL, "1", "-o", "branch=2"], "given twice"),
        (&[URL, "1", "--srpm", "x"], "--scratch"),
        (&[URL, "1", "--buildrequires", "platform"], "NAME:STREAM"),
        (&[], "not in a git repository"),
        (&["--url", "nonsense", URL, "1"], "http://127.0.0.1:5000"),
    ] {
        let (ended, requests) = submit(arguments, folder.path());
        assert_eq!(ended.status, 2, "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(why), "{arguments:?}: {}", ended.stderr);
        assert!(requests.is_empty());
    }
}

#[test]
fn the_checkout_of_the_current_folder_is_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    git(&["init", "-q", "-b", "20"]);
    std::fs::write(folder.path().join("m.yaml"), "a").unwrap();
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "m"]);
    git(&["remote", "add", "origin", "git@src.example.com:modules/m.git"]);
    let (ended, requests) = submit(&[], folder.path());
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("git push"), "{}", ended.stderr);
    let scmurl = format!("ssh://git@src.example.com/modules/m.git?#{}", git(&["rev-parse", "HEAD"]));
    assert_eq!(requests[0].body, json!({"scmurl": scmurl, "branch": "20", "scratch": false}));
}

#[test]
fn a_refusal_is_told_in_the_words_of_the_service() {
    let refusal = || (409, json!({"error": "Conflict", "message": "Module (state=0) already exists.", "status": 409}));
    let server = Server::start(move |_| refusal());
    let ended = Program::new(server.address(), &["submit", URL, "1"]).run();
    assert_eq!(
        (ended.status, ended.stderr.as_str()),
        (3, "mbs-build: Module (state=0) already exists. (status 409)\n")
    );
    let ended = Program::new(server.address(), &["--json", "submit", URL, "1"]).run();
    let told: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&told["status"], &told["exit_status"]), (&json!(409), &json!(3)));
    assert_eq!((told["message"].as_str().unwrap(), ended.stderr.as_str()), ("Module (state=0) already exists.", ""));
}

#[test]
fn a_submission_is_repeated_under_its_key() {
    let mut answers = [(500, json!({"message": "Something went wrong (id 12)."})), (201, builds())].into_iter();
    let server = Server::start(move |_| answers.next().unwrap());
    let ended = Program::new(server.address(), &["submit", URL, "1"]).run();
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let keys: Vec<_> = server.requests().into_iter().map(|request| request.key.unwrap()).collect();
    assert_eq!((keys.len(), &keys[0]), (2, &keys[1]));
    let other = Server::start(|_| (201, builds()));
    Program::new(other.address(), &["submit", URL, "1"]).run();
    assert_ne!(other.requests()[0].key.as_deref(), Some(keys[0].as_str()), "each submission has a key of its own");
}

#[test]
fn what_goes_wrong_for_good_is_told() {
    let server = Server::start(|_| (500, json!({"message": "Something went wrong (id 12)."})));
    let ended = Program::new(server.address(), &["--patience", "0", "submit", URL, "1"]).run();
    assert_eq!(ended.status, 4);
    assert!(ended.stderr.contains("Something went wrong (id 12). (status 500)"), "{}", ended.stderr);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_dry_run_is_a_plan() {
    let answer = json!({"dry_run": true, "would_answer": 201, "builds": [{"name": "m", "stream": "1", "version": "20",
        "context": "aa", "would": "create", "existing": null}]});
    let server = Server::start(move |_| (200, answer.clone()));
    let ended = Program::new(server.address(), &["submit", "--dry-run", URL, "1"]).run();
    let planned = Program::new(server.address(), &["plan", URL, "1"]).run();
    assert_eq!((ended.stdout.as_str(), ended.status), ("Would build m:1:20:aa\n", 0));
    assert_eq!((ended.stdout, ended.stderr, ended.status), (planned.stdout, planned.stderr, planned.status));
    let requests = server.requests();
    assert_eq!((&requests[0].line, &requests[0].body), (&requests[1].line, &requests[1].body));
}

#[test]
fn a_service_without_dry_runs_is_no_success() {
    let server = Server::start(|_| (201, builds()));
    let ended = Program::new(server.address(), &["submit", "--dry-run", URL, "1"]).run();
    assert_eq!(ended.status, 4);
    assert!(ended.stderr.contains("knows no dry runs"), "{}", ended.stderr);
    let ended = Program::new(server.address(), &["submit", "--dry-run", "--watch", URL, "1"]).run();
    assert_eq!(ended.status, 2);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn what_is_no_service_is_named_so() {
    let server = Server::start(|_| (200, json!("<html>welcome</html>")));
    let ended = Program::new(server.address(), &["submit", URL, "1"]).run();
    assert_eq!(ended.status, 4);
    assert!(ended.stderr.contains("is not a Module Build Service"), "{}", ended.stderr);
}
