//! `buildTree`: from build to build, by what they were built against.

use std::collections::{HashMap, HashSet};

use async_graphql::{Context, Enum, ID, Result, SimpleObject};
use entities::module_build;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait as _, PaginatorTrait as _, Statement,
};

use super::error::{Told as _, coded};
use super::id::{self, MODULE_BUILD};
use super::load;
use super::load::builds;
use super::module_build::ModuleBuild;
use super::paging::with_limit;

/// Deepest tree.
pub const DEEPEST: i32 = 20;

/// In which direction a tree grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum TreeDirection {
    /// To what a build was built against.
    Buildrequires,
    /// To what was built against it.
    Dependents,
}

/// Builds that follow from one another, the nearest first.
#[derive(SimpleObject)]
pub struct BuildTree {
    /// One for every step from build to build, and one for the root, level by level.
    nodes: Vec<BuildTreeNode>,
    /// Whether there are more steps than `GRAPHQL_MAX_TREE` or `depth` allow.
    truncated: bool,
}

/// A build in a tree.
#[derive(SimpleObject)]
pub struct BuildTreeNode {
    /// The build.
    build: ModuleBuild,
    /// Id of the build that leads to it; null at the root.
    parent: Option<ID>,
    /// Steps from the root.
    depth: i32,
    /// It leads back to its parent: builds that were built against one another. It is not followed.
    cycle: bool,
    /// It stands elsewhere in the tree, too, nearer to the root, and is followed there only.
    repeated: bool,
}

/// A step; the root comes from nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    from: Option<i32>,
    to: i32,
    depth: i32,
}

/// The tree of a build; `None` if there is no such build.
pub async fn tree(context: &Context<'_>, root: i32, depth: i32, direction: TreeDirection) -> Result<Option<BuildTree>> {
    if !(0..=DEEPEST).contains(&depth) {
        let error = coded("TREE_LIMIT", format!("`depth` has to be from 0 to {DEEPEST}"));
        let cost = usize::try_from(depth).unwrap_or_default();
        return Err(with_limit(error, usize::try_from(DEEPEST).unwrap_or_default(), cost));
    }
    let app = load::of(context).app();
    let most = app.config.graphql.tree;
    let (steps, truncated) = walk(&app.db, root, depth, direction, most).await.told()?;
    if steps.is_empty() {
        return Ok(None);
    }
    let ids: Vec<_> = steps.iter().map(|step| step.to).collect::<HashSet<_>>().into_iter().collect();
    let found = builds::by_ids(&app.db, &ids).await.told()?;
    let nodes = marked(&steps).into_iter().filter_map(|(step, cycle, repeated)| {
        let build = ModuleBuild(found.get(&step.to)?.clone());
        let parent = step.from.map(|number| id::global(MODULE_BUILD, number));
        Some(BuildTreeNode { build, parent, depth: step.depth, cycle, repeated })
    });
    Ok(Some(BuildTree { nodes: nodes.collect(), truncated }))
}

/// Of each step, whether it leads back, and whether it leads to what was there before.
fn marked(steps: &[Step]) -> Vec<(Step, bool, bool)> {
    let mut next: HashMap<i32, Vec<i32>> = HashMap::new();
    for step in steps {
        if let Some(from) = step.from {
            next.entry(from).or_default().push(step.to);
        }
    }
    let mut seen = HashSet::new();
    let mark = |step: &Step| {
        let repeated = !seen.insert(step.to);
        let cycle = repeated && step.from.is_some_and(|from| leads(&next, step.to, from));
        (*step, cycle, repeated)
    };
    steps.iter().map(mark).collect()
}

fn leads(next: &HashMap<i32, Vec<i32>>, from: i32, to: i32) -> bool {
    let (mut waiting, mut seen) = (vec![from], HashSet::new());
    while let Some(build) = waiting.pop() {
        if build == to {
            return true;
        }
        if seen.insert(build) {
            waiting.extend(next.get(&build).into_iter().flatten());
        }
    }
    false
}

