//! An upgrade goes on where it was, and two at once do no harm.

use std::process::Stdio;

use sea_orm::{ConnectionTrait, TransactionTrait};
use tests::process::Process;
use tests::wait::{LONG, until_true};

use crate::database::{Database, MIGRATIONS, everything};

/// More than two transactions of a data step.
const BUILDS: u32 = 700;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_killed_goes_on() {
    let database = Database::postgres().await.generated(BUILDS, 0).await;
    database.upgrade(&[]);
    database.execute("UPDATE module_builds SET buildrequires_json = NULL").await;
    let holder = database.connect().await;
    let lock = holder.begin().await.unwrap();
    lock.execute_unprepared("SELECT id FROM module_builds WHERE id = 650 FOR UPDATE").await.unwrap();
    let command = &mut database.manager(&["upgradedb"]);
    let upgrade = Process::start("upgradedb", command, &database.folder.path().join("upgradedb.log"));
    let complete = "module_builds WHERE buildrequires_json IS NOT NULL";
    // Nobody is waited for where others can be completed first.
    until_true("all other rows to be complete", LONG, async || database.count(complete).await == 699).await;
    upgrade.kill();
    lock.rollback().await.unwrap();
    let said = database.upgrade(&[]);
    assert!(said.contains("0 schema changes made"), "{said}");
    assert!(said.contains("1 module builds completed"), "{said}");
    assert!(database.upgrade(&["--check"]).starts_with("nothing to do"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_in_the_middle_goes_on() {
    let database = Database::sqlite().generated(BUILDS, 0).await;
    let trigger = "CREATE TRIGGER refuse BEFORE UPDATE ON module_builds WHEN new.id = 450
                   BEGIN SELECT raise(ABORT, 'no room'); END";
    database.execute(trigger).await;
    let output = database.manager(&["upgradedb"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(everything(&output).contains("no room"), "{}", everything(&output));
    assert_eq!(database.count("module_builds WHERE buildrequires_json IS NOT NULL").await, 400);
    database.execute("DROP TRIGGER refuse").await;
    let said = database.upgrade(&[]);
    assert!(said.contains("0 schema changes made"), "{said}");
    assert!(said.contains("300 module builds completed"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_at_once_do_it_once() {
    for database in Database::both().await {
        let database = database.seeded().await;
        let tables = database.tables().await;
        let before = database.dump(&tables).await;
        let start = || {
            let mut command = database.manager(&["upgradedb"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let running = [start(), start(), start()];
        let said = running.map(|process| {
            let output = process.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", everything(&output));
            everything(&output)
        });
        let changes: Vec<usize> = said.iter().map(|said| number_before(said, " schema changes made")).collect();
        let rows: Vec<usize> = said.iter().map(|said| number_before(said, " module builds completed")).collect();
        assert_eq!(changes.iter().sum::<usize>(), database.query(MIGRATIONS).await.len(), "{said:?}");
        assert_eq!(rows.iter().sum::<usize>(), 31, "{said:?}");
        assert_eq!(database.dump(&tables).await, before);
    }
}

fn number_before(text: &str, words: &str) -> usize {
    let before = text.split_once(words).unwrap().0;
    before.rsplit('\n').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_was_left_half_made_is_made_again() {
    let database = Database::postgres().await.seeded().await;
    // Two rows with the same name make the unique index fail, and leave it behind, not valid.
    let half = "CREATE UNIQUE INDEX CONCURRENTLY ix_module_builds_trace_module_id ON module_builds_trace (module_id)";
    let db = database.connect().await;
    db.execute_unprepared(half).await.unwrap_err();
    db.close().await.unwrap();
    database.upgrade(&[]);
    let valid =
        "pg_index WHERE indexrelid = 'ix_module_builds_trace_module_id'::regclass AND indisvalid AND NOT indisunique";
    assert_eq!(database.count(valid).await, 1);
}
