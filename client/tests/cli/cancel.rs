//! `mbs-build cancel`.

use serde_json::json;

use crate::support::{Program, Server};

#[test]
fn cancels_by_making_the_state_failed() {
    let server = Server::start(|_| {
        (
            200,
            json!({"id": 7, "name": "m", "stream": "1", "state_name": "failed", "state_reason": "Canceled by alice."}),
        )
    });
    let ended = Program::new(server.address(), &["cancel", "7"]).run();
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "Build 7 (m:1) is failed: Canceled by alice.\n"));
    let request = &server.requests()[0];
    assert_eq!(request.line, "PATCH /module-build-service/2/module-builds/7");
    assert_eq!(request.body, json!({"state": "failed"}));
}

#[test]
fn a_number_is_wanted() {
    let server = Server::start(|_| (200, json!(null)));
    for id in ["0", "-1", "m:1", "99999999999999999999"] {
        assert_eq!(Program::new(server.address(), &["cancel", "--", id]).run().status, 2, "{id}");
    }
    assert!(server.requests().is_empty());
}
