//! Rules of reuse, one test each: what is taken over, what is built, and the rule and the two values that the reason names.
//! `tests/expansion/reuse.rs` holds the same rules to what was recorded from the Python service.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use modulemd::expansion::{BuildState, ExpandSettings, Index, KnownBuild, Wanted};
use modulemd::reuse::{
    Candidate, ComponentRow, Decision, EarlierBuildError, ModuleRows, NoEarlierBuild, Reason, SameBuildrequires,
    Standing, Strategy, all_at_once, decide, earlier_build, same_buildrequires,
};
use modulemd::stream::{Dependencies, RpmComponent};
use modulemd::yaml::Node;
use modulemd::{ModuleStream, Nsvc};

/// A build with rows; `a` and `b` in batch 2, `c` in batch 3, `d` in batch 4.
#[derive(Clone)]
struct Build {
    nsvc: Nsvc,
    document: ModuleStream,
    rows: Vec<ComponentRow>,
}

impl Build {
    fn new(version: &str, first_id: i32, standing: Standing) -> Self {
        let mut build = Self {
            nsvc: Nsvc::new("m", "1", version, "c0ffee00"),
            document: ModuleStream::default(),
            rows: Vec::new(),
        };
        for (id, (package, batch)) in
            (first_id..).zip([("module-build-macros", 1), ("a", 2), ("b", 2), ("c", 3), ("d", 4)])
        {
            let commit = (batch > 1).then(|| format!("{package}{package}"));
            let nvr = (standing != Standing::Waiting).then(|| format!("{package}-1-1"));
            let (package, batch) = (package.to_owned(), Some(batch));
            build.rows.push(ComponentRow { id, package, commit, batch, nvr, standing });
        }
        for name in ["a", "b", "c", "d"] {
            let component = RpmComponent { name: name.to_owned(), ..Default::default() };
            build.document.rpm_components.insert(name.to_owned(), component);
        }
        build
    }

    fn row(&mut self, package: &str) -> &mut ComponentRow {
        self.rows.iter_mut().find(|row| row.package == package).unwrap()
    }

    fn component(&mut self, package: &str) -> &mut RpmComponent {
        self.document.rpm_components.get_mut(package).unwrap()
    }

    /// `a ← c ← d`, `b` alone.
    fn ordered_as_graph(mut self) -> Self {
        self.component("c").buildafter.insert("a".to_owned());
        self.component("d").buildafter.insert("c".to_owned());
        self
    }

    fn view(&self) -> ModuleRows<'_> {
        ModuleRows { nsvc: &self.nsvc, document: &self.document, components: &self.rows }
    }
}

fn earlier() -> Build {
    Build::new("1", 10, Standing::Built)
}

fn new() -> Build {
    Build::new("2", 20, Standing::Waiting)
}

/// `package: rule [before → now]` of what is built, `package` of what is taken over; without `module-build-macros`.
fn outcome(new: &Build, earlier: &Build, strategy: Strategy) -> Vec<String> {
    let decisions = decide(new.view(), Ok(earlier.view()), strategy);
    let name = |id: i32| new.rows.iter().find(|row| row.id == id).unwrap().package.clone();
    let shown = decisions.iter().map(|(id, decision)| match decision {
        Decision::Reused { from, nvr, .. } => {
            let from = earlier.rows.iter().find(|row| row.id == *from).unwrap();
            assert_eq!((&from.package, from.nvr.as_ref()), (&name(*id), Some(nvr)));
            name(*id)
        }
        Decision::Rebuilt(reason) => {
            let sentence = reason.to_string();
            assert!(sentence.starts_with("Built, because ") && sentence.ends_with('.'), "{sentence}");
            let values = reason.values().map(|(before, now)| {
                assert!(sentence.contains(&before) && sentence.contains(&now), "{sentence}");
                format!(" {before} → {now}")
            });
            format!("{}: {}{}", name(*id), reason.rule(), values.unwrap_or_default())
        }
    });
    let shown: Vec<String> = shown.collect();
    assert_eq!(shown[0].split(':').next(), Some("module-build-macros"));
    shown[1..].to_vec()
}

const STRATEGIES: [Strategy; 2] = [Strategy::ChangedAndAfter, Strategy::OnlyChanged];

