//! Which components are taken over from an earlier build (`reuse.jsonl`).
//!
//! Every recorded decision is compared: the build that components come from, each component with the reason why it is not taken
//! over, the list for a batch, and the attempt to take over everything at once. Where the Python service failed by accident, or
//! took over what had no packages, [`Mended`] says what is right instead.

use std::collections::{BTreeMap, BTreeSet};

use modulemd::expansion::Index;
use modulemd::read::read_stream;
use modulemd::reuse::{
    Candidate, ComponentRow, Decision, EarlierBuildError, ModuleRows, NoEarlierBuild, REUSED, Reason, Standing,
    Strategy, all_at_once, component, decide, earlier_build, same_buildrequires,
};
use modulemd::{Limits, ModuleStream, Nsvc};
use serde_json::{Value, json};

use crate::config::{self, Config};
use crate::recorded;
use crate::world::World;

/// A recorded build.
struct Build {
    nsvc: Nsvc,
    document: ModuleStream,
    rows: Vec<ComponentRow>,
    strategy: Strategy,
}

impl Build {
    fn new(recorded: &Value, first_id: i32) -> Self {
        let field = |key: &str| text(&recorded[key]).expect("a text");
        let rows = recorded["components"].as_array().expect("a list").iter().zip(first_id..);
        Self {
            nsvc: Nsvc::new(field("name"), field("stream"), field("version"), field("context")),
            document: read_stream(&field("modulemd"), &Limits::default()).expect("readable"),
            rows: rows.map(|(row, id)| row_of(row, id)).collect(),
            strategy: Strategy::from_name(&field("rebuild_strategy")).expect("a strategy"),
        }
    }

    fn view(&self) -> ModuleRows<'_> {
        ModuleRows { nsvc: &self.nsvc, document: &self.document, components: &self.rows }
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn row_of(row: &Value, id: i32) -> ComponentRow {
    ComponentRow {
        id,
        package: text(&row["package"]).expect("a text"),
        commit: text(&row["ref"]),
        batch: row["batch"].as_i64().map(|batch| i32::try_from(batch).expect("small")),
        nvr: text(&row["nvr"]),
        standing: match row["state"].as_str() {
            None => Standing::Waiting,
            Some("COMPLETE") => Standing::Built,
            Some(_) => Standing::Without,
        },
    }
}

/// One case with what we make of it.
struct Case<'a> {
    recorded: &'a Value,
    new: Build,
    earlier: Result<Build, NoEarlierBuild>,
}

fn world(case: &Value, config: &Config) -> World {
    let platforms = case["platforms"].as_array().expect("a list").iter();
    World::new(&platforms.map(|yaml| json!({"yaml": yaml, "state": "ready"})).collect(), config)
}

