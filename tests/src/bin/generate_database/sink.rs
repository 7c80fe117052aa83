//! Where rows go: many at a time, into SQLite by INSERT in one transaction, into PostgreSQL by COPY.

use anyhow::{Context as _, ensure};
use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sea_orm::sqlx::{AssertSqlSafe, Connection as _, query_scalar, raw_sql};

use crate::schema::Schema;
use crate::value::{Value, copy_row, insert_row};

/// Rows of a table are written when they are so long (bytes).
const CHUNK: usize = 1 << 20;

/// A table of the Python service. Rows have all its columns, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// `module_arches`
    Arches,
    /// `virtual_streams`
    VirtualStreams,
    /// `module_builds`
    Builds,
    /// `component_builds`
    Components,
    /// `module_builds_to_arches`
    BuildArches,
    /// `module_builds_to_module_buildrequires`
    BuildRequires,
    /// `module_builds_to_virtual_streams`
    BuildVirtualStreams,
    /// `module_builds_trace`
    BuildTrace,
    /// `component_builds_trace`
    ComponentTrace,
    /// `log_messages`
    LogMessages,
}

const TABLES: [(Table, &str); 10] = [
    (Table::Arches, "module_arches"),
    (Table::VirtualStreams, "virtual_streams"),
    (Table::Builds, "module_builds"),
    (Table::Components, "component_builds"),
    (Table::BuildArches, "module_builds_to_arches"),
    (Table::BuildRequires, "module_builds_to_module_buildrequires"),
    (Table::BuildVirtualStreams, "module_builds_to_virtual_streams"),
    (Table::BuildTrace, "module_builds_trace"),
    (Table::ComponentTrace, "component_builds_trace"),
    (Table::LogMessages, "log_messages"),
];

#[derive(Debug)]
enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// A database that is being filled.
#[derive(Debug)]
pub struct Sink {
    connection: Connection,
    schema: Schema,
    waiting: [String; TABLES.len()],
}

impl Sink {
    /// Makes the tables in the empty database at `address`.
    pub async fn open(address: &str) -> anyhow::Result<Self> {
        let (connection, schema) = match entities::db::sqlite_path(address) {
            Some(path) => {
                let options = SqliteConnectOptions::new().filename(path).create_if_missing(true).foreign_keys(false);
                let connection = SqliteConnection::connect_with(&options).await?;
                (Connection::Sqlite(connection), Schema::sqlite())
            }
            None => (Connection::Postgres(PgConnection::connect(&driver_url(address)).await?), Schema::postgresql()),
        };
        let mut sink = Self { connection, schema, waiting: Default::default() };
        ensure!(sink.is_empty().await?, "the database has tables already");
        sink.begin().await?;
        for statement in std::mem::take(&mut sink.schema.tables) {
            sink.execute(&statement).await?;
        }
        Ok(sink)
    }

    async fn is_empty(&mut self) -> anyhow::Result<bool> {
        let tables: i64 = match &mut self.connection {
            Connection::Sqlite(connection) => {
                query_scalar("SELECT count(*) FROM sqlite_master").fetch_one(connection).await?
            }
            Connection::Postgres(connection) => {
                query_scalar("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetch_one(connection).await?
            }
        };
        Ok(tables == 0)
    }

    /// What is half made is of no use, so nothing has to survive a crash.
    async fn begin(&mut self) -> anyhow::Result<()> {
        match self.connection {
            Connection::Sqlite(_) => self.execute("PRAGMA synchronous = OFF; BEGIN").await,
            Connection::Postgres(_) => {
                self.execute("SET synchronous_commit = off; SET maintenance_work_mem = '256MB'").await
            }
        }
    }

    /// Adds a row.
    pub async fn row(&mut self, table: Table, row: &[Value<'_>]) -> anyhow::Result<()> {
        let waiting = &mut self.waiting[table as usize];
        match self.connection {
            Connection::Sqlite(_) => insert_row(row, waiting),
            Connection::Postgres(_) => copy_row(row, waiting),
        }
        if waiting.len() >= CHUNK { self.flush(table).await } else { Ok(()) }
    }

    async fn flush(&mut self, table: Table) -> anyhow::Result<()> {
        let rows = std::mem::take(&mut self.waiting[table as usize]);
        let (_, name) = TABLES[table as usize];
        if rows.is_empty() {
            return Ok(());
        }
        match &mut self.connection {
            Connection::Sqlite(_) => self.execute(&format!("INSERT INTO {name} VALUES {rows}")).await,
            Connection::Postgres(connection) => {
                let mut copy = connection.copy_in_raw(&format!("COPY {name} FROM STDIN")).await?;
                copy.send(rows.into_bytes()).await?;
                copy.finish().await.with_context(|| format!("rows of {name}"))?;
                Ok(())
            }
        }
    }

    /// Writes what still waits; makes indexes and constraints.
    pub async fn finish(mut self) -> anyhow::Result<()> {
        for (table, _) in TABLES {
            self.flush(table).await?;
        }
        for statement in std::mem::take(&mut self.schema.indexes) {
            self.execute(&statement).await?;
        }
        match self.connection {
            Connection::Sqlite(_) => self.execute("COMMIT; PRAGMA foreign_key_check").await,
            Connection::Postgres(_) => self.count_on().await,
        }
    }

    /// New rows get the numbers after those that were given; the planner hears how many there are.
    async fn count_on(&mut self) -> anyhow::Result<()> {
        for (_, name) in TABLES.iter().filter(|(_, name)| !name.contains("_to_")) {
            let sequence = format!("pg_get_serial_sequence('{name}', 'id')");
            self.execute(&format!("SELECT setval({sequence}, (SELECT coalesce(max(id), 1) FROM {name}))")).await?;
        }
        self.execute("VACUUM ANALYZE").await
    }

    async fn execute(&mut self, statements: &str) -> anyhow::Result<()> {
        let sql = raw_sql(AssertSqlSafe(statements));
        let done = match &mut self.connection {
            Connection::Sqlite(connection) => sql.execute(connection).await.map(|_| ()),
            Connection::Postgres(connection) => sql.execute(connection).await.map(|_| ()),
        };
        done.with_context(|| statements.chars().take(200).collect::<String>())
    }
}

/// SQLAlchemy names its driver, as in `postgresql+psycopg2://`.
fn driver_url(address: &str) -> String {
    address.split_once("://").map_or_else(|| address.to_owned(), |(_, rest)| format!("postgres://{rest}"))
}
