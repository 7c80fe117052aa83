//! What belongs to module builds and is shown with them: components, siblings, and with all details histories, architectures,
//! virtual streams and base modules. One statement reads all of it, for any number of builds.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, QueryResult, Statement};

use super::ids::listed;
use super::{Facts, Relatives, Short, Step};

/// What belongs to one build.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// Components by id.
    pub tasks: Vec<Task>,
    /// Siblings and base modules.
    pub relatives: Relatives,
    /// History, architectures, virtual streams.
    pub facts: Facts,
}

/// A component as shown within its module build.
#[derive(Clone, Debug)]
#[expect(clippy::struct_field_names, reason = "columns have the names that they have in the table")]
pub struct Task {
    /// Row id.
    pub id: i32,
    /// Source package.
    pub package: String,
    /// Always `rpms`.
    pub format: String,
    /// Task of the build system.
    pub task_id: Option<i32>,
    /// Number of its state.
    pub state: Option<i32>,
    /// Why.
    pub state_reason: Option<String>,
    /// Name, version and release.
    pub nvr: Option<String>,
}

/// Parts by the ids of the builds.
pub async fn parts(db: &DatabaseConnection, builds: &[i32], with_details: bool) -> Result<HashMap<i32, Parts>, DbErr> {
    let backend = db.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, text(with_details, backend), [listed(builds).into()]);
    let mut rows = db.query_all_raw(statement).await?.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    rows.sort_by_key(|row| (row.time, row.id));
    let mut all: HashMap<i32, Parts> = HashMap::new();
    for row in rows {
        add(all.entry(row.whose).or_default(), row);
    }
    for Parts { facts, .. } in all.values_mut() {
        facts.arches.sort_unstable();
        facts.virtual_streams.sort_unstable();
    }
    Ok(all)
}

/// A row of any kind; which columns it has, the statements below say.
struct Row {
    kind: i32,
    whose: i32,
    id: i32,
    state: Option<i32>,
    number: Option<i32>,
    stream_version: Option<f64>,
    time: Option<NaiveDateTime>,
    texts: [Option<String>; 4],
}

fn row(row: &QueryResult) -> Result<Row, DbErr> {
    Ok(Row {
        kind: row.try_get_by_index(0)?,
        whose: row.try_get_by_index(1)?,
        id: row.try_get_by_index(2)?,
        state: row.try_get_by_index(3)?,
        number: row.try_get_by_index(4)?,
        stream_version: row.try_get_by_index(5)?,
        time: row.try_get_by_index(6)?,
        texts: [
            row.try_get_by_index(7)?,
            row.try_get_by_index(8)?,
            row.try_get_by_index(9)?,
            row.try_get_by_index(10)?,
        ],
    })
}

fn add(parts: &mut Parts, row: Row) {
    let Row { kind, whose: _, id, state, number: task_id, stream_version, time, texts: [a, b, c, d] } = row;
    match (kind, state, time) {
        (TASK, state, _) => {
            let (package, format) = (a.unwrap_or_default(), b.unwrap_or_default());
            parts.tasks.push(Task { id, package, format, task_id, state, state_reason: c, nvr: d });
        }
        (SIBLING, ..) => parts.relatives.siblings.push(id),
        (TRACE, state, Some(time)) => parts.facts.trace.push(Step { time, state, reason: a }),
        (ARCH, ..) => parts.facts.arches.extend(a),
        (VIRTUAL_STREAM, ..) => parts.facts.virtual_streams.extend(a),
        (BASE_MODULE, Some(state), _) => {
            let [name, stream, version, context] = [a, b, c, d].map(Option::unwrap_or_default);
            parts.relatives.base_modules.push(Short { id, name, stream, version, context, state, stream_version });
        }
        _ => {}
    }
}

const TASK: i32 = 0;
const SIBLING: i32 = 1;
const TRACE: i32 = 2;
const ARCH: i32 = 3;
const VIRTUAL_STREAM: i32 = 4;
const BASE_MODULE: i32 = 5;

const PLAIN: &str = "
SELECT 0, module_id, id, state, task_id, CAST(NULL AS DOUBLE PRECISION), CAST(NULL AS TIMESTAMP),
    package, format, state_reason, nvr
FROM component_builds WHERE module_id IN-BUILDS
UNION ALL
SELECT 1, own.id, other.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM module_builds AS own JOIN module_builds AS other
    ON other.name = own.name AND other.stream = own.stream AND other.version = own.version AND other.id <> own.id
    AND (other.scratch = own.scratch OR (other.scratch IS NULL AND own.scratch IS NULL))
WHERE own.id IN-BUILDS";

const DETAILS: &str = "
UNION ALL
SELECT 2, module_id, id, state, NULL, NULL, state_time, state_reason, NULL, NULL, NULL
FROM module_builds_trace WHERE module_id IN-BUILDS
UNION ALL
SELECT 3, link.module_build_id, arch.id, NULL, NULL, NULL, NULL, arch.name, NULL, NULL, NULL
FROM module_builds_to_arches AS link JOIN module_arches AS arch ON arch.id = link.module_arch_id
WHERE link.module_build_id IN-BUILDS
UNION ALL
SELECT 4, link.module_build_id, stream.id, NULL, NULL, NULL, NULL, stream.name, NULL, NULL, NULL
FROM module_builds_to_virtual_streams AS link JOIN virtual_streams AS stream ON stream.id = link.virtual_stream_id
WHERE link.module_build_id IN-BUILDS
UNION ALL
SELECT 5, link.module_id, base.id, base.state, NULL, base.stream_version, NULL,
    base.name, base.stream, base.version, base.context
FROM module_builds_to_module_buildrequires AS link JOIN module_builds AS base ON base.id = link.module_buildrequire_id
WHERE link.module_id IN-BUILDS";

/// The statement is the same text for any number of builds, so that databases keep its plan.
fn text(with_details: bool, backend: DbBackend) -> String {
    let of_builds = match backend {
        DbBackend::Postgres => "= ANY(CAST(string_to_array($1, ',') AS INTEGER[]))",
        _ => "IN (SELECT value FROM json_each('[' || $1 || ']'))",
    };
    let text = if with_details { format!("{PLAIN}{DETAILS}") } else { PLAIN.to_owned() };
    text.replace("IN-BUILDS", of_builds)
}
