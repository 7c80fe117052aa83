//! `mbs-manager upgradedb --check` says what would be done, and does nothing.

use crate::database::{Database, everything};

#[tokio::test(flavor = "multi_thread")]
async fn it_says_what_would_be_done_and_changes_nothing() {
    for database in Database::both().await {
        let database = database.seeded().await;
        let tables = database.tables().await;
        let before = database.dump(&tables).await;
        let said = database.upgrade(&["--check"]);
        for expected in [
            "m000001_adopt_python_schema\n    - nothing to add",
            "- table leases (name, holder, token, expires_at)",
            "- in table module_builds the columns buildrequires_json, disttag, ",
            "- index ix_component_builds_module_id on component_builds (module_id, batch)",
            "derive buildrequires_json from the modulemd of 31 module builds",
            "Nothing was changed.",
        ] {
            assert!(said.contains(expected), "{expected} is not in\n{said}");
        }
        assert_eq!(database.tables().await, tables);
        assert_eq!(database.dump(&tables).await, before);
        database.upgrade(&[]);
        assert!(database.upgrade(&["--check"]).starts_with("nothing to do"));
        database.execute("UPDATE module_builds SET buildrequires_json = NULL WHERE id IN (3, 4)").await;
        let said = database.upgrade(&["--check"]);
        assert!(said.contains("would make 0 schema changes"), "{said}");
        assert!(said.contains("of 2 module builds"), "{said}");
        assert_eq!(database.count("module_builds WHERE buildrequires_json IS NULL").await, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_database_would_get_all_tables() {
    let database = Database::postgres().await;
    let said = database.upgrade(&["--check"]);
    for expected in ["- table module_builds (id, name, stream, ", "- table component_builds (", "- table outbox ("] {
        assert!(said.contains(expected), "{expected} is not in\n{said}");
    }
    assert!(database.tables().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_database_is_an_error() {
    let missing = Database::sqlite();
    let output = missing.manager(&["upgradedb", "--check"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(everything(&output).contains("there is no database "), "{}", everything(&output));
    assert_eq!(std::fs::read_dir(missing.folder.path()).unwrap().count(), 0, "nothing was made");

    let nobody = Database { address: "postgresql://mbs@127.0.0.1:1/mbs".to_owned(), ..missing };
    for arguments in [&["upgradedb", "--check"][..], &["upgradedb"]] {
        let output = nobody.manager(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let said = everything(&output);
        assert!(said.contains("cannot connect to the database") && said.contains("Connection refused"), "{said}");
    }
}

/// A database of an older Python service is refused before anything is written.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_schema_of_the_python_service_is_its_own_matter() {
    for database in Database::both().await {
        let database = database.seeded().await;
        database.execute("ALTER TABLE module_builds DROP COLUMN cg_build_koji_tag").await;
        let tables = database.tables().await;
        for arguments in [&["upgradedb", "--check"][..], &["upgradedb"]] {
            let output = database.manager(arguments).output().unwrap();
            assert_eq!(output.status.code(), Some(1));
            let said = everything(&output);
            assert!(said.contains("older Python service, without module_builds.cg_build_koji_tag"), "{said}");
        }
        assert_eq!(database.tables().await, tables);
    }
}
