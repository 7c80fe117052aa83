//! The numbers that the database keeps of changes (docs/adr/0010): equal number, equal content.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait};
use tempfile::TempDir;
use tests::postgres::Postgres;

/// Columns that jobs note something in for themselves; REST neither shows them nor filters by them.
const UNWATCHED: [(&str, &str); 7] = [
    ("module_builds", "disttag"),
    ("module_builds", "retries"),
    ("module_builds", "retry_at"),
    ("module_builds", "resumed"),
    ("component_builds", "repository"),
    ("component_builds", "needs"),
    ("component_builds_trace", "task_id"),
];

const TABLES: [&str; 8] = [
    "module_builds",
    "component_builds",
    "module_builds_trace",
    "component_builds_trace",
    "log_messages",
    "module_builds_to_arches",
    "module_builds_to_module_buildrequires",
    "module_builds_to_virtual_streams",
];

/// The rows of the recorded contract at the present schema.
struct Seeded {
    db: DatabaseConnection,
    _postgres: Option<Postgres>,
    _folder: Option<TempDir>,
}

impl Seeded {
    async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:///{}/mbs.db", folder.path().display());
        let db = entities::db::connect(&address, 2).await.unwrap();
        let seed = std::fs::read_to_string(seed("seed_sqlite.sql")).unwrap();
        db.execute_unprepared(&format!("PRAGMA foreign_keys = OFF;{seed}PRAGMA foreign_keys = ON;")).await.unwrap();
        Migrator::up(&db, None).await.unwrap();
        Self { db, _postgres: None, _folder: Some(folder) }
    }

    async fn postgresql() -> Self {
        let postgres = Postgres::start().await;
        let mut load = Command::new("psql");
        load.arg(postgres.url()).args(["--quiet", "-v", "ON_ERROR_STOP=1", "-f"]).arg(seed("seed_postgresql.sql"));
        let output = load.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let db = entities::db::connect(&postgres.url(), 20).await.unwrap();
        Migrator::up(&db, None).await.unwrap();
        Self { db, _postgres: Some(postgres), _folder: None }
    }

    async fn run(&self, statement: &str) {
        self.db.execute_unprepared(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }

    async fn number(&self, statement: &str) -> i64 {
        number(&self.db, statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    async fn revision(&self) -> i64 {
        self.number("SELECT revision FROM revisions").await
    }

    async fn of_build(&self, id: i32) -> i64 {
        let own = format!("SELECT revision FROM module_build_revisions WHERE module_build_id = {id}");
        self.number(&format!("SELECT COALESCE(({own}), 0)")).await
    }

    /// Names and types of the columns of a table, and whether they may be empty.
    async fn columns(&self, table: &str) -> Vec<(String, String, bool)> {
        let text = if self.db.get_database_backend() == DbBackend::Sqlite {
            format!("SELECT name, LOWER(type), \"notnull\" = 0 FROM pragma_table_info('{table}')")
        } else {
            format!(
                "SELECT column_name::text, data_type::text, is_nullable = 'YES' FROM information_schema.columns
                WHERE table_name = '{table}'"
            )
        };
        let statement = Statement::from_string(self.db.get_database_backend(), text);
        let rows = self.db.query_all_raw(statement).await.unwrap();
        let column = |row: &sea_orm::QueryResult| {
            let name: String = row.try_get_by_index(0).unwrap();
            let kind: String = row.try_get_by_index(1).unwrap();
            (name, kind, row.try_get_by_index::<bool>(2).unwrap())
        };
        rows.iter().map(column).collect()
    }
}

async fn number<C: ConnectionTrait>(db: &C, statement: &str) -> Result<i64, DbErr> {
    let found = db.query_one_raw(Statement::from_string(db.get_database_backend(), statement)).await?;
    found.expect("a row").try_get_by_index(0)
}

fn seed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("contract/seed").join(name)
}

/// Another value of a column, in SQL.
fn another(column: &str, kind: &str, may_be_empty: bool) -> String {
    let value = match kind {
        kind if kind.contains("int") && column.starts_with("reused_") || column == "component_build_id" => "1",
        kind if kind.contains("int") => "7771",
        kind if kind.contains("bool") => "TRUE",
        kind if kind.contains("float") || kind.contains("double") => "7771.5",
        kind if kind.starts_with("timestamp") => "TIMESTAMP '2031-01-01 00:00:00'",
        kind if kind.contains("time") => "'2031-01-01 00:00:00'",
        _ => "'7771'",
    };
    // Whatever it was: rows with a value lose it, others get one.
    if may_be_empty { format!("CASE WHEN {column} IS NULL THEN {value} END") } else { value.to_owned() }
}

#[tokio::test]
async fn every_column_that_is_shown_counts() {
    for seeded in [Seeded::sqlite().await, Seeded::postgresql().await] {
        let mut looked_at = 0;
        for table in TABLES {
            for (column, kind, may_be_empty) in seeded.columns(table).await {
                let refers = column == "id" || column.ends_with("_id") && column != "task_id" && !may_be_empty;
                if refers {
                    continue;
                }
                let another = another(&column, &kind, may_be_empty);
                let row = if table.contains("component") || table == "module_builds" { "id = 8" } else { "TRUE" };
                let row = if table.ends_with("_trace") || table == "log_messages" { "id = 9" } else { row };
                let before = seeded.revision().await;
                seeded.run(&format!("UPDATE {table} SET {column} = {another} WHERE {row}")).await;
                let changed = seeded.revision().await != before;
                let watched = !UNWATCHED.contains(&(table, &column));
                assert_eq!(changed, watched, "{table}.{column} on {:?}", seeded.db.get_database_backend());
                looked_at += 1;
            }
        }
        assert!(looked_at > 50, "{looked_at}");
    }
}

#[tokio::test]
async fn a_change_counts_for_the_builds_that_show_it() {
    for seeded in [Seeded::sqlite().await, Seeded::postgresql().await] {
        let changes = [
            ("UPDATE component_builds SET state = 3 WHERE id = 5", vec![8]),
            ("UPDATE component_builds SET module_id = 9 WHERE id = 5", vec![8, 9]),
            ("DELETE FROM module_builds_to_arches WHERE module_build_id = 8", vec![8]),
            ("UPDATE module_builds_to_module_buildrequires SET module_id = 10 WHERE module_id = 9", vec![9, 10]),
            ("UPDATE module_builds SET state = 6 WHERE id = 11", vec![11]),
            ("UPDATE component_builds_trace SET state = 3 WHERE component_id = 4", vec![8]),
        ];
        for (statement, builds) in changes {
            let all = 1..=31;
            let mut before = HashMap::new();
            for id in all.clone() {
                before.insert(id, seeded.of_build(id).await);
            }
            seeded.run(statement).await;
            let mut touched = Vec::new();
            for id in all {
                if seeded.of_build(id).await != before[&id] {
                    touched.push(id);
                }
            }
            assert_eq!(touched, builds, "{statement}");
        }
    }
}

#[tokio::test]
async fn a_transaction_takes_one_number_and_counts_once() {
    let seeded = Seeded::postgresql().await;
    let counts = "SELECT module_builds * 1000 + component_builds FROM revisions";
    let (revision, count) = (seeded.revision().await, seeded.number(counts).await);
    let tx = seeded.db.begin().await.unwrap();
    let insert = "INSERT INTO component_builds (package, scmurl, format, module_id) SELECT 'p', '', 'rpms', 8";
    tx.execute_unprepared(&format!("{insert} FROM generate_series(1, 5)")).await.unwrap();
    tx.execute_unprepared("SAVEPOINT s").await.unwrap();
    tx.execute_unprepared(&format!("{insert} FROM generate_series(1, 7)")).await.unwrap();
    tx.execute_unprepared("SET CONSTRAINTS ALL IMMEDIATE").await.unwrap();
    tx.execute_unprepared("ROLLBACK TO s").await.unwrap();
    tx.execute_unprepared("DELETE FROM component_builds WHERE package = 'p' AND id % 2 = 0").await.unwrap();
    tx.execute_unprepared("SET CONSTRAINTS ALL IMMEDIATE").await.unwrap();
    tx.execute_unprepared(&format!("{insert} FROM generate_series(1, 2)")).await.unwrap();
    tx.commit().await.unwrap();
    let components = seeded.number("SELECT COUNT(*) FROM component_builds").await;
    assert_eq!(seeded.number(counts).await % 1000, components);
    assert!(seeded.number(counts).await > count && seeded.revision().await > revision);
    assert_eq!(seeded.of_build(8).await, seeded.revision().await);

    seeded.run("TRUNCATE component_builds_trace, log_messages, component_builds").await;
    assert_eq!(seeded.number(counts).await, 31_000);
    assert_eq!(seeded.of_build(1).await, seeded.revision().await);
}

#[tokio::test]
async fn sqlite_counts_rows() {
    let seeded = Seeded::sqlite().await;
    let insert = "INSERT INTO component_builds (package, scmurl, format, module_id) VALUES ('p', '', 'rpms', 8)";
    seeded.run(insert).await;
    seeded.run(insert).await;
    seeded
        .run("DELETE FROM component_builds WHERE package = 'p' AND id = (SELECT MAX(id) FROM component_builds)")
        .await;
    let counts = "SELECT component_builds - (SELECT COUNT(*) FROM component_builds) FROM revisions";
    assert_eq!(seeded.number(counts).await, 0);
}

/// What one look at the database shows, as numbers with digests of the content that they stand for.
const LOOK: &str = "
SELECT 0, revision, (SELECT md5(string_agg(b.state || ':' || COALESCE(b.state_reason, ''), ',' ORDER BY b.id))
        FROM module_builds AS b)
    || (SELECT md5(string_agg(COALESCE(c.state, 9) || ':' || COALESCE(c.state_reason, ''), ',' ORDER BY c.id))
        FROM component_builds AS c)
    || (SELECT COUNT(*) FROM component_builds) || (SELECT COUNT(*) FROM module_builds)
FROM revisions
UNION ALL
SELECT b.id, COALESCE(r.revision, 0), md5(b.state || ':' || COALESCE(b.state_reason, '')
    || COALESCE((SELECT string_agg(c.id || ':' || COALESCE(c.state, 9) || ':' || COALESCE(c.state_reason, ''), ','
        ORDER BY c.id) FROM component_builds AS c WHERE c.module_id = b.id), '')
    || (SELECT COUNT(*) FROM module_builds AS s WHERE s.name = b.name AND s.stream = b.stream
        AND s.version = b.version))
FROM module_builds AS b LEFT JOIN module_build_revisions AS r ON r.module_build_id = b.id";

/// Transactions write at random, also as others of their kind do, while somebody looks on.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn equal_numbers_mean_equal_content_while_many_write() {
    let seeded = Seeded::postgresql().await;
    let writing = Arc::new(AtomicBool::new(true));
    let serial = Arc::new(AtomicU32::new(0));
    let writers: Vec<_> =
        (0..8_u32).map(|writer| tokio::spawn(write(seeded.db.clone(), Arc::clone(&serial), writer))).collect();
    let looking = tokio::spawn(look(seeded.db.clone(), Arc::clone(&writing)));
    let mut committed = 0;
    for writer in writers {
        committed += writer.await.unwrap();
    }
    writing.store(false, Ordering::SeqCst);
    let looks = looking.await.unwrap();
    assert!(committed > 100 && looks > 10, "{committed} transactions, {looks} looks");
    let differences = "SELECT module_builds - (SELECT COUNT(*) FROM module_builds)
        + 1000 * (component_builds - (SELECT COUNT(*) FROM component_builds)) FROM revisions";
    assert_eq!(seeded.number(differences).await, 0);
}