/// What builds were built against, and what was built against them, as (the build, the other one).
const AGAINST: &str = "SELECT needs.module_build_id AS build, other.id AS other FROM module_build_dependencies AS needs
    JOIN module_builds AS other ON other.name = needs.name AND other.stream = needs.stream
        AND other.version = needs.version AND other.context = needs.context
    WHERE needs.module_build_id IN";
const BUILT_ON: &str = "SELECT own.id AS build, needs.module_build_id AS other FROM module_builds AS own
    JOIN module_build_dependencies AS needs ON needs.name = own.name AND needs.stream = own.stream
        AND needs.version = own.version AND needs.context = own.context
    WHERE own.id IN";

/// Steps level by level, each build's once; whether some were left out. One statement a level, and one that looks below the last.
async fn walk(
    db: &DatabaseConnection,
    root: i32,
    depth: i32,
    direction: TreeDirection,
    most: usize,
) -> Result<(Vec<Step>, bool), DbErr> {
    if module_build::Entity::find_by_id(root).count(db).await? == 0 {
        return Ok((Vec::new(), false));
    }
    let mut steps = vec![Step { from: None, to: root, depth: 0 }];
    let (mut level, mut seen) = (vec![root], HashSet::from([root]));
    for depth in 1..=depth {
        let left = most.saturating_sub(steps.len());
        let mut found = next(db, &level, direction, left + 1).await?;
        let is_cut = found.len() > left;
        found.truncate(left);
        level = found.iter().map(|(_, to)| *to).filter(|to| seen.insert(*to)).collect();
        steps.extend(found.into_iter().map(|(from, to)| Step { from: Some(from), to, depth }));
        if is_cut || level.is_empty() {
            return Ok((steps, is_cut));
        }
    }
    let below = next(db, &level, direction, 1).await?;
    Ok((steps, !below.is_empty()))
}

/// Steps from these builds, at most so many.
async fn next(
    db: &DatabaseConnection,
    builds: &[i32],
    direction: TreeDirection,
    most: usize,
) -> Result<Vec<(i32, i32)>, DbErr> {
    let steps = if direction == TreeDirection::Buildrequires { AGAINST } else { BUILT_ON };
    let backend = db.get_database_backend();
    let those = match backend {
        DbBackend::Postgres => {
            "SELECT CAST(value AS INTEGER) FROM json_array_elements_text(CAST($1 AS JSON)) AS those (value)"
        }
        _ => "SELECT value FROM json_each($1)",
    };
    let text = format!("{steps} ({those}) ORDER BY build, other LIMIT $2");
    let values = [serde_json::json!(builds).to_string().into(), i64::try_from(most).unwrap_or(i64::MAX).into()];
    let rows = db.query_all_raw(Statement::from_sql_and_values(backend, text, values)).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(all: &[(Option<i32>, i32, i32)]) -> Vec<Step> {
        all.iter().map(|(from, to, depth)| Step { from: *from, to: *to, depth: *depth }).collect()
    }

    #[test]
    fn a_cycle_is_marked_and_a_diamond_is_none() {
        // 1 → 2 → 4, 1 → 3 → 4 is a diamond; 4 → 1 leads back.
        let walked =
            [(None, 1, 0), (Some(1), 2, 1), (Some(1), 3, 1), (Some(2), 4, 2), (Some(3), 4, 2), (Some(4), 1, 3)];
        let marks: Vec<_> =
            marked(&steps(&walked)).into_iter().map(|(step, cycle, repeated)| (step.to, cycle, repeated)).collect();
        let expected = [
            (1, false, false),
            (2, false, false),
            (3, false, false),
            (4, false, false),
            (4, true, true),
            (1, true, true),
        ];
        assert_eq!(marks, expected);
        let diamond = marked(&steps(&walked[..5]));
        assert_eq!((diamond[4].1, diamond[4].2), (false, true));
    }
}