#[test]
fn what_did_not_change_is_taken_over_and_macros_are_not() {
    for strategy in STRATEGIES {
        assert_eq!(outcome(&new(), &earlier(), strategy), ["a", "b", "c", "d"]);
    }
    let decisions = decide(new().view(), Ok(earlier().view()), Strategy::OnlyChanged);
    assert_eq!(decisions[0], (20, Decision::Rebuilt(Reason::NoCommit)));
    assert!(all_at_once(new().view(), &decisions), "macros need not be built for it");
}

#[test]
fn strategy_all_builds_everything() {
    let outcome = outcome(&new(), &earlier(), Strategy::All);
    assert_eq!(outcome, ["a: strategy", "b: strategy", "c: strategy", "d: strategy"]);
}

#[test]
fn a_changed_commit_is_built_and_what_is_built_after_it_too() {
    let mut new = new();
    new.row("c").commit = Some("c2".to_owned());
    assert_eq!(outcome(&new, &earlier(), Strategy::OnlyChanged), ["a", "b", "c: commit cc → c2", "d"]);
    let after = outcome(&new, &earlier(), Strategy::ChangedAndAfter);
    assert_eq!(after, ["a", "b", "c: commit cc → c2", "d: built-after-change cc → c2"]);
    let decisions = decide(new.view(), Ok(earlier().view()), Strategy::OnlyChanged);
    assert!(!all_at_once(new.view(), &decisions));
}

#[test]
fn a_component_of_the_same_batch_does_not_matter() {
    let mut new = new();
    new.row("a").commit = Some("a2".to_owned());
    let outcome = outcome(&new, &earlier(), Strategy::ChangedAndAfter);
    assert_eq!(outcome[..2], ["a: commit aa → a2", "b"]);
}

#[test]
fn a_new_component_and_one_that_went_away() {
    let mut earlier = earlier();
    earlier.rows.retain(|row| row.package != "b");
    assert_eq!(outcome(&new(), &earlier, Strategy::OnlyChanged), ["a", "b: new-component", "c", "d"]);
    let with_change = |new: &Build, earlier: &Build| {
        let decisions = decide(new.view(), Ok(earlier.view()), Strategy::ChangedAndAfter);
        decisions.last().map(|(_, decision)| match decision {
            Decision::Rebuilt(reason) => reason.to_string(),
            Decision::Reused { .. } => "reused".to_owned(),
        })
    };
    let added = "Built, because it is built after b, which was added.";
    assert_eq!(with_change(&new(), &earlier).as_deref(), Some(added));
    let mut without = new();
    without.rows.retain(|row| row.package != "b");
    let removed = "Built, because it is built after b, which was removed.";
    assert_eq!(with_change(&without, &self::earlier()).as_deref(), Some(removed));
}

#[test]
fn another_batch_matters_to_changed_and_after_only() {
    let mut new = new();
    new.row("c").batch = Some(2);
    assert_eq!(outcome(&new, &earlier(), Strategy::OnlyChanged), ["a", "b", "c", "d"]);
    let after = outcome(&new, &earlier(), Strategy::ChangedAndAfter);
    assert_eq!(after, ["a", "b", "c: batch 3 → 2", "d: built-after-change 3 → 2"]);
}

#[test]
fn macros_matter_to_changed_and_after_only() {
    let mut new = new();
    new.document.buildopts.rpm_macros = Some("%x 1".to_owned());
    assert_eq!(outcome(&new, &earlier(), Strategy::OnlyChanged), ["a", "b", "c", "d"]);
    let decisions = decide(new.view(), Ok(earlier().view()), Strategy::ChangedAndAfter);
    let changed = Reason::Macros { before: None, now: Some("%x 1".to_owned()) };
    assert!(decisions[1..].iter().all(|(_, decision)| *decision == Decision::Rebuilt(changed.clone())));
    assert_eq!(changed.to_string(), "Built, because the macros of the module changed from none to \"%x 1\".");
}

#[test]
fn architectures_of_the_component_and_of_those_before_it() {
    let mut new = new();
    new.component("c").arches.insert("x86_64".to_owned());
    assert_eq!(outcome(&new, &earlier(), Strategy::OnlyChanged), ["a", "b", "c: arches all → x86_64", "d"]);
    let after = outcome(&new, &earlier(), Strategy::ChangedAndAfter);
    assert_eq!(after, ["a", "b", "c: arches all → x86_64", "d: built-after-change all → x86_64"]);
}

