//! `mbs-build overview`.

use serde_json::{Value, json};

use crate::support::{Program, Server};

#[test]
fn lists_as_many_as_asked_for_page_by_page() {
    let server = Server::start(|request| {
        let first: i64 = if request.line.ends_with("&page=1") { 200 } else { 100 };
        let items: Vec<Value> =
            (0..100).map(|at| json!({"id": first - at, "name": "m", "stream": "1", "state_name": "build"})).collect();
        (200, json!({"items": items, "meta": {"next": "http://elsewhere.invalid/"}}))
    });
    let arguments = ["overview", "--unfinished", "--owner", "a&b", "--limit", "150"];
    let ended = Program::new(server.address(), &arguments).run();
    assert_eq!(ended.stdout.lines().count(), 2 + 150);
    let filters = "state=init&state=wait&state=build&owner=a%26b&order_desc_by=id&per_page=100";
    let lines: Vec<String> = server.requests().into_iter().map(|request| request.line).collect();
    assert_eq!(lines, [1, 2].map(|page| format!("GET /module-build-service/2/module-builds/?{filters}&page={page}")));
}

#[test]
fn json_is_an_array() {
    let server = Server::start(|_| (200, json!({"items": [{"id": 7}], "meta": {"next": null}})));
    let ended = Program::new(server.address(), &["overview", "--json"]).run();
    assert_eq!(serde_json::from_str::<Value>(&ended.stdout).unwrap(), json!([{"id": 7}]));
}

#[test]
fn a_failing_service_is_asked_again_for_a_while() {
    let mut asked = 0;
    let server = Server::start(move |_| {
        asked += 1;
        if asked < 3 { (500, json!({"message": "no"})) } else { (200, json!({"items": [], "meta": {}})) }
    });
    let ended = Program::new(server.address(), &["overview"]).run();
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "No builds.\n"), "{}", ended.stderr);
}
