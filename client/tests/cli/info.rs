//! `mbs-build info`.

use serde_json::{Value, json};

use crate::support::{Answer, Program, Request, Server};

fn answer(request: &Request) -> Answer {
    if request.line.contains("/component-builds/") {
        return (
            200,
            json!({"items": [{"id": 1, "package": "libgreet", "state": 1, "nvr": "libgreet-1-1"}], "meta": {"next": null}}),
        );
    }
    (200, json!({"id": 7, "name": "m", "stream": "1", "state_name": "ready", "modulemd": "…"}))
}

#[test]
fn shows_the_build_and_its_components() {
    let server = Server::start(answer);
    let ended = Program::new(server.address(), &["info", "7"]).run();
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("State      ready") && ended.stdout.contains("libgreet-1-1"), "{}", ended.stdout);
}

#[test]
fn json_holds_all_that_the_service_said() {
    let server = Server::start(answer);
    let ended = Program::new(server.address(), &["info", "7", "--json"]).run();
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&document["build"]["modulemd"], &document["components"][0]["id"]), (&json!("…"), &json!(1)));
}
