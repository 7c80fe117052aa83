//! While a database is upgraded, others go on.

use sea_orm::{ConnectionTrait, TransactionTrait};
use tests::process::Process;
use tests::wait::{LONG, until_true};

use crate::database::Database;

/// A report that is open for hours makes `ALTER TABLE` wait, and whoever comes after an `ALTER TABLE` that waits, waits too.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_behind_an_upgrade_that_waits() {
    let database = Database::postgres().await.seeded().await;
    let reader = database.connect().await;
    let report = reader.begin().await.unwrap();
    report.execute_unprepared("SELECT count(*) FROM module_builds").await.unwrap();
    let command = &mut database.manager(&["upgradedb"]);
    let mut upgrade = Process::start("upgradedb", command, &database.folder.path().join("upgradedb.log"));
    let waiting = "pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE module_builds %'";
    let given_up = || upgrade.output().contains("others hold a lock that is needed for long");
    // It is in the queue twice and more, as long as the report is open; writers who come then get through every time.
    let mut writes = 0;
    until_true("the upgrade to give up twice while others write", LONG, async || {
        if database.count(waiting).await > 0 {
            let write = database.execute("UPDATE module_builds SET batch = batch WHERE id = 8");
            assert!(tokio::time::timeout(LONG, write).await.is_ok(), "a writer waits for as long as the upgrade does");
            writes += 1;
        }
        given_up() && writes >= 3
    })
    .await;
    assert!(upgrade.is_running());
    report.rollback().await.unwrap();
    reader.close().await.unwrap();
    until_true("the upgrade to end", LONG, async || !upgrade.is_running()).await;
    assert!(upgrade.output().contains("the database is at the newest schema"), "{}", upgrade.output());
}
