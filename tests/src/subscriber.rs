//! A client of GraphQL subscriptions that is not ours: `tests/node/graphql/subscriber.mjs`.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};

use serde_json::Value;

use crate::node;
use crate::wait::LONG;

/// A running client, which prints a line of JSON for everything that it is told. It ends when this is dropped.
#[derive(Debug)]
pub struct Subscriber {
    process: Child,
    lines: Receiver<Value>,
}

impl Subscriber {
    /// Connects to the service at `address` (`http://…`); `mode` and `options` are those of the script.
    pub fn start(address: &str, mode: &str, options: &Value) -> Self {
        let mut command = node::script("graphql", "subscriber.mjs");
        command.arg(format!("{}/graphql", address.replacen("http", "ws", 1))).arg(mode).arg(options.to_string());
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (say, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if say.send(serde_json::from_str(&line).unwrap()).is_err() {
                    return;
                }
            }
        });
        Self { process, lines }
    }

    /// What it is told next; `None` once it has ended. Fails the test if nothing comes.
    pub fn next(&self) -> Option<Value> {
        match self.lines.recv_timeout(LONG) {
            Ok(told) => Some(told),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("a subscriber was told nothing for {LONG:?}"),
        }
    }

    /// Everything until it ends.
    pub fn rest(&self) -> Vec<Value> {
        std::iter::from_fn(|| self.next()).collect()
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _ended = self.process.wait();
    }
}