#[test]
fn without_packages_it_is_built_and_what_comes_after_it_too() {
    for spoil in [|row: &mut ComponentRow| row.standing = Standing::Without, |row: &mut ComponentRow| row.nvr = None] {
        let mut earlier = earlier();
        spoil(earlier.row("c"));
        assert_eq!(outcome(&new(), &earlier, Strategy::OnlyChanged), ["a", "b", "c: no-packages", "d"]);
        let after = outcome(&new(), &earlier, Strategy::ChangedAndAfter);
        assert_eq!(after, ["a", "b", "c: no-packages", "d: built-after-rebuilt"]);
    }
}

#[test]
fn what_was_taken_over_can_be_taken_over_again() {
    let mut earlier = earlier();
    earlier.row("a").standing = Standing::TakenOver;
    assert_eq!(outcome(&new(), &earlier, Strategy::ChangedAndAfter), ["a", "b", "c", "d"]);
}

#[test]
fn a_resumed_build_keeps_its_own_and_builds_what_comes_after_them() {
    let mut new = new();
    new.row("c").standing = Standing::Built;
    let decisions = decide(new.view(), Ok(earlier().view()), Strategy::ChangedAndAfter);
    let packages: Vec<_> = decisions.iter().map(|(id, decision)| (*id, decision.is_reused())).collect();
    assert_eq!(packages, [(20, false), (21, true), (22, true), (24, false)]);
    let Decision::Rebuilt(reason) = &decisions[3].1 else { panic!("d is built") };
    assert_eq!(reason.to_string(), "Built, because it is built after c, which is built again.");
    new.row("c").standing = Standing::TakenOver;
    let decisions = decide(new.view(), Ok(earlier().view()), Strategy::ChangedAndAfter);
    assert!(all_at_once(new.view(), &decisions));
    new.row("c").standing = Standing::Without;
    assert!(!all_at_once(new.view(), &decisions));
}

#[test]
fn a_component_that_the_document_does_not_name_is_like_any_other() {
    let (mut new, mut earlier) = (new(), earlier());
    new.document.rpm_components.remove("b");
    assert_eq!(outcome(&new, &earlier, Strategy::ChangedAndAfter), ["a", "b", "c", "d"]);
    earlier.row("b").commit = Some("b0".to_owned());
    assert_eq!(outcome(&new, &earlier, Strategy::ChangedAndAfter)[2], "c: built-after-change b0 → bb");
}

#[test]
fn in_a_graph_only_what_it_needs_matters() {
    let (mut new, earlier) = (new().ordered_as_graph(), earlier().ordered_as_graph());
    new.row("b").commit = Some("b2".to_owned());
    // Batches are only numbers there.
    new.row("d").batch = Some(9);
    assert_eq!(outcome(&new, &earlier, Strategy::ChangedAndAfter), ["a", "b: commit bb → b2", "c", "d"]);
    new.row("a").commit = Some("a2".to_owned());
    let outcome = outcome(&new, &earlier, Strategy::ChangedAndAfter);
    assert_eq!(outcome[2..], ["c: built-after-change aa → a2", "d: built-after-change aa → a2"]);
}

#[test]
fn a_graph_instead_of_batches_is_a_change_of_what_comes_before() {
    let outcome = outcome(&new().ordered_as_graph(), &earlier(), Strategy::ChangedAndAfter);
    assert_eq!(outcome, ["a", "b", "c: built-after-change", "d: built-after-change"]);
}

// Which build is taken.

fn candidate(id: i32, context: &str, strategy: &str, completed: Option<i64>) -> Candidate {
    let nsvc = Nsvc::new("m", "1", id.to_string(), "c0ffee00");
    Candidate { id, nsvc, build_context: context.to_owned(), strategy: strategy.to_owned(), completed }
}

fn contexts(of: &[&str]) -> Vec<SameBuildrequires> {
    let context =
        |name: &&str| SameBuildrequires { base_module: format!("platform:{name}"), build_context: (*name).to_owned() };
    of.iter().map(context).collect()
}

fn found(strategy: Strategy, contexts: &[SameBuildrequires], candidates: &[Candidate]) -> Result<i32, NoEarlierBuild> {
    earlier_build(&Nsvc::new("m", "1", "9", "c0ffee00"), strategy, contexts, candidates).map(|found| found.id)
}

