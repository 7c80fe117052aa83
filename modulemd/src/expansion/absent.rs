//! What is needed and not there, and what there is instead.

use std::collections::BTreeSet;

use super::candidates::Group;
use super::index::{BuildState, KnownBuild};
use super::lookup::version;
use super::pool::{Demand, Pool};
use super::{ExpandError, ExpandSettings, Lookup};
use crate::ModuleStream;

/// More streams than this are not listed.
const MOST_LISTED: usize = 20;

/// A stream without a build that could be used.
pub(super) fn no_builds(group: &Group<'_>, lookup: &Lookup<'_>, settings: &ExpandSettings) -> ExpandError {
    let required_by = group.required_by.map(|build| format!(" (required by {})", build.nsvc));
    let stream = format!("{}:{}", group.name, group.stream);
    let instead = instead(group, lookup, settings);
    ExpandError::NoBuilds { stream, why: format!("{}{instead}", required_by.unwrap_or_default()) }
}

fn instead(group: &Group<'_>, lookup: &Lookup<'_>, settings: &ExpandSettings) -> String {
    let rows = lookup.rows(&group.name);
    let of_stream: Vec<&KnownBuild> = rows.iter().filter(|row| row.nsvc.stream == group.stream).collect();
    let ready = of_stream.iter().filter(|row| row.state == BuildState::Ready);
    let bases: BTreeSet<i64> = ready.clone().flat_map(|row| row.base_modules.iter().copied()).collect();
    let newest = of_stream.iter().max_by_key(|row| (version(row), row.id));
    match newest {
        Some(_) if ready.count() > 0 => match base_streams(&bases, lookup, settings) {
            bases if bases.is_empty() => ", because its builds were not built against any base module".to_owned(),
            bases => format!(", because its builds were built against {bases}"),
        },
        Some(newest) => format!(", because its newest build, {}, is {}, not ready", newest.nsvc, newest.state.name()),
        None => match streams(&group.name, lookup) {
            streams if streams.is_empty() => String::new(),
            streams => format!("; there are builds of the streams {streams}"),
        },
    }
}

/// `name:stream` of base modules, by their ids.
fn base_streams(ids: &BTreeSet<i64>, lookup: &Lookup<'_>, settings: &ExpandSettings) -> String {
    let rows = settings.base_module_names.iter().flat_map(|name| lookup.rows(name));
    let bases = rows.filter(|row| ids.contains(&row.id));
    listed(bases.map(|row| format!("{}:{}", row.nsvc.name, row.nsvc.stream)).collect())
}

/// Streams of a module that have a ready build.
fn streams(name: &str, lookup: &Lookup<'_>) -> String {
    listed(lookup.builds(name, BuildState::Ready).map(|row| row.nsvc.stream.clone()).collect())
}

fn listed(all: BTreeSet<String>) -> String {
    let more = if all.len() > MOST_LISTED { format!(" and {} more", all.len() - MOST_LISTED) } else { String::new() };
    let first: Vec<_> = all.into_iter().take(MOST_LISTED).collect();
    format!("{}{more}", first.join(", "))
}

/// Of every block, what is not there.
pub(super) fn from_blocks(
    document: &ModuleStream,
    blocks: &[Vec<Demand>],
    pool: &Pool<'_>,
    lookup: &Lookup<'_>,
    settings: &ExpandSettings,
) -> Vec<String> {
    let mut sentences = Vec::new();
    for (block, demands) in document.dependencies.iter().zip(blocks) {
        for demand in demands.iter().filter(|demand| demand.providers.is_empty()) {
            let asked = block.buildrequires.get(&demand.requirement.name);
            let sentence = nothing_for(demand, asked.into_iter().flatten(), pool, lookup, settings);
            if !sentences.contains(&sentence) {
                sentences.push(sentence);
            }
        }
    }
    sentences
}

fn nothing_for<'d>(
    demand: &Demand,
    asked: impl Iterator<Item = &'d String>,
    pool: &Pool<'_>,
    lookup: &Lookup<'_>,
    settings: &ExpandSettings,
) -> String {
    let name = &demand.requirement.name;
    let places = &pool.modules[demand.module].places;
    if settings.base_module_names.contains(name) && places.is_empty() {
        return format!("{} is needed beside another base module, but a build has only one", demand.requirement);
    }
    let excluded: Vec<&str> = asked.filter_map(|stream| stream.strip_prefix('-')).collect();
    let instead = match streams(name, lookup) {
        streams if streams.is_empty() => "it has no build that is ready".to_owned(),
        streams => format!("builds are ready of {streams} only"),
    };
    match (demand.requirement.stream_names().is_none(), excluded.as_slice()) {
        (true, []) => format!("{name} may have any stream, but {instead}"),
        (true, excluded) => format!("{name} may have any stream except {}, but {instead}", excluded.join(", ")),
        (false, _) => format!("{} is needed, but {}", demand.requirement, pool.instead(places)),
    }
}
