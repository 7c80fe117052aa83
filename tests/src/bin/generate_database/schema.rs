//! The tables of the Python service, read off the recorded seed, so that they are what it makes to the last constraint.

const SQLITE: &str = include_str!("../../../contract/seed/seed_sqlite.sql");
const POSTGRESQL: &str = include_str!("../../../contract/seed/seed_postgresql.sql");

/// The statements that make a database.
#[derive(Debug)]
pub struct Schema {
    /// Before there are rows.
    pub tables: Vec<String>,
    /// Once all rows are there: indexes and constraints.
    pub indexes: Vec<String>,
}

impl Schema {
    /// As SQLAlchemy makes it on SQLite.
    pub fn sqlite() -> Self {
        Self::read(SQLITE)
    }

    /// As SQLAlchemy makes it on PostgreSQL.
    pub fn postgresql() -> Self {
        Self::read(POSTGRESQL)
    }

    fn read(seed: &str) -> Self {
        let late = |statement: &String| statement.contains("INDEX ") || statement.contains("ADD CONSTRAINT");
        let (indexes, tables) = statements(seed).into_iter().partition(late);
        Self { tables, indexes }
    }
}

/// Everything that is not about rows. Documents among the rows never begin a line like a statement.
fn statements(seed: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut unfinished = false;
    for line in seed.lines() {
        let begins = ["CREATE ", "ALTER "].iter().any(|word| line.starts_with(word));
        if begins {
            found.push(String::new());
        }
        if (begins || unfinished)
            && let Some(statement) = found.last_mut()
        {
            statement.push_str(line);
            statement.push('\n');
            unfinished = !line.ends_with(';');
        }
    }
    found
}
