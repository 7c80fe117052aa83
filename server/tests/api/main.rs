//! What the recorded contract does not hold: limits, logs of components, GraphQL, the number of statements,
//! caching, walks by cursor.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod bodies;
mod component_log;
mod conditional;
mod cursor;
mod freshness;
mod graphql;
mod monitor;
mod nobody;
mod outage;
mod queries;
mod statements;
mod submissions;
#[path = "../support/mod.rs"]
mod support;

/// Everything allowed, on Koji.
const SECTION: &str = "GoldenNoAuth";
