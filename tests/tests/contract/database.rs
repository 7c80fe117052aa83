//! A new database with the seed for every group of cases.

use std::path::Path;

use sea_orm::{ConnectionTrait, DatabaseConnection};
use tempfile::TempDir;
use tests::postgres::Postgres;

use crate::recorded::folder;

/// Where databases come from: one with the seed is made first, the others are its copies.
pub enum Databases {
    Sqlite { folder: TempDir },
    Postgresql { cluster: Postgres },
}

const SEED: &str = "seed";

impl Databases {
    /// SQLite files.
    pub async fn sqlite() -> Self {
        let databases = Self::Sqlite { folder: TempDir::with_prefix("mbs-contract-").unwrap() };
        let db = connect(&databases.url(SEED)).await;
        // A dump has tables in the order of their names; they refer to one another.
        db.execute_unprepared(&format!("PRAGMA foreign_keys = OFF;{}", text("seed_sqlite.sql"))).await.unwrap();
        db.close().await.unwrap();
        databases
    }

    /// Databases of one cluster.
    pub async fn postgresql() -> Self {
        let databases = Self::Postgresql { cluster: Postgres::start().await };
        databases.administer(&format!("CREATE DATABASE {SEED}")).await;
        let db = connect(&databases.url(SEED)).await;
        // Lines with a backslash are for psql.
        let lines: Vec<_> = text("seed_postgresql.sql").lines().map(str::to_owned).collect();
        let seed: Vec<_> = lines.into_iter().filter(|line| !line.starts_with('\\')).collect();
        db.execute_unprepared(&seed.join("\n")).await.unwrap();
        db.close().await.unwrap();
        databases
    }

    /// Makes the database of a group, runs `pre_sql` on it, and returns its address.
    pub async fn make(&self, group: &str, pre_sql: Option<&str>) -> String {
        let name = format!("group_{}", group.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_"));
        match self {
            Self::Sqlite { folder } => {
                std::fs::copy(file(folder.path(), SEED), file(folder.path(), &name)).unwrap();
            }
            Self::Postgresql { .. } => self.administer(&format!("CREATE DATABASE {name} TEMPLATE {SEED}")).await,
        }
        if let Some(statement) = pre_sql {
            let db = connect(&self.url(&name)).await;
            db.execute_unprepared(statement).await.unwrap();
            db.close().await.unwrap();
        }
        self.url(&name)
    }

    fn url(&self, name: &str) -> String {
        match self {
            Self::Sqlite { folder } => format!("sqlite:///{}", file(folder.path(), name).display()),
            Self::Postgresql { cluster } => cluster.url_of(name),
        }
    }

    async fn administer(&self, statement: &str) {
        let Self::Postgresql { cluster } = self else { return };
        let db = connect(&cluster.url()).await;
        db.execute_unprepared(statement).await.unwrap();
        db.close().await.unwrap();
    }
}

/// Connects to the database at an address.
pub async fn connect(url: &str) -> DatabaseConnection {
    entities::db::connect(url, 1).await.unwrap()
}

fn file(folder: &Path, name: &str) -> std::path::PathBuf {
    folder.join(format!("{name}.db"))
}

fn text(seed: &str) -> String {
    std::fs::read_to_string(folder().join("seed").join(seed)).unwrap()
}
