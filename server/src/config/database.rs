//! The database.
//!
//! Options: `SQLALCHEMY_DATABASE_URI` (or `DB`), `DATABASE_CONNECTIONS`.

use super::folders::Folders;
use super::option::{Definition, Group, Kind, Secrecy};
use super::settings::{Secret, Settings};
use super::value::Value;

pub(super) const GROUP: Group = Group { title: "Database", options: OPTIONS };

const OPTIONS: &[Definition] = &[
    Definition::new("SQLALCHEMY_DATABASE_URI", Kind::Text, "", "Address of the database, as SQLAlchemy writes it: `postgresql://user:password@host/name`, or `sqlite:////absolute/path` with four slashes. Empty is the SQLite file `mbs.db` in `STATE_DIR`.")
        .alias("DB")
        .secret(Secrecy::Url)
        .checked(check_address),
    Definition::new("DATABASE_CONNECTIONS", Kind::Int(1, 1000), "10", "Connections to the database that one process holds at most."),
];

fn check_address(value: &Value) -> Result<(), String> {
    let text = value.as_text().unwrap_or_default();
    let scheme = text.split([':', '+']).next().unwrap_or_default();
    if text.is_empty() || matches!(scheme, "sqlite" | "postgresql" | "postgres") {
        Ok(())
    } else {
        // The address is not repeated: it may hold a password.
        Err("the database has to be sqlite:… or postgresql://…".to_owned())
    }
}

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct Database {
    /// Address for `entities::db::connect`.
    pub url: Secret,
    /// `DATABASE_CONNECTIONS`.
    pub connections: u32,
}

impl Database {
    pub(super) fn new(settings: &Settings, folders: &Folders) -> Self {
        let file = || format!("sqlite:///{}", folders.state.join("mbs.db").display());
        Self {
            url: settings.given("SQLALCHEMY_DATABASE_URI").unwrap_or_else(file).into(),
            connections: u32::try_from(settings.number("DATABASE_CONNECTIONS")).unwrap_or(1),
        }
    }

    /// Whether it is `SQLite`, in a file or in memory.
    pub fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite")
    }
}
