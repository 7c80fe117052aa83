//! The rules for a single component.

use std::collections::{BTreeMap, BTreeSet};

use super::module::Fingerprint;
use super::{Change, ComponentRow, Decision, ModuleRows, Reason, Standing, Strategy};
use crate::order;

/// Whether the component `package` of `new` can be taken over from `earlier`. Looks at nothing that happens to other components
/// now: [`super::decide`] does.
pub fn component(new: ModuleRows<'_>, package: &str, earlier: ModuleRows<'_>, strategy: Strategy) -> Decision {
    reusable(new, package, earlier, strategy).unwrap_or_else(Decision::Rebuilt)
}

fn reusable(
    new: ModuleRows<'_>,
    package: &str,
    earlier: ModuleRows<'_>,
    strategy: Strategy,
) -> Result<Decision, Reason> {
    if strategy == Strategy::All {
        return Err(Reason::Strategy);
    }
    let row = new.row(package).ok_or(Reason::NoCommit)?;
    let (now, _) = row.commit_and_batch().ok_or(Reason::NoCommit)?;
    let missing = || Reason::NewComponent { earlier: earlier.nsvc.clone() };
    let old = earlier.row(package).ok_or_else(missing)?;
    let (before, _) = old.commit_and_batch().ok_or_else(missing)?;
    if before != now {
        return Err(Reason::Commit { before: before.to_owned(), now: now.to_owned() });
    }
    if strategy == Strategy::ChangedAndAfter {
        surroundings(new, row, earlier, old)?;
    }
    if let Some((before, now)) = different_arches(earlier.arches(package), new.arches(package)) {
        return Err(Reason::Arches { before, now });
    }
    let has_packages = matches!(old.standing, Standing::Built | Standing::TakenOver);
    match &old.nvr {
        Some(nvr) if has_packages => Ok(Decision::Reused {
            from: old.id,
            nvr: nvr.clone(),
            commit: now.to_owned(),
            earlier: earlier.nsvc.clone(),
        }),
        _ => Err(Reason::NoPackages { earlier: earlier.nsvc.clone() }),
    }
}

/// Everything that its build could have seen is as it was.
fn surroundings(
    new: ModuleRows<'_>,
    row: &ComponentRow,
    earlier: ModuleRows<'_>,
    old: &ComponentRow,
) -> Result<(), Reason> {
    let is_graph = order::is_graph(new.document) || order::is_graph(earlier.document);
    let (before, now) = (old.batch.unwrap_or_default(), row.batch.unwrap_or_default());
    if !is_graph && before != now {
        return Err(Reason::Batch { before, now });
    }
    let (before, now) = (&earlier.document.buildopts.rpm_macros, &new.document.buildopts.rpm_macros);
    if before != now {
        return Err(Reason::Macros { before: before.clone(), now: now.clone() });
    }
    let change = if is_graph {
        changed_need(&earlier.needs(old), &new.needs(row))
    } else {
        changed_batch(earlier, new, row.batch.unwrap_or_default())
    };
    let built_after = |(component, change)| Reason::BuiltAfterChange { component, change };
    change.map(built_after).map_or(Ok(()), Err)
}

/// The first component of an earlier batch that is not what it was.
fn changed_batch(earlier: ModuleRows<'_>, new: ModuleRows<'_>, batch: i32) -> Option<(String, Change)> {
    let (before, now) = (earlier.batches_before(batch), new.batches_before(batch));
    let place = before.keys().chain(now.keys()).filter(|place| before.get(place) != now.get(place)).min()?;
    let package = place.1;
    let batch_of = |rows: ModuleRows<'_>| rows.row(package).and_then(|row| row.batch);
    let moved = match (batch_of(earlier), batch_of(new)) {
        (Some(before), Some(now)) if before != now => Some(Change::Moved { before, now }),
        _ => None,
    };
    let change = moved.or_else(|| change(before.get(place), now.get(place)))?;
    Some((package.to_owned(), change))
}

/// The first component that it needs and that is not what it was.
fn changed_need(
    before: &BTreeMap<&str, Fingerprint<'_>>,
    now: &BTreeMap<&str, Fingerprint<'_>>,
) -> Option<(String, Change)> {
    let names: BTreeSet<&str> = before.keys().chain(now.keys()).copied().collect();
    names.into_iter().find_map(|name| Some((name.to_owned(), change(before.get(name), now.get(name))?)))
}

fn change(before: Option<&Fingerprint<'_>>, now: Option<&Fingerprint<'_>>) -> Option<Change> {
    let text = |commit: Option<&str>| commit.unwrap_or("none").to_owned();
    match (before, now) {
        (None, None) => None,
        (None, Some(_)) => Some(Change::Added),
        (Some(_), None) => Some(Change::Removed),
        (Some(before), Some(now)) if before.0 != now.0 => {
            Some(Change::Commit { before: text(before.0), now: text(now.0) })
        }
        (Some(before), Some(now)) => {
            different_arches(before.1, now.1).map(|(before, now)| Change::Arches { before, now })
        }
    }
}

/// Both, if they differ. A component that a document does not name is built for all.
fn different_arches(
    before: Option<&BTreeSet<String>>,
    now: Option<&BTreeSet<String>>,
) -> Option<(BTreeSet<String>, BTreeSet<String>)> {
    let (before, now) = (before.cloned().unwrap_or_default(), now.cloned().unwrap_or_default());
    (before != now).then_some((before, now))
}
