//! `buildTree`: from build to build, by what they were built against.

use std::collections::{BTreeMap, HashMap, HashSet};

use async_graphql::{Context, Enum, ID, Result, SimpleObject};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};

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
    let mut steps = steps(&app.db, root, depth + 1, direction, most + 1).await.told()?;
    if steps.is_empty() {
        return Ok(None);
    }
    let truncated = steps.len() > most || steps.iter().any(|step| step.depth > depth);
    steps.truncate(most);
    steps.retain(|step| step.depth <= depth);
    let ids: Vec<_> = steps.iter().map(|step| step.to).collect::<HashSet<_>>().into_iter().collect();
    let found = builds::by_ids(&app.db, &ids).await.told()?;
    let nodes = marked(&steps).into_iter().filter_map(|(step, cycle, repeated)| {
        let build = ModuleBuild(found.get(&step.to)?.clone());
        let parent = step.from.map(|number| id::global(MODULE_BUILD, number));
        Some(BuildTreeNode { build, parent, depth: step.depth, cycle, repeated })
    });
    Ok(Some(BuildTree { nodes: nodes.collect(), truncated }))
}

/// Every step once, at its first depth; whether it leads back, and whether it leads to what was there before.
fn marked(steps: &[Step]) -> Vec<(Step, bool, bool)> {
    let mut steps = steps.to_vec();
    steps.sort_by_key(|step| step.depth);
    let mut next: HashMap<i32, Vec<i32>> = HashMap::new();
    let mut first: BTreeMap<(Option<i32>, i32), Step> = BTreeMap::new();
    for step in &steps {
        if first.insert((step.from, step.to), *first.get(&(step.from, step.to)).unwrap_or(step)).is_none()
            && let Some(from) = step.from
        {
            next.entry(from).or_default().push(step.to);
        }
    }
    let (mut shown, mut seen) = (HashSet::new(), HashSet::new());
    steps.retain(|step| shown.insert((step.from, step.to)));
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

const AGAINST: &str = "JOIN module_build_dependencies AS needs ON needs.module_build_id = walk.build
    JOIN module_builds AS other ON other.name = needs.name AND other.stream = needs.stream
        AND other.version = needs.version AND other.context = needs.context";
const BUILT_ON: &str = "JOIN module_builds AS own ON own.id = walk.build
    JOIN module_build_dependencies AS needs ON needs.name = own.name AND needs.stream = own.stream
        AND needs.version = own.version AND needs.context = own.context
    JOIN module_builds AS other ON other.id = needs.module_build_id";

/// Steps level by level, in one statement. It ends at the limit, also where builds were built against one another.
async fn steps(
    db: &DatabaseConnection,
    root: i32,
    depth: i32,
    direction: TreeDirection,
    most: usize,
) -> Result<Vec<Step>, DbErr> {
    let next = if direction == TreeDirection::Buildrequires { AGAINST } else { BUILT_ON };
    let text = format!(
        "WITH RECURSIVE walk (parent, build, depth) AS (
            SELECT CAST(NULL AS INTEGER), id, 0 FROM module_builds WHERE id = $1
            UNION
            SELECT walk.build, other.id, walk.depth + 1 FROM walk {next} WHERE walk.depth < $2
        ) SELECT parent, build, depth FROM walk LIMIT $3"
    );
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let statement =
        Statement::from_sql_and_values(db.get_database_backend(), text, [root.into(), depth.into(), most.into()]);
    let rows = db.query_all_raw(statement).await?;
    let read = |row: &sea_orm::QueryResult| {
        Ok(Step { from: row.try_get_by_index(0)?, to: row.try_get_by_index(1)?, depth: row.try_get_by_index(2)? })
    };
    rows.iter().map(read).collect()
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
        let walked = [
            (None, 1, 0),
            (Some(1), 2, 1),
            (Some(1), 3, 1),
            (Some(2), 4, 2),
            (Some(3), 4, 2),
            (Some(4), 1, 3),
            (Some(1), 2, 4),
        ];
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