/// What a database would answer: builds of the name and stream that are ready and came from git.
fn candidates(case: &Value) -> Vec<Candidate> {
    let new = &case["new"];
    let of_module = |build: &&Value| {
        build["name"] == new["name"]
            && build["stream"] == new["stream"]
            && build["state"] == "ready"
            && !build["scmurl"].is_null()
    };
    let number = |time: &Value| {
        let digits: String = time.as_str()?.chars().filter(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    let builds = case["previous"].as_array().expect("a list").iter().enumerate();
    builds
        .filter(|(_, build)| of_module(build))
        .map(|(place, build)| Candidate {
            id: i32::try_from(place).expect("few"),
            nsvc: Build::new(build, 0).nsvc,
            build_context: text(&build["build_context"]).expect("a text"),
            strategy: text(&build["rebuild_strategy"]).expect("a text"),
            completed: number(&build["time_completed"]),
        })
        .collect()
}

fn find_earlier(case: &Value, new: &Build) -> Result<Build, NoEarlierBuild> {
    let previous = case["previous"].as_array().expect("a list");
    let build = |place: usize| Build::new(&previous[place], i32::try_from(1000 * (place + 1)).expect("few"));
    if let Some(asked_for) = case["new"]["reused_module"].as_str() {
        let place = (0..previous.len()).find(|place| build(*place).nsvc.to_string() == asked_for);
        return Ok(build(place.expect("a previous build")));
    }
    let config = config::settings(&case["config"]);
    let world = world(case, &config);
    let mut index = Index::default();
    let contexts = loop {
        match same_buildrequires(&new.document, &index, &config.submission.expansion) {
            Ok(contexts) => break contexts,
            Err(EarlierBuildError::Missing(wanted)) => world.look_up(&mut index, wanted),
            Err(EarlierBuildError::None(none)) => return Err(none),
        }
    };
    let candidates = candidates(case);
    let found = earlier_build(&new.nsvc, new.strategy, &contexts, &candidates)?;
    Ok(build(usize::try_from(found.id).expect("a place")))
}

/// Outcomes of the Python service that are not to be matched.
#[derive(Default)]
struct Mended(BTreeMap<&'static str, usize>);

impl Mended {
    fn note(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    /// Whether `exception` was an accident that has another outcome here; anything else is a difference.
    fn accident(&mut self, exception: &Value, case: &Case<'_>) -> bool {
        let earlier = case.earlier.as_ref();
        let unnamed = |build: &Build| {
            build
                .rows
                .iter()
                .any(|row| row.commit.is_some() && !build.document.rpm_components.contains_key(&row.package))
        };
        match (exception["exception"].as_str(), earlier) {
            // A component of an included module is not in the document.
            (Some("AttributeError"), Ok(earlier)) if unnamed(earlier) || unnamed(&case.new) => {
                self.note("AttributeError");
            }
            // It goes on and takes over nothing, for the same reason.
            (Some("StreamNotXyz"), Err(none)) if exception["message"] == none.to_string() => self.note("StreamNotXyz"),
            // It takes over what never was built.
            (Some("TypeError"), Ok(earlier)) if earlier.rows.iter().any(|row| row.nvr.is_none()) => {
                self.note("TypeError");
            }
            _ => return false,
        }
        true
    }
}

/// The reason that the Python service gives, as far as it does not quote names.
fn python_reason(reason: &Reason) -> &'static str {
    match reason {
        Reason::Strategy => "because the module rebuild strategy is \"all\"",
        Reason::NoEarlierBuild(_) => "because no previous build of module",
        Reason::NoCommit => "because it can't be found in the database",
        Reason::NewComponent { .. } => "because a previous build of it can't be found in the database",
        Reason::Commit { .. } => "because the commit hash changed since the last build",
        Reason::Batch { .. } => "because it is being built in a different batch than",
        Reason::Macros { .. } => "because the modulemd's macros are different",
        Reason::BuiltAfterChange { .. } => {
            "because a component in a previous batch has been added, removed, or rebuilt"
        }
        Reason::Arches { .. } => "because its architectures have changed",
        Reason::NoPackages { .. } | Reason::BuiltAfterRebuilt { .. } => "(never)",
    }
}

fn decision(case: &Case<'_>, package: &str) -> Decision {
    match &case.earlier {
        _ if case.new.strategy == Strategy::All => Decision::Rebuilt(Reason::Strategy),
        Ok(earlier) => component(case.new.view(), package, earlier.view(), case.new.strategy),
        Err(none) => Decision::Rebuilt(Reason::NoEarlierBuild(none.clone())),
    }
}

/// Compares the decision for one component; `Err` says how it differs.
fn compare_component(case: &Case<'_>, package: &str, recorded: &Value, mended: &mut Mended) -> Result<(), String> {
    let decision = decision(case, package);
    let differs = || format!("{package}: recorded {recorded}, found {decision:?}");
    if recorded.get("exception").is_some() {
        return if mended.accident(recorded, case) { Ok(()) } else { Err(differs()) };
    }
    let earlier = case.earlier.as_ref().ok();
    let old = earlier.and_then(|earlier| Some((earlier, earlier.rows.iter().find(|row| row.package == package)?)));
    let fits = match (&decision, old) {
        (Decision::Reused { from, nvr, .. }, Some((earlier, old))) => {
            recorded["module"] == earlier.nsvc.to_string()
                && recorded["package"] == package
                && recorded["nvr"] == nvr.as_str()
                && old.id == *from
        }
        (Decision::Rebuilt(Reason::NoPackages { .. }), Some((_, old))) => {
            mended.note("taken over without packages");
            recorded["package"] == package && (old.standing == Standing::Without || old.nvr.is_none())
        }
        (Decision::Rebuilt(reason), _) => {
            let given = recorded["reason"].as_array().map_or(&[][..], Vec::as_slice);
            let same = |given: &Value| given.as_str().is_some_and(|given| given.contains(python_reason(reason)));
            recorded["module"].is_null() && given.len() == 1 && given.iter().all(same)
        }
        (Decision::Reused { .. }, None) => false,
    };
    if fits { Ok(()) } else { Err(differs()) }
}

fn lacks_packages(case: &Case<'_>) -> bool {
    let earlier = case.earlier.as_ref().ok();
    earlier.is_some_and(|earlier| earlier.rows.iter().any(|row| row.standing == Standing::Without || row.nvr.is_none()))
}

fn compare_list(case: &Case<'_>, recorded: &Value, mended: &mut Mended) -> Result<(), String> {
    if recorded.get("exception").is_some() {
        return if mended.accident(recorded, case) { Ok(()) } else { Err(format!("list: recorded {recorded}")) };
    }
    let names = case.new.rows.iter().map(|row| row.package.as_str()).chain(["not-a-component"]);
    let recorded = recorded.as_array().expect("a list");
    for (name, recorded) in names.zip(recorded) {
        let decision = decision(case, name);
        let no_packages = matches!(decision, Decision::Rebuilt(Reason::NoPackages { .. }));
        let taken = decision.is_reused() || no_packages;
        if recorded != &(if taken { json!(name) } else { Value::Null }) {
            return Err(format!("list: {name}: recorded {recorded}, found {decision:?}"));
        }
    }
    if recorded.len() == case.new.rows.len() + 1 { Ok(()) } else { Err("list: of another length".to_owned()) }
}

/// What is written when everything is taken over, in the form of the record.
fn all_taken_over(case: &Case<'_>, decisions: &BTreeMap<i32, Decision>) -> Value {
    let earlier = case.earlier.as_ref().expect("an earlier build");
    let source = &case.recorded["previous"];
    let of_earlier = |nsvc: &Nsvc| {
        let builds = source.as_array().expect("a list").iter();
        builds.into_iter().find(|build| Build::new(build, 0).nsvc == *nsvc).expect("it")
    };
    let old_rows = of_earlier(&earlier.nsvc)["components"].as_array().expect("a list");
    let own_rows = case.recorded["new"]["components"].as_array().expect("a list");
    let mut nvrs = BTreeSet::new();
    let row_of =
        |rows: &[Value], package: &str| rows.iter().find(|row| row["package"] == package).expect("a row").clone();
    let component = |row: &ComponentRow| {
        let Some(Decision::Reused { nvr, .. }) = decisions.get(&row.id) else {
            let own = row_of(own_rows, &row.package);
            return json!({"package": row.package, "state": null, "nvr": null, "task_id": own["task_id"],
                          "state_reason": null, "reused": null});
        };
        nvrs.insert(nvr.clone());
        let old = row_of(old_rows, &row.package);
        json!({"package": row.package, "state": "COMPLETE", "nvr": nvr, "task_id": old["task_id"],
               "state_reason": REUSED, "reused": {"module": earlier.nsvc.to_string(), "package": row.package}})
    };
    let mut components: Vec<Value> = case.new.rows.iter().map(component).collect();
    components.sort_by_key(|component| component["package"].to_string());
    let last = case.new.rows.iter().filter(|row| decisions.get(&row.id).is_some_and(Decision::is_reused));
    let batch = last.filter_map(|row| row.batch.map(i64::from)).chain(case.recorded["new"]["batch"].as_i64()).max();
    json!({"returned": true, "module_batch": batch, "reused_module": earlier.nsvc.to_string(), "components": components,
           "builder_calls": [["buildroot_add_artifacts", nvrs, {"install": false}],
                             ["tag_artifacts", nvrs, {"dest_tag": true}]]})
}

fn compare_all(case: &Case<'_>, recorded: &Value, mended: &mut Mended) -> Result<(), String> {
    let decisions = decide(case.new.view(), case.earlier.as_ref().map(Build::view), case.new.strategy);
    let found = all_at_once(case.new.view(), &decisions);
    let returned = &recorded["returned"];
    if returned.get("exception").is_some() {
        return if mended.accident(returned, case) { Ok(()) } else { Err(format!("all: recorded {returned}")) };
    }
    if !found && *returned == json!(true) && lacks_packages(case) {
        mended.note("all taken over without packages");
        return Ok(());
    }
    let expected =
        if found { all_taken_over(case, &decisions.into_iter().collect()) } else { json!({"returned": false}) };
    if expected == *recorded { Ok(()) } else { Err(format!("all: recorded {recorded}\n    found {expected}")) }
}

fn compare_source(case: &Case<'_>, recorded: &Value, mended: &mut Mended) -> Result<(), String> {
    let found = case.earlier.as_ref().map(|earlier| earlier.nsvc.to_string());
    let fits = match &found {
        _ if recorded.get("exception").is_some() => mended.accident(recorded, case),
        Ok(found) => recorded == found.as_str(),
        Err(_) => recorded.is_null(),
    };
    if fits { Ok(()) } else { Err(format!("earlier build: recorded {recorded}, found {found:?}")) }
}

fn differences(recorded: &Value, mended: &mut Mended) -> Vec<String> {
    let new = Build::new(&recorded["new"], 1);
    let case = Case { recorded, earlier: find_earlier(recorded, &new), new };
    let expected = &recorded["expected"];
    let mut outcomes = vec![compare_source(&case, &expected["reusable_module"], mended)];
    let components = expected["components"].as_object().expect("a map");
    assert_eq!(components.len(), case.new.rows.len(), "{}: a decision for every component", recorded["id"]);
    outcomes.extend(components.iter().map(|(name, decision)| compare_component(&case, name, decision, mended)));
    outcomes.push(compare_list(&case, &expected["get_reusable_components"], mended));
    outcomes.push(compare_all(&case, &expected["attempt_to_reuse_all"], mended));
    outcomes.into_iter().filter_map(Result::err).collect()
}

#[test]
fn recorded_reuse() {
    let Some(text) = recorded::file("reuse.jsonl") else { return };
    let (mut wrong, mut mended, mut count) = (Vec::new(), Mended::default(), 0);
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("JSON");
        let differences = differences(&case, &mut mended);
        count += 1;
        wrong.extend(differences.into_iter().map(|why| format!("{}: {why}", case["id"])));
    }
    println!("reuse: {count} cases; different and right: {:?}", mended.0);
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
