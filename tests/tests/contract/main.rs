//! The recorded contract of the REST API (`tests/contract/` at the root of the project), replayed against the real program on
//! SQLite and on PostgreSQL.
//!
//! | file or folder | subject |
//! | --- | --- |
//! | `recorded` | what was recorded: cases, rows of the seed, sections, corrections |
//! | `database` | a new database with the seed for every group of cases |
//! | `program` | `mbs-manager` on that database |
//! | `provider` | the identity provider of the sections that log in |
//! | `exchange` | one HTTP exchange |
//! | `messages` | what the program has told the message bus |
//! | `gaps` | builds that the recording speaks of and does not make |
//! | `ids` | which of our new rows is which recorded one |
//! | `replay` | the cases of a group, in order |
//! | `compare` | the rules of `tests/contract/README.md` |
//! | `report` | the table of what differs |
//!
//! `MBS_CONTRACT_CASES=DIR` replays the cases of another folder. Nothing here knows a single case: whatever is special about one
//! is in `corrections.json`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod compare;
mod database;
mod exchange;
mod gaps;
mod ids;
mod messages;
mod program;
mod provider;
mod recorded;
mod replay;
mod report;

use std::rc::Rc;

use database::Databases;
use recorded::Contract;
use report::Report;

#[tokio::test]
async fn on_sqlite() {
    must_pass("SQLite", Databases::sqlite().await).await;
}

#[tokio::test]
async fn on_postgresql() {
    must_pass("PostgreSQL", Databases::postgresql().await).await;
}

async fn must_pass(system: &str, databases: Databases) {
    let contract = Rc::new(Contract::read());
    let outcomes = replay::all(&contract, databases).await;
    let report = Report::new(system, &contract, &outcomes);
    print!("{report}");
    assert!(report.is_good(), "{}", report.summary());
}
