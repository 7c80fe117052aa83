//! Triggers on PostgreSQL.
//!
//! A change must never become visible under a number that was visible before. So every transaction that changes something takes
//! the row of `revisions` until its commit, and commits follow one another in the order of their numbers. To take it as late and
//! as shortly as possible, and so that nobody waits for anything while it is held (else two could wait for each other), this is
//! done by constraint triggers that run at the commit, always with that row first. A transaction takes one number: it is kept in a
//! setting that ends with the transaction, or with the savepoint that is rolled back.

use super::watched::{OF_SIBLINGS, SIBLINGS, WATCHED, Watched, changed, of};

const TABLES: &str = "
CREATE TABLE revisions (
    scope INTEGER NOT NULL PRIMARY KEY,
    first_revision BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    module_builds BIGINT NOT NULL,
    component_builds BIGINT NOT NULL
);
CREATE TABLE module_build_revisions (
    module_build_id INTEGER NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL
) WITH (fillfactor = 80)";

/// Counting is done by triggers of the statement; they only note in a setting what the commit adds.
const FUNCTIONS: &str = "
CREATE FUNCTION mbs_noted(what TEXT) RETURNS BIGINT LANGUAGE sql AS $$
    SELECT NULLIF(current_setting('mbs.' || what, TRUE), '')::BIGINT
$$;
CREATE FUNCTION mbs_new_revision() RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    number BIGINT := mbs_noted('revision');
    more_builds BIGINT := COALESCE(mbs_noted('module_builds'), 0);
    more_components BIGINT := COALESCE(mbs_noted('component_builds'), 0);
