//! How long components are expected to take: the median of their last builds for the same architectures.
//!
//! Written down once, when the build gets its buildroot, so that an answer about the build changes with the build alone. A component
//! without history has no estimate, and none is made up.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entities::{component_build, module_arch, module_build_arch};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, QuerySelect, Statement};

/// How many builds of a component are looked at; those for other architectures do not count.
const LOOKED_AT: usize = 20;
/// Of how many the median is taken.
const COUNTED: usize = 5;

/// The newest builds of each package that went well, by two statements whatever the history.
const SQLITE: &str = "
SELECT built.package, built.module_id, built.time_started, built.time_finished
FROM (SELECT value AS package FROM json_each($1)) AS wanted
JOIN component_builds AS built ON built.id IN (
    SELECT id FROM component_builds AS earlier
    WHERE earlier.package = wanted.package AND earlier.state = 1 AND earlier.time_finished IS NOT NULL
        AND earlier.time_started IS NOT NULL AND earlier.reused_component_id IS NULL
    ORDER BY earlier.id DESC LIMIT LOOKED_AT
)
ORDER BY built.id DESC";

const POSTGRESQL: &str = "
SELECT built.package, built.module_id, built.time_started, built.time_finished
FROM json_array_elements_text(CAST($1 AS JSON)) AS wanted (package)
CROSS JOIN LATERAL (
    SELECT * FROM component_builds AS earlier
    WHERE earlier.package = wanted.package AND earlier.state = 1 AND earlier.time_finished IS NOT NULL
        AND earlier.time_started IS NOT NULL AND earlier.reused_component_id IS NULL
    ORDER BY earlier.id DESC LIMIT LOOKED_AT
) AS built
ORDER BY built.id DESC";

/// A build that went well.
struct Built {
    package: String,
    module_id: i32,
    seconds: i64,
}

/// Seconds that these packages are expected to take for these architectures; those of which nothing is known are left out.
pub async fn of<C: ConnectionTrait>(
    db: &C,
    packages: &[&str],
    arches: &[String],
) -> Result<BTreeMap<String, i32>, DbErr> {
    if packages.is_empty() {
        return Ok(BTreeMap::new());
    }
    let built = history(db, packages).await?;
    let modules: BTreeSet<i32> = built.iter().map(|one| one.module_id).collect();
    let arches: BTreeSet<&str> = arches.iter().map(String::as_str).collect();
    let others = arches_of(db, modules).await?;
    let same = |one: &Built| {
        let its = others.get(&one.module_id).map(|its| its.iter().map(String::as_str).collect::<BTreeSet<_>>());
        its.unwrap_or_default() == arches
    };
    let mut times: HashMap<String, Vec<i64>> = HashMap::new();
    for one in built.into_iter().filter(same) {
        times.entry(one.package).or_default().push(one.seconds);
    }
    let known = times.into_iter().filter_map(|(package, times)| Some((package, median(&times)?)));
    Ok(known.collect())
}

/// The newest first.
async fn history<C: ConnectionTrait>(db: &C, packages: &[&str]) -> Result<Vec<Built>, DbErr> {
    let backend = db.get_database_backend();
    let text = if backend == DbBackend::Postgres { POSTGRESQL } else { SQLITE };
    let text = text.replace("LOOKED_AT", &LOOKED_AT.to_string());
    let packages = serde_json::json!(packages).to_string();
    let rows = db.query_all_raw(Statement::from_sql_and_values(backend, text, [packages.into()])).await?;
    rows.iter().map(read).collect()
}

fn read(row: &QueryResult) -> Result<Built, DbErr> {
    let (started, finished): (DateTime, DateTime) = (row.try_get_by_index(2)?, row.try_get_by_index(3)?);
    Ok(Built {
        package: row.try_get_by_index(0)?,
        module_id: row.try_get_by_index(1)?,
        seconds: (finished - started).num_seconds().max(0),
    })
}

async fn arches_of<C: ConnectionTrait>(
    db: &C,
    modules: BTreeSet<i32>,
) -> Result<HashMap<i32, BTreeSet<String>>, DbErr> {
    let rows: Vec<(i32, String)> = module_build_arch::Entity::find()
        .select_only()
        .column(module_build_arch::Column::ModuleBuildId)
        .column(module_arch::Column::Name)
        .join(
            sea_orm::JoinType::InnerJoin,
            module_build_arch::Entity::belongs_to(module_arch::Entity)
                .from(module_build_arch::Column::ModuleArchId)
                .to(module_arch::Column::Id)
                .into(),
        )
        .filter(module_build_arch::Column::ModuleBuildId.is_in(modules))
        .into_tuple()
        .all(db)
        .await?;
    let mut all: HashMap<i32, BTreeSet<String>> = HashMap::new();
    for (module, arch) in rows {
        all.entry(module).or_default().insert(arch);
    }
    Ok(all)
}

/// Of the newest few; a median forgives one build on a busy day.
fn median(newest_first: &[i64]) -> Option<i32> {
    let mut times: Vec<i64> = newest_first.iter().take(COUNTED).copied().collect();
    times.sort_unstable();
    let middle = times.len() / 2;
    let median = match times.len() {
        0 => return None,
        count if count % 2 == 0 => i64::midpoint(times[middle - 1], times[middle]),
        _ => times[middle],
    };
    i32::try_from(median).ok()
}

/// Writes the estimates of components of a build into their rows.
pub async fn write_down<C: ConnectionTrait>(
    tx: &C,
    module_id: i32,
    estimates: &BTreeMap<String, i32>,
) -> Result<(), DbErr> {
    use component_build::{Column, Entity};
    let mut by_time: BTreeMap<i32, Vec<&str>> = BTreeMap::new();
    for (package, seconds) in estimates {
        by_time.entry(*seconds).or_default().push(package);
    }
    for (seconds, packages) in by_time {
        Entity::update_many()
            .col_expr(Column::Estimate, Expr::value(seconds))
            .filter(Column::ModuleId.eq(module_id))
            .filter(Column::Package.is_in(packages))
            .exec(tx)
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_the_newest_five() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some(7));
        assert_eq!(median(&[7, 10]), Some(8));
        assert_eq!(median(&[10, 12, 11, 500, 9]), Some(11), "one slow build does not count");
        assert_eq!(median(&[10, 12, 11, 13, 9, 900, 900, 900]), Some(11), "nor do older ones");
    }
}
