//! `buildafter`: which components a component needs in its buildroot.
//!
//! A component with `buildroot` or `srpm-buildroot` is part of the buildroot of the others: each of them needs it, unless it is itself
//! needed to make such a component. In batches that follows from their order; here it has to be said.
//!
//! `read` refuses documents that have a cycle, that name a component that there is not, or that use `buildorder` as well.

use std::collections::{BTreeMap, BTreeSet};

use crate::ModuleStream;
use crate::stream::RpmComponent;

/// Whether the components of the document are ordered by `buildafter`.
pub fn is_graph(document: &ModuleStream) -> bool {
    document.rpm_components.values().any(|component| !component.buildafter.is_empty())
}

/// What each component needs.
#[derive(Debug)]
pub struct Needs<'a> {
    components: &'a BTreeMap<String, RpmComponent>,
    /// Components that are part of the buildroot of others.
    buildroot: Vec<&'a str>,
    /// Those, and all that they need: nothing of it needs them unless it says so. So no circle comes from what is not said.
    before: BTreeSet<&'a str>,
}

impl<'a> Needs<'a> {
    /// Of the components of a document.
    pub fn new(components: &'a BTreeMap<String, RpmComponent>) -> Self {
        let in_buildroot = components.values().filter(|component| component.buildroot || component.srpm_buildroot);
        let buildroot: Vec<&str> = in_buildroot.map(|component| component.name.as_str()).collect();
        let mut needs = Self { components, buildroot: Vec::new(), before: BTreeSet::new() };
        let mut before: BTreeSet<&str> = buildroot.iter().flat_map(|name| needs.all(name)).collect();
        before.extend(&buildroot);
        (needs.buildroot, needs.before) = (buildroot, before);
        needs
    }

    /// What a component needs, each once.
    pub fn of(&self, component: &str) -> BTreeSet<&'a str> {
        let named = self.components.get(component).into_iter().flat_map(|one| &one.buildafter).map(String::as_str);
        let implied = if self.before.contains(component) { &[] } else { self.buildroot.as_slice() };
        named.chain(implied.iter().copied()).collect()
    }

    /// The same over any number of steps.
    pub fn all(&self, component: &str) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::new();
        let mut waiting: Vec<&str> = self.of(component).into_iter().collect();
        while let Some(name) = waiting.pop() {
            if found.insert(name) {
                waiting.extend(self.of(name));
            }
        }
        found
    }
}

/// How far down in the graph each component is: 0 for those that need nothing, otherwise one more than the deepest that it needs.
/// `Err` is a circle of components that need each other, the first one again at its end.
pub fn depths(components: &BTreeMap<String, RpmComponent>) -> Result<BTreeMap<&str, i32>, Vec<&str>> {
    let needs = Needs::new(components);
    let mut followers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    // How many needs of each are not settled yet.
    let mut waiting: BTreeMap<&str, usize> = BTreeMap::new();
    for component in components.values() {
        let of = needs.of(&component.name);
        waiting.insert(&component.name, of.len());
        for need in of {
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
        Some(first) => Err(circle(&needs, &stuck, first)),
    }
}

/// From one component that waits to the next, until one comes again.
fn circle<'a>(needs: &Needs<'a>, stuck: &BTreeSet<&'a str>, first: &'a str) -> Vec<&'a str> {
    let next = |name: &str| needs.of(name).into_iter().find(|need| stuck.contains(need));
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
        let needs = Needs::new(&document.rpm_components);
        assert_eq!(needs.all("c").into_iter().collect::<Vec<_>>(), ["a", "b"]);
        assert!(needs.all("a").is_empty() && needs.all("none").is_empty());
        document.rpm_components.retain(|name, _| name == "a");
        assert!(!is_graph(&document));
    }

    #[test]
    fn what_is_in_the_buildroot_is_needed_by_all_but_what_it_is_made_of() {
        let mut components = components(&[
            ("gcc", &["mpc"]),
            ("mpc", &[]),
            ("macros", &["tool"]),
            ("tool", &[]),
            ("a", &[]),
            ("b", &["a"]),
        ]);
        components.get_mut("gcc").unwrap().buildroot = true;
        components.get_mut("macros").unwrap().srpm_buildroot = true;
        let needs = Needs::new(&components);
        let of = |name: &str| needs.of(name).into_iter().collect::<Vec<_>>().join(" ");
        assert_eq!(
            ["gcc", "mpc", "macros", "tool", "a", "b"].map(of),
            ["mpc", "", "tool", "", "gcc macros", "a gcc macros"]
        );
        let depths = depths(&components).unwrap();
        assert_eq!((depths["mpc"], depths["gcc"], depths["a"], depths["b"]), (0, 1, 2, 3));
        // A circle is printed as it is written.
        components.get_mut("mpc").unwrap().buildafter.insert("gcc".to_owned());
        assert_eq!(self::depths(&components).unwrap_err(), ["gcc", "mpc", "gcc"]);
    }
}