BEGIN
    IF number IS NULL THEN
        UPDATE revisions SET
            revision = GREATEST(revision + 1, (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT),
            module_builds = module_builds + more_builds,
            component_builds = component_builds + more_components
        WHERE scope = 0 RETURNING revision INTO number;
        PERFORM set_config('mbs.revision', number::TEXT, TRUE);
    ELSIF more_builds <> 0 OR more_components <> 0 THEN
        UPDATE revisions SET
            module_builds = module_builds + more_builds,
            component_builds = component_builds + more_components
        WHERE scope = 0;
    END IF;
    IF more_builds <> 0 OR more_components <> 0 THEN
        PERFORM set_config('mbs.module_builds', '0', TRUE), set_config('mbs.component_builds', '0', TRUE);
    END IF;
    RETURN number;
END $$;
CREATE FUNCTION mbs_note_rows(what TEXT, more BIGINT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('mbs.' || what, (COALESCE(mbs_noted(what), 0) + more)::TEXT, TRUE);
    IF mbs_noted('revision') IS NOT NULL THEN
        -- Constraints are checked at once here, so the row is taken already and the commit may have nothing more to do.
        PERFORM mbs_new_revision();
    END IF;
END $$;
CREATE FUNCTION mbs_rows_inserted() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mbs_note_rows(TG_TABLE_NAME::TEXT, (SELECT COUNT(*) FROM changed));
    RETURN NULL;
END $$;
CREATE FUNCTION mbs_rows_deleted() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mbs_note_rows(TG_TABLE_NAME::TEXT, -(SELECT COUNT(*) FROM changed));
    RETURN NULL;
END $$;
CREATE FUNCTION mbs_everything_changed() RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    number BIGINT := mbs_new_revision();
BEGIN
    UPDATE revisions SET
        module_builds = (SELECT COUNT(*) FROM module_builds),
        component_builds = (SELECT COUNT(*) FROM component_builds)
    WHERE scope = 0;
    INSERT INTO module_build_revisions SELECT id, number FROM module_builds
        ON CONFLICT (module_build_id) DO UPDATE SET revision = EXCLUDED.revision;
END $$;
CREATE FUNCTION mbs_truncated() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mbs_everything_changed();
    RETURN NULL;
END $$";

/// How long triggers wait for those who write; everybody who comes later waits behind them.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '500ms'";

const AT_COMMIT: &str = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW";

const FIRST_ROW: &str = "INSERT INTO revisions
    SELECT 0, now, now, (SELECT COUNT(*) FROM module_builds), (SELECT COUNT(*) FROM component_builds)
    FROM (SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT AS now) AS clock";

/// Tables, functions, and the triggers of every watched table.
pub fn up() -> Vec<String> {
    let mut statements = vec![LOCK_TIMEOUT.to_owned(), TABLES.to_owned(), FUNCTIONS.to_owned()];
    for watched in &WATCHED {
        statements.push(function(watched));
        statements.extend(triggers(watched));
    }
    // Creating the triggers has locked out writers.
    statements.push(FIRST_ROW.to_owned());
    statements
}

/// Removes all of it, as far as it is there.
pub fn down() -> Vec<String> {
    let mut statements = Vec::new();
    for Watched { table, .. } in &WATCHED {
        for event in ["insert", "delete", "update", "count_insert", "count_delete", "truncate"] {
            statements.push(format!("DROP TRIGGER IF EXISTS revision_{event} ON {table}"));
        }
        statements.push(format!("DROP FUNCTION IF EXISTS mbs_{table}_changed()"));
    }
    for function in ["truncated()", "everything_changed()", "rows_deleted()", "rows_inserted()"] {
        statements.push(format!("DROP FUNCTION IF EXISTS mbs_{function}"));
    }
    for function in ["note_rows(TEXT, BIGINT)", "new_revision()", "noted(TEXT)"] {
        statements.push(format!("DROP FUNCTION IF EXISTS mbs_{function}"));
    }
    statements.push("DROP TABLE IF EXISTS module_build_revisions, revisions".to_owned());
    statements
}

fn function(watched: &Watched) -> String {
    let table = watched.table;
    let (old, new) = (touch(watched.whose, "OLD"), touch(watched.whose, "NEW"));
    let moved = touched_by_old(watched);
    let siblings = if watched.has_siblings() { touch_siblings() } else { String::new() };
    format!(
        "CREATE FUNCTION mbs_{table}_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
        DECLARE number BIGINT := mbs_new_revision();
        BEGIN
            IF TG_OP = 'DELETE' THEN {old} ELSE {new} END IF;
            IF TG_OP = 'UPDATE' THEN IF {moved} THEN {old} END IF; END IF;
            {siblings}
            RETURN NULL;
        END $$"
    )
}

/// Siblings of a build that came, went, or is now somebody else's.
fn touch_siblings() -> String {
    let condition = changed(&OF_SIBLINGS, "IS DISTINCT FROM");
    let (old, new) = (touch(SIBLINGS, "OLD"), touch(SIBLINGS, "NEW"));
    format!(
        "IF TG_OP = 'INSERT' THEN {new} END IF;
        IF TG_OP = 'DELETE' THEN {old} END IF;
        IF TG_OP = 'UPDATE' THEN IF {condition} THEN {old} {new} END IF; END IF;"
    )
}

/// Whether an update took the row from one module build to another.
fn touched_by_old(watched: &Watched) -> String {
    let owners = ["id", "module_id", "component_id", "module_build_id"];
    let columns: Vec<_> = watched.columns.iter().copied().filter(|column| owners.contains(column)).collect();
    changed(&columns, "IS DISTINCT FROM")
}

/// Gives module builds the number; those that have it already are left alone.
fn touch(select: &str, row: &str) -> String {
    let ids = of(select, row);
    format!(
        "INSERT INTO module_build_revisions AS mine (module_build_id, revision)
            SELECT whose, number FROM ({ids}) AS found (whose) ORDER BY whose
            ON CONFLICT (module_build_id) DO UPDATE SET revision = EXCLUDED.revision
            WHERE mine.revision <> EXCLUDED.revision;"
    )
}

/// The trigger that sees changes of these columns.
pub fn update_trigger(table: &str, columns: &[&str]) -> String {
    let condition = changed(columns, "IS DISTINCT FROM");
    format!(
        "CREATE CONSTRAINT TRIGGER revision_update AFTER UPDATE OF {} ON {table} {AT_COMMIT}
        WHEN ({condition}) EXECUTE FUNCTION mbs_{table}_changed()",
        columns.join(", ")
    )
}

/// Removes it.
pub fn drop_update_trigger(table: &str) -> String {
    format!("DROP TRIGGER IF EXISTS revision_update ON {table}")
}

fn triggers(watched: &Watched) -> Vec<String> {
    let table = watched.table;
    let function = format!("EXECUTE FUNCTION mbs_{table}_changed()");
    let mut all = vec![
        update_trigger(table, watched.columns),
        format!("CREATE TRIGGER revision_truncate AFTER TRUNCATE ON {table} EXECUTE FUNCTION mbs_truncated()"),
    ];
    if !watched.only_updates {
        for event in ["INSERT", "DELETE"] {
            let name = event.to_lowercase();
            all.push(format!(
                "CREATE CONSTRAINT TRIGGER revision_{name} AFTER {event} ON {table} {AT_COMMIT} {function}"
            ));
        }
    }
    if watched.counted.is_some() {
        for (event, which, done) in [("INSERT", "NEW", "inserted"), ("DELETE", "OLD", "deleted")] {
            let name = event.to_lowercase();
            all.push(format!(
                "CREATE TRIGGER revision_count_{name} AFTER {event} ON {table} REFERENCING {which} TABLE AS changed
                FOR EACH STATEMENT EXECUTE FUNCTION mbs_rows_{done}()"
            ));
        }
    }
    all
}