async fn look(db: DatabaseConnection, writing: Arc<AtomicBool>) -> usize {
    let mut seen: HashMap<(i32, i64), String> = HashMap::new();
    let mut looks = 0;
    while writing.load(Ordering::SeqCst) {
        for row in db.query_all_raw(Statement::from_string(DbBackend::Postgres, LOOK)).await.unwrap() {
            let (id, revision): (i32, i64) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
            let content: String = row.try_get_by_index(2).unwrap();
            let known = seen.entry((id, revision)).or_insert_with(|| content.clone());
            assert_eq!(*known, content, "build {id} has two contents under the number {revision}");
        }
        looks += 1;
    }
    looks
}

/// Returns how many transactions were committed. None may fail but by locking rows in the wrong order, which `write` avoids.
async fn write(db: DatabaseConnection, serial: Arc<AtomicU32>, writer: u32) -> usize {
    let mut random = writer.wrapping_mul(0x9E37_79B9) | 1;
    let mut committed = 0;
    for _ in 0..40 {
        let tx = db.begin().await.unwrap();
        // Rows in the order of their ids, so that writers do not wait for each other in a circle by their own fault.
        let mut builds: Vec<_> = (0..=next(&mut random) % 3).map(|_| 8 + next(&mut random) % 10).collect();
        builds.sort_unstable();
        for build in builds {
            let number = serial.fetch_add(1, Ordering::SeqCst);
            for statement in change(next(&mut random), build, number) {
                tx.execute_unprepared(&statement).await.unwrap();
            }
        }
        if next(&mut random).is_multiple_of(5) {
            tx.rollback().await.unwrap();
        } else {
            tx.commit().await.unwrap();
            committed += 1;
        }
    }
    committed
}

fn change(kind: u32, build: u32, number: u32) -> Vec<String> {
    let lock = format!("SELECT 1 FROM module_builds WHERE id = {build} FOR UPDATE");
    let change = match kind % 4 {
        0 => format!(
            "UPDATE component_builds SET state = {}, state_reason = '{number}' WHERE module_id = {build}",
            number % 5
        ),
        1 => format!("UPDATE module_builds SET state = {}, state_reason = '{number}' WHERE id = {build}", number % 7),
        2 => format!(
            "INSERT INTO component_builds (package, scmurl, format, module_id) VALUES ('{number}', '', 'rpms', {build})"
        ),
        _ => format!(
            "INSERT INTO module_builds (name, stream, version, context, state, modulemd, owner, time_submitted,
                rebuild_strategy) SELECT name, stream, version, '{number}', 0, '', '', time_submitted, 'all'
            FROM module_builds WHERE id = {build}"
        ),
    };
    vec![lock, change]
}

/// The next of a sequence of numbers without pattern.
fn next(random: &mut u32) -> u32 {
    *random ^= *random << 13;
    *random ^= *random >> 17;
    *random ^= *random << 5;
    *random
}
