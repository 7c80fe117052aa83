//! What is different between two module builds. Pure: the caller brings the documents and what the database knows.
//!
//! ```text
//! components  added, removed, changed (ref, NVR, repository, batch, …)
//! rpms        added, removed; unknown where one of the builds has none published
//! lists       filters, API, licences, architectures: added, removed
//! modules     buildrequires, requires: added, removed, changed
//! macros      lines added, removed
//! ```

use std::collections::{BTreeMap, BTreeSet};

use crate::ModuleStream;
use crate::stream::{Dependencies, RpmComponent};

/// What is known of a component beyond the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// Commit that it is built from.
    pub reference: Option<String>,
    /// Name, version and release, once built.
    pub nvr: Option<String>,
}

/// One of the two builds.
#[derive(Clone, Debug)]
pub struct Side<'a> {
    /// Its document.
    pub document: &'a ModuleStream,
    /// Components by the name of their package.
    pub built: BTreeMap<String, Built>,
    /// `stream:version:context` of the modules that it was built against, by name.
    pub buildrequires: BTreeMap<String, String>,
    /// NEVRAs that it published; none where that is not known.
    pub rpms: Option<BTreeSet<String>>,
}

/// A list that is different.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Only in the second.
    pub added: Vec<String>,
    /// Only in the first.
    pub removed: Vec<String>,
}

/// A value before and after.
pub type Pair = (Option<String>, Option<String>);

/// Named things that are different.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Only in the second, with what they are.
    pub added: BTreeMap<String, Fields>,
    /// Only in the first.
    pub removed: BTreeMap<String, Fields>,
    /// In both, with what is different.
    pub changed: BTreeMap<String, BTreeMap<&'static str, Pair>>,
}

/// Values by name; those that are not known are left out.
pub type Fields = BTreeMap<&'static str, String>;

/// What is different.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Components, by name.
    pub components: Named,
    /// Published packages; none where one of the builds has none.
    pub rpms: Option<Listed>,
    /// Other lists, by what they are.
    pub lists: BTreeMap<&'static str, Listed>,
    /// Modules that it was built against, by name.
    pub buildrequires: Named,
    /// Modules that it needs at run time, by name.
    pub requires: Named,
    /// Lines of macros.
    pub macros: Listed,
}

impl Listed {
    /// Whether both are the same.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    fn of(first: &BTreeSet<String>, second: &BTreeSet<String>) -> Self {
        let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).cloned().collect();
        Self { added: only(second, first), removed: only(first, second) }
    }
}

impl Named {
    /// Whether both are the same.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    fn of(first: &BTreeMap<String, Fields>, second: &BTreeMap<String, Fields>) -> Self {
        let only = |one: &BTreeMap<String, Fields>, other: &BTreeMap<String, Fields>| {
            let missing = one.iter().filter(|(name, _)| !other.contains_key(*name));
            missing.map(|(name, fields)| (name.clone(), fields.clone())).collect()
        };
        let both = first.iter().filter_map(|(name, fields)| Some((name, fields, second.get(name)?)));
        let changed = both.map(|(name, before, after)| (name.clone(), pairs(before, after)));
        Self {
            added: only(second, first),
            removed: only(first, second),
            changed: changed.filter(|(_, pairs)| !pairs.is_empty()).collect(),
        }
    }
}

fn pairs(before: &Fields, after: &Fields) -> BTreeMap<&'static str, Pair> {
    let names: BTreeSet<&'static str> = before.keys().chain(after.keys()).copied().collect();
    let pairs = names.into_iter().map(|name| (name, (before.get(name).cloned(), after.get(name).cloned())));
    pairs.filter(|(_, (before, after))| before != after).collect()
}

/// Compares two builds.
pub fn difference(first: &Side<'_>, second: &Side<'_>) -> Difference {
    let (before, after) = (first.document, second.document);
    let lists = [
        ("filters", &before.filter_rpms, &after.filter_rpms),
        ("api", &before.api_rpms, &after.api_rpms),
        ("module_licenses", &before.module_licenses, &after.module_licenses),
        ("content_licenses", &before.content_licenses, &after.content_licenses),
        ("arches", &before.buildopts.arches, &after.buildopts.arches),
    ];
    let requires = |document: &ModuleStream| streams(&document.dependencies, |block| &block.requires);
    Difference {
        components: Named::of(&components(first), &components(second)),
        rpms: first.rpms.as_ref().zip(second.rpms.as_ref()).map(|(first, second)| Listed::of(first, second)),
        lists: lists.map(|(name, first, second)| (name, Listed::of(first, second))).into(),
        buildrequires: Named::of(&buildrequires(first), &buildrequires(second)),
        requires: Named::of(&requires(before), &requires(after)),
        macros: Listed::of(&macros(before), &macros(after)),
    }
}

/// Components of the document, and those that the service added.
fn components(side: &Side<'_>) -> BTreeMap<String, Fields> {
    let of_document = side.document.rpm_components.iter();
    let mut all: BTreeMap<String, Fields> =
        of_document.map(|(name, component)| (name.clone(), fields(component))).collect();
    for (name, built) in &side.built {
        let fields = all.entry(name.clone()).or_default();
        let known = [("ref", &built.reference), ("nvr", &built.nvr)];
        fields.extend(known.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))));
    }
    all
}

