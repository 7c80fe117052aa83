//! Triggers on SQLite. It has one writer at a time, so a change and its number become visible together without further ado.

use super::watched::{OF_SIBLINGS, SIBLINGS, WATCHED, Watched, changed, of};

const TABLES: [&str; 2] = [
    "CREATE TABLE revisions (
        scope INTEGER NOT NULL PRIMARY KEY,
        first_revision BIGINT NOT NULL,
        revision BIGINT NOT NULL,
        module_builds BIGINT NOT NULL,
        component_builds BIGINT NOT NULL
    )",
    "CREATE TABLE module_build_revisions (module_build_id INTEGER NOT NULL PRIMARY KEY, revision BIGINT NOT NULL)",
];

/// Microseconds since 1970; the clock of SQLite counts days, and has milliseconds.
const NOW: &str = "CAST((JULIANDAY('now') - 2440587.5) * 86400000000.0 AS INTEGER)";

/// Tables, and the triggers of every watched table.
pub fn up() -> Vec<String> {
    let mut statements: Vec<_> = TABLES.map(str::to_owned).into();
    statements.push(first_row());
    statements.extend(WATCHED.iter().flat_map(triggers));
    statements
}

/// Removes all of it, as far as it is there.
pub fn down() -> Vec<String> {
    let mut statements = Vec::new();
    for Watched { table, .. } in &WATCHED {
        for event in ["insert", "delete", "update", "siblings"] {
            statements.push(format!("DROP TRIGGER IF EXISTS revision_{table}_{event}"));
        }
    }
    statements.push("DROP TABLE IF EXISTS module_build_revisions".to_owned());
    statements.push("DROP TABLE IF EXISTS revisions".to_owned());
    statements
}

fn first_row() -> String {
    format!(
        "INSERT INTO revisions
            SELECT 0, now, now, (SELECT COUNT(*) FROM module_builds), (SELECT COUNT(*) FROM component_builds)
            FROM (SELECT {NOW} AS now)"
    )
}

/// The trigger that sees changes of these columns.
pub fn update_trigger(watched: &Watched, columns: &[&str]) -> String {
    let (table, whose) = (watched.table, watched.whose);
    format!(
        "CREATE TRIGGER revision_{table}_update AFTER UPDATE OF {} ON {table} WHEN {}
        BEGIN {} {} {} END",
        columns.join(", "),
        changed(columns, "IS NOT"),
        new_revision(watched, 0),
        touch(whose, "OLD"),
        touch(whose, "NEW")
    )
}

/// Removes it.
pub fn drop_update_trigger(table: &str) -> String {
    format!("DROP TRIGGER IF EXISTS revision_{table}_update")
}

fn triggers(watched: &Watched) -> Vec<String> {
    let (table, whose) = (watched.table, watched.whose);
    let mut all = vec![update_trigger(watched, watched.columns)];
    if !watched.only_updates {
        for (event, row, more) in [("INSERT", "NEW", 1), ("DELETE", "OLD", -1)] {
            let siblings = if watched.has_siblings() { touch(SIBLINGS, row) } else { String::new() };
            all.push(format!(
                "CREATE TRIGGER revision_{table}_{} AFTER {event} ON {table} BEGIN {} {} {siblings} END",
                event.to_lowercase(),
                new_revision(watched, more),
                touch(whose, row)
            ));
        }
    }
    if watched.has_siblings() {
        all.push(format!(
            "CREATE TRIGGER revision_{table}_siblings AFTER UPDATE OF {} ON {table} WHEN {}
            BEGIN {} {} {} END",
            OF_SIBLINGS.join(", "),
            changed(&OF_SIBLINGS, "IS NOT"),
            new_revision(watched, 0),
            touch(SIBLINGS, "OLD"),
            touch(SIBLINGS, "NEW")
        ));
    }
    all
}

fn new_revision(watched: &Watched, more: i32) -> String {
    let count = match watched.counted {
        Some(column) if more != 0 => format!(", {column} = {column} + {more}"),
        _ => String::new(),
    };
    format!("UPDATE revisions SET revision = MAX(revision + 1, {NOW}){count} WHERE scope = 0;")
}

/// Gives module builds the number.
fn touch(select: &str, row: &str) -> String {
    let ids = of(select, row);
    format!(
        "INSERT INTO module_build_revisions
            SELECT whose, (SELECT revision FROM revisions WHERE scope = 0)
            FROM (SELECT NULL AS whose WHERE FALSE UNION ALL {ids}) WHERE TRUE
            ON CONFLICT (module_build_id) DO UPDATE SET revision = excluded.revision;"
    )
}
