//! The decision for all components of a build together.

use std::collections::BTreeSet;

use super::{ComponentRow, Decision, ModuleRows, NoEarlierBuild, Reason, Standing, Strategy, component};
use crate::plan::MACROS_BATCH;

/// What becomes of every component of `new` that is not started, in the order of their rows, by row id. With
/// [`Strategy::ChangedAndAfter`], what is built after a component that is built is built as well.
pub fn decide(
    new: ModuleRows<'_>,
    earlier: Result<ModuleRows<'_>, &NoEarlierBuild>,
    strategy: Strategy,
) -> Vec<(i32, Decision)> {
    let waiting = new.components.iter().filter(|row| row.standing == Standing::Waiting);
    let alone = |row: &ComponentRow| match earlier {
        _ if strategy == Strategy::All => Decision::Rebuilt(Reason::Strategy),
        Ok(earlier) => component(new, &row.package, earlier, strategy),
        Err(none) => Decision::Rebuilt(Reason::NoEarlierBuild(none.clone())),
    };
    let decisions: Vec<(&ComponentRow, Decision)> = waiting.map(|row| (row, alone(row))).collect();
    let decisions = if strategy == Strategy::ChangedAndAfter { after_rebuilt(new, decisions) } else { decisions };
    decisions.into_iter().map(|(row, decision)| (row.id, decision)).collect()
}

/// Takes back what is built after a component that is built: its packages could come out different this time.
fn after_rebuilt<'a>(
    new: ModuleRows<'a>,
    decisions: Vec<(&'a ComponentRow, Decision)>,
) -> Vec<(&'a ComponentRow, Decision)> {
    let made_now = |row: &&ComponentRow| row.standing == Standing::Built;
    let mut built: Vec<&ComponentRow> = new.components.iter().filter(made_now).collect();
    let rebuilt = decisions.iter().filter(|(_, decision)| !decision.is_reused());
    built.extend(rebuilt.map(|(row, _)| *row));
    // The first one is named: that of the earliest batch, then by name.
    let built: BTreeSet<(i32, &str)> =
        built.into_iter().map(|row| (row.batch.unwrap_or_default(), row.package.as_str())).collect();
    let take_back = |(row, decision): (&'a ComponentRow, Decision)| {
        if !decision.is_reused() || built.is_empty() {
            return (row, decision);
        }
        let needs = new.needs(row);
        match built.iter().find(|(_, package)| needs.contains_key(package)) {
            Some((_, package)) => {
                let component = (*package).to_owned();
                (row, Decision::Rebuilt(Reason::BuiltAfterRebuilt { component }))
            }
            None => (row, decision),
        }
    };
    decisions.into_iter().map(take_back).collect()
}

/// Whether nothing has to be built at all, not even `module-build-macros`: every component is taken over, or was built before.
pub fn all_at_once(new: ModuleRows<'_>, decisions: &[(i32, Decision)]) -> bool {
    let is_settled = |row: &ComponentRow| match row.standing {
        Standing::Built | Standing::TakenOver => true,
        Standing::Waiting => decisions.iter().any(|(id, decision)| *id == row.id && decision.is_reused()),
        Standing::Without => false,
    };
    let is_macros = |row: &ComponentRow| row.batch == Some(MACROS_BATCH);
    new.components.iter().all(|row| is_macros(row) || is_settled(row))
}