fn fields(component: &RpmComponent) -> Fields {
    let joined = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(" ");
    let all = [
        ("ref", component.reference.clone().unwrap_or_default()),
        ("repository", component.repository.clone().unwrap_or_default()),
        ("cache", component.cache.clone().unwrap_or_default()),
        ("buildorder", if component.buildorder == 0 { String::new() } else { component.buildorder.to_string() }),
        ("buildafter", joined(&component.buildafter)),
        ("arches", joined(&component.arches)),
        ("multilib", joined(&component.multilib)),
        ("buildonly", if component.buildonly { "true".to_owned() } else { String::new() }),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn buildrequires(side: &Side<'_>) -> BTreeMap<String, Fields> {
    let resolved =
        side.buildrequires.iter().map(|(name, build)| (name.clone(), Fields::from([("build", build.clone())])));
    let mut all: BTreeMap<String, Fields> = resolved.collect();
    for (name, streams) in streams(&side.document.dependencies, |block| &block.buildrequires) {
        all.entry(name).or_default().extend(streams);
    }
    all
}

/// The streams that all blocks allow, a module. The document of a build has one block.
fn streams(
    blocks: &[Dependencies],
    of: impl Fn(&Dependencies) -> &BTreeMap<String, BTreeSet<String>>,
) -> BTreeMap<String, Fields> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, streams) in blocks.iter().flat_map(of) {
        all.entry(name.clone()).or_default().extend(streams.iter().cloned());
    }
    let shown = |streams: BTreeSet<String>| streams.into_iter().collect::<Vec<_>>().join(" ");
    all.into_iter().map(|(name, streams)| (name, Fields::from([("streams", shown(streams))]))).collect()
}

fn macros(document: &ModuleStream) -> BTreeSet<String> {
    let text = document.buildopts.rpm_macros.as_deref().unwrap_or_default();
    text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

impl Difference {
    /// Whether the builds are the same as far as is known.
    pub fn is_empty(&self) -> bool {
        self.components.is_empty()
            && self.rpms.as_ref().is_none_or(Listed::is_empty)
            && self.lists.values().all(Listed::is_empty)
            && self.buildrequires.is_empty()
            && self.requires.is_empty()
            && self.macros.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::read::read_stream;

    const FIRST: &str = "document: modulemd
version: 2
data:
  name: shell
  stream: '1'
  summary: s
  description: d
  license: {module: [MIT], content: [GPL]}
  dependencies:
  - buildrequires: {platform: [f28], gone: ['1']}
    requires: {platform: [f28]}
  filter: {rpms: [bash-doc]}
  buildopts:
    rpms:
      macros: |
        %one 1
        %two 2
  components:
    rpms:
      bash: {rationale: r, ref: main}
      old: {rationale: r, ref: main}
      same: {rationale: r, ref: main, buildorder: 3}
";

    fn side(document: &ModuleStream) -> Side<'_> {
        let built = |commit: &str, nvr: &str| Built { reference: Some(commit.to_owned()), nvr: Some(nvr.to_owned()) };
        Side {
            document,
            built: BTreeMap::from([("bash".to_owned(), built("c0ffee", "bash-5-1"))]),
            buildrequires: BTreeMap::from([("platform".to_owned(), "f28:3:00000000".to_owned())]),
            rpms: Some(BTreeSet::from(["bash-0:5-1.x86_64".to_owned()])),
        }
    }

    #[test]
    fn a_build_is_the_same_as_itself() {
        let document = read_stream(FIRST, &Limits::default()).unwrap();
        assert!(difference(&side(&document), &side(&document)).is_empty());
    }

    #[test]
    fn every_change_is_told() {
        let first = read_stream(FIRST, &Limits::default()).unwrap();
        let text = FIRST
            .replace("      old: {", "      new: {")
            .replace("buildorder: 3", "buildorder: 4")
            .replace("%two 2", "%three 3")
            .replace("bash-doc", "bash-devel")
            .replace("content: [GPL]", "content: [GPL, Zlib]")
            .replace(", gone: ['1']", "")
            .replace("  requires: {platform: [f28]}", "  requires: {platform: [f29]}");
        let second = read_stream(&text, &Limits::default()).unwrap();
        let (before, mut after) = (side(&first), side(&second));
        after.built.get_mut("bash").unwrap().nvr = Some("bash-5-2".to_owned());
        after.buildrequires.insert("platform".to_owned(), "f28:4:00000000".to_owned());
        after.rpms = Some(BTreeSet::from(["bash-0:5-2.x86_64".to_owned()]));
        let difference = difference(&before, &after);
        let pair = |before: &str, after: &str| (Some(before.to_owned()), Some(after.to_owned()));
        let components = &difference.components;
        assert_eq!(components.added.keys().collect::<Vec<_>>(), ["new"]);
        assert_eq!(components.removed["old"], Fields::from([("ref", "main".to_owned())]));
        assert_eq!(components.changed["bash"], BTreeMap::from([("nvr", pair("bash-5-1", "bash-5-2"))]));
        assert_eq!(components.changed["same"], BTreeMap::from([("buildorder", pair("3", "4"))]));
        let listed =
            |added: &str, removed: &str| Listed { added: vec![added.to_owned()], removed: vec![removed.to_owned()] };
        assert_eq!(difference.rpms, Some(listed("bash-0:5-2.x86_64", "bash-0:5-1.x86_64")));
        assert_eq!(difference.macros, listed("%three 3", "%two 2"));
        assert_eq!(difference.lists["filters"], listed("bash-devel", "bash-doc"));
        assert_eq!(difference.lists["content_licenses"].added, ["Zlib"]);
        assert!(difference.lists["module_licenses"].is_empty());
        let (build, platform) = (&difference.buildrequires, "platform");
        assert_eq!(build.changed[platform], BTreeMap::from([("build", pair("f28:3:00000000", "f28:4:00000000"))]));
        assert_eq!(build.removed.keys().collect::<Vec<_>>(), ["gone"]);
        assert_eq!(difference.requires.changed[platform], BTreeMap::from([("streams", pair("f28", "f29"))]));
        after.rpms = None;
        assert_eq!(super::difference(&before, &after).rpms, None);
    }
}
