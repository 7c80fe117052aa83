//! A database of the Python service is adopted by `mbs-manager upgradedb`, on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod busy;
mod check;
mod database;
mod interrupted;
mod rows;
mod serving;
mod statements;
