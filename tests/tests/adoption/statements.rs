//! No statement of an upgrade holds others up for long: asserted on what PostgreSQL was asked to do, not on time.

use std::collections::BTreeMap;

use crate::database::Database;

/// Tables that may be large.
const LARGE: [&str; 5] =
    ["module_builds", "component_builds", "module_builds_trace", "component_builds_trace", "log_messages"];

#[tokio::test(flavor = "multi_thread")]
async fn locks_are_short() {
    let database = Database::postgres().await.generated(700, 2000).await;
    let log = "ALTER SYSTEM SET log_statement = 'all'";
    database.execute(log).await;
    database.execute("ALTER SYSTEM SET log_line_prefix = '%p|'").await;
    database.execute("SELECT pg_reload_conf()").await;
    // The server reads its configuration when it gets round to it.
    tests::until("statements to be logged", tests::wait::LONG, async || {
        database.count("module_arches").await;
        logged(&database).contains("module_arches").then_some(())
    })
    .await;
    let before = logged(&database).len();
    database.upgrade(&[]);
    let log = logged(&database)[before..].to_owned();
    let transactions = transactions(&log);
    let (mut changes, mut updates) = (0, 0);
    for transaction in &transactions {
        let statements = transaction.join("\n");
        if let Some(first) = transaction.iter().position(|statement| locks_a_large_table(statement)) {
            let bounded = transaction[..first].iter().any(|statement| statement.contains("lock_timeout"));
            assert!(bounded, "it waits for its locks, and others behind it:\n{statements}");
            changes += 1;
        }
        assert!(
            transaction.iter().filter(|statement| statement.starts_with("ALTER TABLE")).count() <= 1,
            "{statements}"
        );
        for rows in transaction.iter().filter(|statement| statement.starts_with("UPDATE module_builds")) {
            assert!(rows.matches("CAST(").count() <= 200, "{rows}");
            assert!(rows.contains("SKIP LOCKED"), "it waits for rows: {rows}");
            updates += 1;
        }
    }
    assert!(changes >= 2, "module_builds and component_builds get columns");
    assert_eq!(updates, 4, "700 rows, 200 a transaction");
    assert!(!transactions.iter().flatten().any(|statement| blocks_writers(statement)), "an index is made concurrently");
    let concurrently = log.matches("CREATE INDEX CONCURRENTLY").count();
    assert!(concurrently >= 6, "{concurrently} indexes");
}

fn logged(database: &Database) -> String {
    database.postgres.as_ref().unwrap().output()
}

/// Statements, by the transaction that they were in.
fn transactions(log: &str) -> Vec<Vec<String>> {
    let mut open = BTreeMap::<&str, Vec<String>>::new();
    let mut ended = Vec::new();
    for line in log.lines() {
        let Some((process, message)) = line.split_once("|LOG:  ") else { continue };
        let Some((_, statement)) = message.split_once(": ").filter(|(kind, _)| is_statement(kind)) else { continue };
        match (open.get_mut(process), statement) {
            (_, begin) if begin.starts_with("BEGIN") => {
                open.insert(process, Vec::new());
            }
            (Some(_), "COMMIT" | "ROLLBACK") => ended.extend(open.remove(process)),
            (Some(transaction), statement) => transaction.push(statement.to_owned()),
            (None, statement) => ended.push(vec![statement.to_owned()]),
        }
    }
    assert!(open.is_empty(), "{open:?}");
    ended
}

fn is_statement(kind: &str) -> bool {
    kind == "statement" || kind.starts_with("execute ")
}

/// Whether it reads a whole large table while nobody can write to it.
fn blocks_writers(statement: &str) -> bool {
    let makes_index = statement.starts_with("CREATE INDEX") || statement.starts_with("CREATE UNIQUE INDEX");
    makes_index && locks_a_large_table(statement)
}

/// Whether nobody can write to one of the large tables after this statement, until the end of its transaction.
fn locks_a_large_table(statement: &str) -> bool {
    let words: Vec<_> = statement.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let changes = ["ALTER TABLE", "CREATE INDEX", "CREATE UNIQUE INDEX", "CREATE TRIGGER", "LOCK TABLE", "DROP INDEX"];
    changes.iter().any(|change| statement.starts_with(change))
        && !statement.contains("CONCURRENTLY")
        && words.iter().any(|word| LARGE.contains(word))
}
