//! `mbs-build watch`: lines, exit statuses, and services that come and go.

use serde_json::{Value, json};

use crate::support::{Answer, Program, Request, Server};

fn build(state: &str, scratch: bool) -> Value {
    json!({"id": 7, "name": "m", "stream": "1", "version": "20", "context": "aa", "state_name": state, "scratch": scratch,
           "batch": 2, "state_reason": if state == "failed" { json!("libgreet: error: no") } else { Value::Null },
           "time_submitted": "2026-11-22T10:00:00Z",
           "time_completed": if state == "build" { Value::Null } else { json!("2026-11-22T10:00:41Z") }})
}

fn component(id: i64, state: i64) -> Value {
    json!({"id": id, "package": format!("p{id}"), "batch": 2, "state": state, "state_trace": [
        {"state": 0, "time": "2026-11-22T10:00:10Z"}, {"state": state, "time": "2026-11-22T10:00:22Z"}]})
}

/// A service with build 7 in this state.
fn answer(request: &Request, build: Value) -> Answer {
    if request.line.contains("/component-builds/") {
        return (200, json!({"items": [component(1, 1)], "meta": {"next": null}}));
    }
    (200, build)
}

#[test]
fn the_exit_status_says_how_the_builds_ended() {
    for (state, scratch, status) in [("ready", false, 0), ("done", true, 0), ("failed", false, 1)] {
        let server = Server::start(move |request| answer(request, build(state, scratch)));
        let ended = Program::new(server.address(), &["watch", "7", "7"]).run();
        assert_eq!((ended.status, ended.stderr.as_str()), (status, ""), "{state}");
    }
}

#[test]
fn a_line_a_change() {
    let mut polls = 0;
    let server = Server::start(move |request| {
        polls += i32::from(request.line.contains("/module-builds/"));
        answer(request, build(if polls < 2 { "build" } else { "failed" }, false))
    });
    let ended = Program::new(server.address(), &["watch", "7"]).run();
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(lines.len(), 6, "{}", ended.stdout);
    assert!(lines[0].ends_with("#7  m:1:20:aa: build"));
    assert!(lines[1].ends_with("#7  batch 2"));
    assert_eq!(lines[3], "2026-11-22T10:00:22Z  #7  p1: building → complete, 12 s");
    assert_eq!(lines[4], "2026-11-22T10:00:41Z  #7  m:1:20:aa: build → failed (libgreet: error: no)");
    assert_eq!(lines[5], "2026-11-22T10:00:41Z  #7  m:1:20:aa is failed after 41 s: libgreet: error: no");
}

#[test]
fn json_is_an_object_a_line() {
    let server = Server::start(|request| answer(request, build("failed", false)));
    let ended = Program::new(server.address(), &["watch", "7", "--json"]).run();
    let events: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(names, ["component", "component", "build", "finished", "error"]);
    assert_eq!((&events[3]["state"], &events[3]["seconds"]), (&json!("failed"), &json!(41)));
    assert_eq!(events[4]["exit_status"], 1);
}

#[test]
fn pages_of_components_are_read_and_no_component_alone() {
    let server = Server::start(|request| {
        if !request.line.contains("/component-builds/") {
            return (200, build("ready", false));
        }
        let first = !request.line.contains("&page=2");
        let ids = if first { 1..=100 } else { 101..=150 };
        let next = if first { json!("http://elsewhere.invalid/?page=2") } else { Value::Null };
        (200, json!({"items": ids.map(|id| component(id, 1)).collect::<Vec<_>>(), "meta": {"next": next}}))
    });
    let ended = Program::new(server.address(), &["watch", "7"]).run();
    assert_eq!(ended.stdout.matches("building → complete").count(), 150);
    let lines: Vec<String> = server.requests().into_iter().map(|request| request.line).collect();
    let filters = "module_id=7&verbose=true&order_by=id&per_page=100";
    assert_eq!(
        lines,
        [
            "GET /module-build-service/2/module-builds/7".to_owned(),
            format!("GET /module-build-service/2/component-builds/?{filters}&page=1"),
            format!("GET /module-build-service/2/component-builds/?{filters}&page=2"),
        ]
    );
}

