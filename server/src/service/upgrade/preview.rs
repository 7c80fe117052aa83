//! What an upgrade would do, in words.

use std::fmt::{Display, Formatter, Result as Formatted};

use migration::{Migrator, MigratorTrait};
use sea_orm::{DatabaseConnection, DbErr};

use super::buildrequires;
use super::differences::{Schema, additions};
use super::schema::refuse_older;

/// What an upgrade would do.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Name of each schema change, and what it would make that is not there.
    pub changes: Vec<(String, Vec<String>)>,
    /// Rows of `module_builds` that would be completed.
    pub rows: u64,
}

/// Looks at the database, and changes nothing.
pub async fn preview(db: &DatabaseConnection) -> Result<Preview, DbErr> {
    let pending = Migrator::get_pending_migrations_read_only(db).await?;
    let present = Schema::read(db).await?;
    refuse_older(&present).await?;
    let mut changes = additions(&Migrator::migrations(), &present).await?;
    changes.retain(|(name, _)| pending.iter().any(|migration| migration.name() == name));
    let rows = if present.has_table("module_builds") {
        buildrequires::count_left(db, present.has_column("module_builds", "buildrequires_json")).await?
    } else {
        0
    };
    Ok(Preview { changes, rows })
}

impl Preview {
    /// Whether the database is up to date.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.rows == 0
    }
}

impl Display for Preview {
    fn fmt(&self, f: &mut Formatter) -> Formatted {
        if self.is_empty() {
            return write!(f, "nothing to do: the database is up to date");
        }
        write!(f, "`mbs-manager upgradedb` would make {} schema changes", self.changes.len())?;
        for (name, additions) in &self.changes {
            write!(f, "\n  {name}")?;
            if additions.is_empty() {
                write!(f, "\n    - nothing to add; it is noted as made")?;
            }
            for addition in additions {
                write!(f, "\n    - {addition}")?;
            }
        }
        write!(f, "\nand derive buildrequires_json from the modulemd of {} module builds", self.rows)?;
        write!(f, "\nNothing was changed.")
    }
}
