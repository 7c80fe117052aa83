//! Every row stays as it was, and gets what is derived from it.

use std::collections::BTreeMap;

use entities::ComponentState;
use serde_json::{Value, json};
use tests::rows::Rows;

use crate::database::Database;

#[tokio::test(flavor = "multi_thread")]
async fn every_row_stays_as_it_was() {
    for database in Database::both().await {
        stays_as_it_was(&database.seeded().await, 31).await;
    }
    for database in Database::both().await {
        stays_as_it_was(&database.generated(200, 1500).await, 200).await;
    }
}

async fn stays_as_it_was(database: &Database, builds: u64) {
    let tables = database.tables().await;
    assert_eq!(tables.len(), 11, "{tables:?}");
    let before = database.dump(&tables).await;
    let said = database.upgrade(&[]);
    assert!(said.contains(&format!("{builds} module builds completed")), "{said}");
    assert_eq!(database.count("module_builds WHERE buildrequires_json IS NULL").await, 0);
    equal(&before, &database.dump(&tables).await);
    let (ours, schema) = (database.tables().await, database.dump(&database.tables().await).await);
    let said = database.upgrade(&[]);
    assert!(said.contains("0 schema changes made"), "{said}");
    assert!(said.contains("0 module builds completed"), "{said}");
    equal(&schema, &database.dump(&ours).await);
}

fn equal(before: &BTreeMap<String, Vec<String>>, after: &BTreeMap<String, Vec<String>>) {
    for (table, rows) in before {
        for (before, after) in rows.iter().zip(&after[table]) {
            assert_eq!(before, after, "{table}");
        }
        assert_eq!(rows.len(), after[table].len(), "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn buildrequires_are_derived_from_the_documents() {
    for database in Database::both().await {
        let database = database.seeded().await;
        let broken = "UPDATE module_builds SET modulemd = 'name: [' WHERE id = 10";
        database.execute(broken).await;
        let said = database.upgrade(&[]);
        assert!(said.contains("the modulemd of module build 10 cannot be read"), "{said}");
        let derived = database.query("SELECT buildrequires_json FROM module_builds ORDER BY id").await;
        let derived: Vec<Value> = derived.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
        assert_eq!(derived[0], json!({}), "a base module has none");
        assert_eq!(
            derived[8],
            json!({"platform": {
                "context": "00000000",
                "filtered_rpms": [],
                "koji_tag": "module-f29.0.0-build",
                "ref": "virtual",
                "stream": "f29.0.0",
                "stream_collision_modules": "",
                "ursine_rpms": "",
                "version": "3",
            }})
        );
        assert_eq!(derived[9], json!({}), "the broken one");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_without_a_name_is_read_as_its_number() {
    for database in Database::both().await {
        let database = database.seeded().await;
        database
            .execute("INSERT INTO component_builds_trace VALUES (1000, 19, '2019-03-01 12:00:00', 5, NULL, NULL)")
            .await;
        database.upgrade(&[]);
        let rows = Rows::connect(&database.address).await;
        let states: Vec<_> = rows.components(11).await.into_iter().map(|row| row.state).collect();
        let [complete, failed, deleted] = [ComponentState::Complete, ComponentState::Failed, ComponentState::Deleted];
        assert_eq!(states, [complete, complete, failed, ComponentState::Unknown(5), deleted].map(Some));
        assert_eq!(rows.component_trace(19).await.last(), Some(&Some(ComponentState::Unknown(5))));
    }
}
