//! `buildafter`: which components a component needs in its buildroot.
//!
//! `read` refuses documents that have a cycle, that name a component that there is not, or that use `buildorder` as well.

use std::collections::{BTreeMap, BTreeSet};

use crate::ModuleStream;
use crate::stream::RpmComponent;

/// Whether the components of the document are ordered by `buildafter`.
pub fn is_graph(document: &ModuleStream) -> bool {
    document.rpm_components.values().any(|component| !component.buildafter.is_empty())
}

/// How far down in the graph each component is: 0 for those that need nothing, otherwise one more than the deepest that it needs.
/// `Err` is a circle of components that need each other, the first one again at its end.
pub fn depths(components: &BTreeMap<String, RpmComponent>) -> Result<BTreeMap<&str, i32>, Vec<&str>> {
    let mut followers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    // How many needs of each are not settled yet.
    let mut waiting: BTreeMap<&str, usize> = BTreeMap::new();
    for component in components.values() {
        waiting.insert(&component.name, component.buildafter.len());
        for need in &component.buildafter {
            followers.entry(need).or_default().push(&component.name);
        }
    }
    let mut depths = BTreeMap::new();
    let mut depth = 0;
    let mut ready: Vec<&str> = waiting.iter().filter(|(_, needs)| **needs == 0).map(|(name, _)| *name).collect();
    while !ready.is_empty() {
        let mut next = Vec::new();
        for name in ready {
            waiting.remove(name);
            depths.insert(name, depth);
            for follower in followers.get(name).into_iter().flatten() {
                let Some(needs) = waiting.get_mut(follower) else { continue };
                *needs -= 1;
                if *needs == 0 {
                    next.push(*follower);
                }
            }
        }
        ready = next;
        depth += 1;
    }
    let stuck: BTreeSet<&str> = waiting.into_keys().collect();
    match stuck.first() {
        None => Ok(depths),
        Some(first) => Err(circle(components, &stuck, first)),
    }
}

/// From one component that waits to the next, until one comes again.
fn circle<'a>(
    components: &'a BTreeMap<String, RpmComponent>,
    stuck: &BTreeSet<&'a str>,
    first: &'a str,
) -> Vec<&'a str> {
    let next = |name: &str| components.get(name)?.buildafter.iter().find_map(|need| stuck.get(need.as_str()).copied());
    let mut way = vec![first];
    while let Some(name) = way.last().and_then(|last| next(last)) {
        if let Some(start) = way.iter().position(|passed| *passed == name) {
            way.drain(..start);
            way.push(name);
            return way;
        }
        way.push(name);
    }
    way
}

/// Everything that `buildafter` of a component leads to, over any number of steps.
pub fn all_needs<'a>(document: &'a ModuleStream, component: &str) -> BTreeSet<&'a str> {
    let direct = |name: &str| document.rpm_components.get(name).into_iter().flat_map(|one| &one.buildafter);
    let mut found = BTreeSet::new();
    let mut waiting: Vec<&str> = direct(component).map(String::as_str).collect();
    while let Some(name) = waiting.pop() {
        if found.insert(name) {
            waiting.extend(direct(name).map(String::as_str));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn components(of: &[(&str, &[&str])]) -> BTreeMap<String, RpmComponent> {
        let component = |(name, needs): &(&str, &[&str])| {
            let buildafter = needs.iter().map(ToString::to_string).collect();
            ((*name).to_owned(), RpmComponent { name: (*name).to_owned(), buildafter, ..Default::default() })
        };
        of.iter().map(component).collect()
    }

    #[test]
    fn the_longest_way_is_the_depth() {
        let components = components(&[("a", &[]), ("b", &["a"]), ("c", &["a", "b"]), ("z", &[]), ("d", &["z", "c"])]);
        let expected = [("a", 0), ("b", 1), ("c", 2), ("d", 3), ("z", 0)];
        assert_eq!(depths(&components).unwrap().into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_circle_is_found_behind_what_waits_for_it() {
        let components = components(&[("a", &["b"]), ("b", &["c"]), ("c", &["d", "x"]), ("d", &["b"]), ("x", &[])]);
        assert_eq!(depths(&components).unwrap_err(), ["b", "c", "d", "b"]);
        let itself = self::components(&[("a", &["a"])]);
        assert_eq!(depths(&itself).unwrap_err(), ["a", "a"]);
    }

    #[test]
    fn needs_are_followed_over_all_steps() {
        let mut document = ModuleStream {
            rpm_components: components(&[("a", &[]), ("b", &["a"]), ("c", &["b"])]),
            ..Default::default()
        };
        assert!(is_graph(&document));
        assert_eq!(all_needs(&document, "c").into_iter().collect::<Vec<_>>(), ["a", "b"]);
        assert!(all_needs(&document, "a").is_empty() && all_needs(&document, "none").is_empty());
        document.rpm_components.retain(|name, _| name == "a");
        assert!(!is_graph(&document));
    }
}