#[test]
fn a_service_that_restarts_is_waited_for() {
    let server = Server::start(|request| answer(request, build("build", false)));
    let address = server.address();
    let mut program = Program::new(address, &["watch", "7"]).start();
    program.wait_for_output("batch 2");
    drop(server);
    program.wait_for_notice("trying again for up to 120 s");
    let _server = Server::start_at(address, |request| answer(request, build("ready", false)));
    program.wait_for_notice("the service answers again");
    let ended = program.end();
    assert_eq!(ended.status, 0);
    assert!(ended.stdout.ends_with("m:1:20:aa is ready after 41 s\n"), "{}", ended.stdout);
}

#[test]
fn a_service_that_stays_away_is_given_up() {
    let address = Server::start(|_| (200, Value::Null)).address();
    let ended = Program::new(address, &["watch", "7", "--patience", "0"]).run();
    assert_eq!(ended.status, 4);
    assert!(ended.stderr.contains("cannot reach the service at http://127.0.0.1"), "{}", ended.stderr);
    assert!(ended.stderr.contains("refused"), "{}", ended.stderr);
}

#[test]
fn a_service_that_fails_while_watching_is_asked_again() {
    let mut polls = 0;
    let server = Server::start(move |request| {
        polls += 1;
        if polls == 1 { (502, json!("<html>Bad Gateway</html>")) } else { answer(request, build("ready", false)) }
    });
    let ended = Program::new(server.address(), &["watch", "7"]).run();
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("502"), "{}", ended.stderr);
}

#[test]
fn an_unknown_build_is_refused() {
    let missing = || (404, json!({"error": "Not Found", "message": "No such module found.", "status": 404}));
    let server = Server::start(move |_| missing());
    let ended = Program::new(server.address(), &["watch", "9999"]).run();
    assert_eq!((ended.status, ended.stderr.as_str()), (3, "mbs-build: No such module found. (status 404)\n"));
}

#[test]
fn the_timeout_and_ctrl_c_leave_the_build_alone() {
    let server = Server::start(|request| answer(request, build("build", false)));
    let ended = Program::new(server.address(), &["watch", "7", "--timeout", "1"]).run();
    assert_eq!(ended.status, 5);
    assert!(ended.stderr.contains("mbs-build watch 7"), "{}", ended.stderr);

    let mut program = Program::new(server.address(), &["watch", "7"]).start();
    program.wait_for_output("batch 2");
    program.interrupt();
    let ended = program.end();
    assert_eq!(ended.status, 130);
    assert!(ended.stderr.contains("Cancel with: mbs-build cancel 7"), "{}", ended.stderr);
    assert!(server.requests().iter().all(|request| request.line.starts_with("GET ")));
}

#[test]
fn answers_of_the_wrong_shape_are_errors() {
    for body in [json!([]), json!({"id": "x"}), json!({"id": 7, "tasks": 3}), json!(3), json!("[1")] {
        let server = Server::start(move |request| answer(request, body.clone()));
        let ended = Program::new(server.address(), &["watch", "7", "--patience", "0"]).run();
        assert_eq!(ended.status, 4, "{}", ended.stderr);
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    }
}

#[test]
fn a_closed_output_ends_it_quietly() {
    let mut batch = 0;
    let server = Server::start(move |request| {
        let mut build = build("build", false);
        batch += 1;
        build["batch"] = json!(batch);
        answer(request, build)
    });
    let mut program = Program::new(server.address(), &["watch", "7"]).start();
    program.wait_for_output("build");
    program.close_output();
    let ended = program.end();
    assert_eq!((ended.status, ended.stderr.as_str()), (141, ""));
}
