//! Rows that the cases were recorded against.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use entities::module_build;
use sea_orm::{DatabaseConnection, EntityTrait, QuerySelect};
use serde_json::Value;

use super::json;

/// Rows by table and id.
pub struct Seed(HashMap<(&'static str, i64), Value>);

const MODULE_BUILDS: &str = "module_builds";
const COMPONENT_BUILDS: &str = "component_builds";

impl Seed {
    pub fn read(folder: &Path) -> Self {
        let tables = json(&folder.join("seed/seed_rows.json"));
        let mut rows = HashMap::new();
        for table in [MODULE_BUILDS, COMPONENT_BUILDS] {
            for row in tables[table].as_array().unwrap() {
                rows.insert((table, row["id"].as_i64().unwrap()), row.clone());
            }
        }
        Self(rows)
    }

    /// The row behind an item of an answer to `path`.
    pub fn row(&self, path: &str, id: i64) -> Option<&Value> {
        let table = if path.contains("/component-builds/") { COMPONENT_BUILDS } else { MODULE_BUILDS };
        self.0.get(&(table, id))
    }

    /// A module build.
    pub fn module_build(&self, id: i64) -> Option<&Value> {
        self.0.get(&(MODULE_BUILDS, id))
    }
}

/// The documents of all builds in a database, by id.
pub async fn stored_documents(db: &DatabaseConnection) -> BTreeMap<i64, String> {
    use module_build::{Column, Entity};
    let rows = Entity::find().select_only().column(Column::Id).column(Column::Modulemd);
    let rows: Vec<(i32, String)> = rows.into_tuple().all(db).await.unwrap();
    rows.into_iter().map(|(id, text)| (id.into(), text)).collect()
}
