//! `mbs-build plan`: what is asked, what is printed.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Program, Server};

const URL: &str = "https://src.example.com/modules/m?#abc";

fn module(name: &str, stream: &str, reason: &str) -> Value {
    json!({"name": name, "stream": stream, "version": "3", "context": "c0ffee42", "rule": "any", "reason": reason})
}

/// One of each: new, to be resumed, there.
fn builds() -> Value {
    let component = |name: &str, repository: Value, existing: Value| {
        json!({"package": name, "repository": repository,
        "ref": repository.is_string().then_some("main"), "existing": existing})
    };
    let reuse = json!({"module": null, "components": {}, "reason": "All components are built."});
    let planned = json!({"name": "m", "stream": "1", "version": "20", "context": "aa_1", "scratch": true, "would": "create",
        "existing": null, "buildrequires": {"platform": {"stream": "f28"}}, "arches": ["i686", "x86_64"],
        "explanation": {
            "context": {"rule": "computed", "reason": "computed from streams"},
            "against": [module("libuv", "1", "the document takes every stream except 2"),
                        module("platform", "f28", "the document\u{1b}[31m names this stream")],
            "left_out": [module("libuv", "2", "the document excludes this stream"),
                         module("platform", "f29", "the document names other streams"),
                         module("platform", "f30", "it is failed"),
                         module("platform", "f31", "the document names other streams")]},
        "batches": [{"batch": 1, "components": [component("module-build-macros", Value::Null, Value::Null)]},
                    {"batch": 2, "components": [component("a", json!("https://h/a"), Value::Null),
                                                component("longer", json!("https://h/longer"), Value::Null)]}],
        "problems": ["The usage of \"buildafter\" is not yet supported: b"], "notices": ["modulemd line 3: unknown key"],
        "reuse": reuse});
    let resumed = json!({"name": "m", "stream": "1", "version": "20", "context": "bb", "would": "resume",
        "existing": {"id": 8, "state": 4, "state_name": "failed"}, "buildrequires": {"platform": {"stream": "f29"}},
        "batches": [{"batch": 2, "components": [component("a", json!("https://h/a"), json!({"id": 9, "state_name": "COMPLETE"}))]}]});
    let there = json!({"name": "m", "stream": "1", "version": "20", "context": "cc", "would": "nothing",
        "existing": {"id": 9, "state": 5, "state_name": "ready"}});
    json!([planned, resumed, there])
}

const PAGE: &str = "\
Would build m:1:20:aa_1 (a scratch build)
├─ context  computed from streams
├─ arches   i686, x86_64
├─ built against
│  ├─ libuv:1:3:c0ffee42       the document takes every stream except 2
│  └─ platform:f28:3:c0ffee42  the document[31m names this stream
├─ not built against
│  ├─ libuv:2:3:c0ffee42       the document excludes this stream
│  ├─ platform                 f29, f31: the document names other streams
│  └─ platform:f30:3:c0ffee42  it is failed
├─ batch 1
│  └─ module-build-macros
├─ batch 2
│  ├─ a       https://h/a at main
│  └─ longer  https://h/longer at main
├─ reuse    All components are built.
├─ notes
│  └─ modulemd line 3: unknown key
└─ it would fail
   └─ The usage of \"buildafter\" is not yet supported: b

Would resume m:1:20:bb (build 8 is failed)
├─ built against
│  └─ platform:f29
└─ batch 2
   └─ a  https://h/a at main (complete)

Would leave m:1:20:cc alone (build 9 is ready)
";

#[test]
fn every_build_is_a_tree() {
    let answer = json!({"dry_run": true, "would_answer": 201, "builds": builds()});
    let server = Server::start(move |_| (200, answer.clone()));
    let ended = Program::new(server.address(), &["plan", URL, "1"]).run();
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str(), ended.status), (PAGE, "", 0));
    assert_eq!(server.requests()[0].line, "POST /module-build-service/2/module-builds/?dry_run=true");
    assert_eq!(server.requests()[0].body, json!({"scmurl": URL, "branch": "1", "scratch": false}));
    assert!(server.requests()[0].key.is_none(), "a plan needs no key");
    let ended = Program::new(server.address(), &["plan", "--json", URL, "1"]).run();
    assert_eq!(serde_json::from_str::<Value>(&ended.stdout).unwrap(), builds());
}

#[test]
fn it_takes_what_submit_takes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("m.yaml"), "document: modulemd\n").unwrap();
    let arguments =
        ["--file", "m.yaml", "--stream", "2", "--scratch", "--buildrequires", "platform:f41", "-o", "owner=alice"];
    let sent = |command: &str, status: u16, answer: Value| {
        let server = Server::start(move |_| (status, answer.clone()));
        let ended =
            Program::new(server.address(), &[&[command], &arguments[..]].concat()).in_folder(folder.path()).run();
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        server.requests()[0].body.clone()
    };
    let planned = sent("plan", 200, json!({"dry_run": true, "builds": []}));
    assert_eq!(planned, sent("submit", 201, json!([{"id": 7}])));
    assert_eq!(planned["buildrequire_overrides"], json!({"platform": ["f41"]}));
}

#[test]
fn a_refusal_and_what_cannot_be_sent() {
    let refused =
        json!({"error": "Unprocessable Entity", "message": "Cannot find any module builds for libuv:9", "status": 422});
    let server = Server::start(move |_| (422, refused.clone()));
    let ended = Program::new(server.address(), &["plan", URL, "1"]).run();
    let expected = "mbs-build: Cannot find any module builds for libuv:9 (status 422)\n";
    assert_eq!((ended.status, ended.stdout.as_str(), ended.stderr.as_str()), (3, "", expected));
    let ended = Program::new(server.address(), &["--json", "plan", URL, "1"]).run();
    let told: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&told["status"], &told["exit_status"]), (&json!(422), &json!(3)));
    for arguments in
        [&["plan", "--watch", URL, "1"][..], &["plan", "--dry-run", URL, "1"], &["plan", "--file", "nowhere"]]
    {
        let ended = Program::new(server.address(), arguments).in_folder(Path::new("/")).run();
        assert_eq!(ended.status, 2, "{arguments:?}: {}", ended.stderr);
    }
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_service_without_dry_runs_is_no_success() {
    let server = Server::start(|_| (201, json!([{"id": 7}])));
    let ended = Program::new(server.address(), &["plan", URL, "1"]).run();
    assert_eq!(ended.status, 4);
    assert!(ended.stderr.contains("knows no dry runs"), "{}", ended.stderr);
}