#[test]
fn the_newest_base_module_goes_first_and_then_the_latest_build() {
    let builds = [
        candidate(1, "x", "all", None),
        candidate(2, "x", "all", Some(5)),
        candidate(3, "x", "all", Some(7)),
        candidate(4, "y", "all", Some(1)),
    ];
    let take = |of: &[&str]| found(Strategy::ChangedAndAfter, &contexts(of), &builds);
    assert_eq!((take(&["x", "y"]), take(&["y", "x"]), take(&["z", "x"])), (Ok(3), Ok(4), Ok(3)));
    let none = take(&["z"]).unwrap_err();
    assert_eq!(
        none.to_string(),
        "no build of m:1 that is ready and came from git was built against the same streams with platform:z"
    );
}

#[test]
fn changed_and_after_takes_nothing_from_only_changed() {
    let builds = [candidate(1, "x", "changed-and-after", Some(1)), candidate(2, "x", "only-changed", Some(2))];
    let context = contexts(&["x"]);
    assert_eq!(found(Strategy::ChangedAndAfter, &context, &builds), Ok(1));
    assert_eq!(found(Strategy::OnlyChanged, &context, &builds), Ok(2));
    let none = found(Strategy::ChangedAndAfter, &context, &builds[1..]).unwrap_err();
    assert!(matches!(none, NoEarlierBuild::OnlyMoreLiberal { .. }), "{none}");
    assert!(none.to_string().contains("m:1:2:c0ffee00, was built with \"only-changed\""), "{none}");
}

fn platform(id: i64, stream: &str, stream_version: f64) -> KnownBuild {
    KnownBuild {
        id,
        nsvc: Nsvc::new("platform", stream, "1", "00000000"),
        state: BuildState::Ready,
        scratch: false,
        koji_tag: None,
        stream_version: Some(stream_version),
        virtual_streams: [stream[..3].to_owned()].into(),
        base_modules: [].into(),
    }
}

/// Streams of the base modules whose builds fit, for a module that is built against this one.
fn fitting(stream: &str, only_compatible: bool) -> Vec<String> {
    let mut index = Index::default();
    let platforms = [("f29.0.0", 290_000.0), ("f29.1.0", 290_100.0), ("f29.2.0", 290_200.0), ("f28.1.0", 280_100.0)];
    let mut document = ModuleStream::default();
    let buildrequires = [("platform".to_owned(), [stream.to_owned()].into())].into();
    document.dependencies.push(Dependencies { buildrequires, ..Default::default() });
    let entry = Node::Map([("stream".to_owned(), Node::from(stream))].into());
    document.mbs_mut().insert("buildrequires".to_owned(), Node::Map([("platform".to_owned(), entry)].into()));
    let settings = ExpandSettings { only_compatible_base_modules: only_compatible, ..Default::default() };
    loop {
        match same_buildrequires(&document, &index, &settings) {
            Ok(found) => return found.into_iter().map(|one| one.base_module).collect(),
            Err(EarlierBuildError::None(none)) => return vec![none.to_string()],
            Err(EarlierBuildError::Missing(wanted)) => {
                for one in wanted {
                    match one {
                        Wanted::Builds(name) => {
                            let builds =
                                (1..).zip(platforms).map(|(id, (stream, number))| platform(id, stream, number));
                            index.add_builds(name, builds.collect());
                        }
                        Wanted::Document(id) => {
                            let mut document = ModuleStream::default();
                            let stream = platforms[usize::try_from(id).unwrap() - 1].0;
                            let streams = Node::List(vec![Node::from(&stream[..3])]);
                            document.mbs_mut().insert("virtual_streams".to_owned(), streams);
                            index.add_document(id, Some(document));
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn builds_for_compatible_base_modules_fit() {
    assert_eq!(fitting("f29.1.0", true), ["platform:f29.1.0", "platform:f29.0.0"]);
    assert_eq!(fitting("f28.1.0", true), ["platform:f28.1.0"]);
    assert_eq!(fitting("f29.1.0", false), ["platform:f29.1.0"]);
}

#[test]
fn a_base_module_that_is_gone_has_no_builds() {
    assert_eq!(fitting("f33.0.0", true), ["no base module that it is built against is ready"]);
}
