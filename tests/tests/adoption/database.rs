//! Databases as the Python service leaves them, and what is in them.

use std::collections::BTreeMap;
use std::process::{Command, Output};

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use tempfile::TempDir;
use tests::postgres::Postgres;
use tests::service::program;

const SEED_SQLITE: &str = include_str!("../../contract/seed/seed_sqlite.sql");
const SEED_POSTGRESQL: &str = include_str!("../../contract/seed/seed_postgresql.sql");

/// What the migration tool of the Python service notes.
const ALEMBIC: &str = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
                       INSERT INTO alembic_version VALUES ('4d1e2e13e514')";

/// A database of its own.
#[derive(Debug)]
pub struct Database {
    pub address: String,
    pub postgres: Option<Postgres>,
    pub folder: TempDir,
}

impl Database {
    /// An SQLite file that does not exist yet.
    pub fn sqlite() -> Self {
        let folder = TempDir::with_prefix("mbs-adoption-").unwrap();
        Self { address: format!("sqlite:///{}", folder.path().join("python.db").display()), postgres: None, folder }
    }

    /// An empty database on a PostgreSQL of its own.
    pub async fn postgres() -> Self {
        let postgres = Postgres::start().await;
        Self { address: postgres.url(), postgres: Some(postgres), ..Self::sqlite() }
    }

    /// One of each.
    pub async fn both() -> [Self; 2] {
        [Self::sqlite(), Self::postgres().await]
    }

    /// With the rows that the contract was recorded against.
    pub async fn seeded(self) -> Self {
        let seed = if self.postgres.is_some() { SEED_POSTGRESQL } else { SEED_SQLITE };
        // Lines for psql.
        let seed: Vec<_> = seed.lines().filter(|line| !line.starts_with('\\')).collect();
        // Rows refer to tables that come later.
        let first = if self.postgres.is_some() { "" } else { "PRAGMA foreign_keys = OFF;" };
        self.execute(&format!("{first}\n{}", seed.join("\n"))).await;
        self.execute(ALEMBIC).await;
        self
    }

    /// With so many generated rows.
    pub async fn generated(self, builds: u32, components: u32) -> Self {
        let (builds, components) = (builds.to_string(), components.to_string());
        let mut command = Command::new(program("generate_database"));
        let output = command.args([&self.address, "--builds", &builds, "--components", &components]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.execute(ALEMBIC).await;
        self
    }

    /// A connection of its own: the seed changes settings of the one it is loaded through.
    pub async fn connect(&self) -> DatabaseConnection {
        entities::db::connect(&self.address, 1).await.unwrap()
    }

    pub async fn execute(&self, statements: &str) {
        let db = self.connect().await;
        db.execute_unprepared(statements).await.unwrap();
        db.close().await.unwrap();
    }

    /// The first column of a query, as text.
    pub async fn query(&self, query: &str) -> Vec<String> {
        let db = self.connect().await;
        let rows = column(&db, query).await;
        db.close().await.unwrap();
        rows
    }

    pub async fn count(&self, of: &str) -> u64 {
        self.query(&format!("SELECT CAST(count(*) AS VARCHAR) FROM {of}")).await[0].parse().unwrap()
    }

    /// `mbs-manager` on this database.
    pub fn manager(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("mbs-manager"));
        command.args(arguments).envs([
            ("MBS_CONFIG_FILE", ""),
            ("MBS_SQLALCHEMY_DATABASE_URI", &self.address),
            ("MBS_STATE_DIR", self.folder.path().join("state").to_str().unwrap()),
            ("MBS_RESULTS_DIR", self.folder.path().join("results").to_str().unwrap()),
        ]);
        command
    }

    /// `mbs-manager upgradedb`, which has to end well; what it printed.
    pub fn upgrade(&self, arguments: &[&str]) -> String {
        let output = self.manager(&[&["upgradedb"], arguments].concat()).output().unwrap();
        assert!(output.status.success(), "{}", everything(&output));
        everything(&output)
    }

    /// All columns of all tables that there are.
    pub async fn tables(&self) -> BTreeMap<String, Vec<String>> {
        let db = self.connect().await;
        let query = if self.postgres.is_some() {
            "SELECT table_name || '.' || column_name FROM information_schema.columns
             WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
        } else {
            "SELECT m.name || '.' || c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c
             WHERE m.type = 'table' ORDER BY m.name, c.cid"
        };
        let mut tables = BTreeMap::<_, Vec<_>>::new();
        for name in column(&db, query).await {
            let (table, column) = name.split_once('.').unwrap();
            tables.entry(table.to_owned()).or_default().push(column.to_owned());
        }
        db.close().await.unwrap();
        tables
    }

    /// Every value in these columns, with its type where it may differ: a row a line, in the order of the rows.
    pub async fn dump(&self, tables: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
        let db = self.connect().await;
        let mut dump = BTreeMap::new();
        for (table, columns) in tables {
            let query = if self.postgres.is_some() {
                format!(
                    "SELECT line::text AS line FROM (SELECT {} FROM {table}) AS line ORDER BY 1",
                    columns.join(", ")
                )
            } else {
                let quoted: Vec<_> = columns.iter().map(|column| format!("quote({column})")).collect();
                format!("SELECT {} FROM {table} ORDER BY 1", quoted.join(" || ',' || "))
            };
            dump.insert(table.clone(), column(&db, &query).await);
        }
        db.close().await.unwrap();
        dump
    }
}

async fn column(db: &DatabaseConnection, query: &str) -> Vec<String> {
    let statement = Statement::from_string(db.get_database_backend(), query);
    let rows = db.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// Standard output and error.
pub fn everything(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Which schema changes were made.
pub const MIGRATIONS: &str = "SELECT version FROM mbs_migrations ORDER BY version";
