//! Bodies: `components/schemas`.

pub mod audit;
pub mod component_builds;
pub mod dry_run;
pub mod imports;
pub mod lists;
pub mod module_builds;
pub mod monitor;
pub mod progress;
pub mod service;
pub mod submission;
pub mod users;

use serde_json::{Map, Value};

/// All schemas by name.
pub fn all() -> Map<String, Value> {
    let groups = [
        service::all(),
        module_builds::all(),
        component_builds::all(),
        progress::all(),
        lists::all(),
        submission::all(),
        dry_run::all(),
        imports::all(),
        users::all(),
        monitor::all(),
        audit::all(),
    ];
    groups.into_iter().flatten().map(|(name, schema)| (name.to_owned(), schema)).collect()
}
