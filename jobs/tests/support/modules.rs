//! Module builds that are validated already, so that no sources are needed.

use std::fmt::Write as _;

use entities::{ModuleState, component_build, db, module_build, transition};
use sea_orm::{DatabaseConnection, Set};

/// A component: its name, its batch (from 2), and what it needs where the module is a graph.
#[derive(Clone, Debug)]
pub struct Planned {
    pub name: String,
    pub batch: i32,
    pub needs: Option<Vec<String>>,
}

/// Makes a module build in `wait`, with its components.
pub async fn insert(
    connection: &DatabaseConnection,
    now: chrono::NaiveDateTime,
    (name, owner): (&str, &str),
    components: &[Planned],
) -> module_build::Model {
    let row = module_build::ActiveModel {
        name: Set(name.to_owned()),
        stream: Set("1".to_owned()),
        version: Set("1".to_owned()),
        context: Set("00000000".to_owned()),
        state: Set(ModuleState::Init),
        modulemd: Set(document(name, components)),
        owner: Set(owner.to_owned()),
        time_submitted: Set(now),
        time_modified: Set(Some(now)),
        rebuild_strategy: Set("all".to_owned()),
        batch: Set(Some(0)),
        retries: Set(0),
        resumed: Set(0),
        ..Default::default()
    };
    let tx = db::begin_write(connection).await.unwrap();
    let build = transition::create(&tx, now, row).await.unwrap();
    for component in components {
        transition::create_component(&tx, now, component_row(build.id, component)).await.unwrap();
    }
    let build = transition::module(&tx, now, &build, ModuleState::Wait, None, |_| {}).await.unwrap();
    tx.commit().await.unwrap();
    build
}

fn component_row(module_id: i32, component: &Planned) -> component_build::ActiveModel {
    component_build::ActiveModel {
        package: Set(component.name.clone()),
        scmurl: Set(format!("https://src.example.com/rpms/{}?#{}", component.name, "0".repeat(40))),
        format: Set("rpms".to_owned()),
        reference: Set(Some("0".repeat(40))),
        batch: Set(Some(component.batch)),
        needs: Set(component.needs.as_ref().map(|needs| serde_json::json!(needs).to_string())),
        weight: Set(Some(1.5)),
        build_time_only: Set(Some(false)),
        buildonly: Set(Some(false)),
        tagged: Set(Some(false)),
        tagged_in_final: Set(Some(false)),
        module_id: Set(module_id),
        attempt: Set(0),
        retries: Set(0),
        ..Default::default()
    }
}

fn document(name: &str, components: &[Planned]) -> String {
    let mut text = format!(
        "document: modulemd\nversion: 2\ndata:\n  name: {name}\n  stream: \"1\"\n  version: 1\n  context: \"00000000\"\n  \
         summary: A module\n  description: A module.\n  license:\n    module: [MIT]\n  components:\n    rpms:\n"
    );
    for component in components {
        let commit = "0".repeat(40);
        let _infallible =
            write!(text, "      {}:\n        rationale: Needed.\n        ref: {commit}\n", component.name);
        let _infallible = match &component.needs {
            Some(needs) if !needs.is_empty() => writeln!(text, "        buildafter: [{}]", needs.join(", ")),
            Some(_) => Ok(()),
            None => writeln!(text, "        buildorder: {}", component.batch),
        };
    }
    text
}
