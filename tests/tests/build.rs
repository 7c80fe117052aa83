//! A module from submission to a repository of RPMs.

use tests::dnf::{Dnf, info_of};
use tests::fixtures::Part;
use tests::{Component, Module, Service, Shared, checks};

static SHARED: Shared = Shared::new();

/// Three batches: `alpha`; `beta` and `gamma`, which see it but not each other; `delta` and a helper.
fn layered(service: &Service, name: &str) -> Module {
    let git = &service.git;
    let alpha = Component::new("alpha").info("%{the_word}").subpackage("devel");
    let beta = Component::new("beta")
        .tag("BuildRequires: alpha-devel")
        .tag("Requires: alpha")
        .build("test -f /usr/share/alpha/devel")
        .info("beta saw: %(cat /usr/share/alpha/info)");
    // Long enough that beta is complete when it looks.
    let gamma = Component::new("gamma").sleeps(2).build("test -f /usr/share/alpha/info; test ! -e /usr/share/beta");
    let helper = Component::new("helper").build("test -f /usr/share/beta/info -a -f /usr/share/gamma/info");
    let delta = Component::new("delta").tag("Requires: beta");
    Module::new(name)
        .macros("%the_word something")
        .filter("alpha-devel")
        .profile("default", &["delta"])
        .part(Part::new("alpha", &git.component(&alpha)))
        .part(Part::new("beta", &git.component(&beta)).buildorder(10))
        .part(Part::new("gamma", &git.component(&gamma)).buildorder(10))
        .part(Part::new("helper", &git.component(&helper)).buildorder(20).buildonly())
        .part(Part::new("delta", &git.component(&delta)).buildorder(20))
}

#[tokio::test(flavor = "multi_thread")]
async fn three_batches_become_a_repository() {
    let service = SHARED.get(|service| service.platform("f29")).await;
    let module = layered(&service, "layered");
    let id = service.rest().submit_scm(&service.git.module(&module), "1").await.id();
    let build = service.rest().ready(id).await;
    let rows = service.rows().await;
    checks::went_straight(&rows, id).await;

    for (package, batch) in [("module-build-macros", 1), ("alpha", 2), ("beta", 3), ("gamma", 3), ("delta", 4)] {
        let row = rows.component(id, package).await;
        assert_eq!(row.batch, Some(batch), "{package}");
        let nvr = row.nvr.unwrap();
        assert!(nvr.starts_with(&format!("{package}-")) && nvr.contains(".module_f28+"), "{nvr}");
    }
    let tag = build["koji_tag"].as_str().unwrap();
    let log = service.component_log(tag, "alpha");
    assert!(log.contains("alpha"), "the log of alpha is kept:\n{log}");

    let dnf = Dnf::new(&service.repository(tag));
    let listed = dnf.must(&["module", "list"]);
    let line = listed.lines().find(|line| line.starts_with("layered")).unwrap_or_else(|| panic!("{listed}"));
    assert!(line.contains(" 1 ") && line.contains("default"), "{line}");
    dnf.must(&["module", "enable", "layered:1"]);
    let files = dnf.download("delta");
    let names: Vec<_> = files.iter().map(|file| file.split("-1.0-").next().unwrap()).collect();
    assert_eq!(names, ["alpha", "beta", "delta"], "{files:?}");
    for absent in ["alpha-devel", "helper", "module-build-macros"] {
        let (found, text) = dnf.run(&["repoquery", "--quiet", "--all", absent]);
        assert!(found && text.trim().is_empty(), "{absent} is not published: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn macros_of_the_module_are_expanded_in_its_packages() {
    let service = SHARED.get(|service| service.platform("f29")).await;
    let echo = Component::new("echo").info("The word is %{the_word}, for %{_module_name}.");
    let module = Module::new("worded").macros("%the_word hello").part(Part::new("echo", &service.git.component(&echo)));
    let id = service.rest().submit_document(&module.yaml()).await.id();
    let build = service.rest().ready(id).await;
    let folder = service.repository(build["koji_tag"].as_str().unwrap());
    let rpm = find_rpm(&folder, "echo-1.0-").unwrap_or_else(|| panic!("no echo in {}", folder.display()));
    assert_eq!(info_of(&rpm), "The word is hello, for worded.\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_platforms_are_two_builds() {
    let service = SHARED.get(|service| service.platform("f29")).await;
    let module = Module::new("twofold")
        .platforms(&["f28", "f29"])
        .part(Part::new("single", &service.git.component(&Component::new("single"))));
    let answer = service.rest().submit_document(&module.yaml()).await;
    let ids = answer.ids();
    assert_eq!(ids.len(), 2, "{}", answer.text);
    let mut contexts = Vec::new();
    for id in ids {
        let build = service.rest().ready(id).await;
        contexts.push(build["context"].as_str().unwrap().to_owned());
        let platform = &build["buildrequires"]["platform"]["stream"];
        assert!(build["version"].as_str().unwrap().starts_with(&platform.as_str().unwrap()[1..]), "{build}");
        checks::went_straight(&service.rows().await, id).await;
    }
    assert_ne!(contexts[0], contexts[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_fails_fails_the_module_with_its_first_real_error() {
    let service = SHARED.get(|service| service.platform("f29")).await;
    let good = Component::new("good");
    let broken = Component::new("broken")
        .build("echo compiling")
        .build("echo 'main.c:3:1: error: unknown type name number' >&2")
        .build("exit 2");
    let module = Module::new("unlucky")
        .part(Part::new("good", &service.git.component(&good)))
        .part(Part::new("broken", &service.git.component(&broken)).buildorder(1));
    let id = service.rest().submit_document(&module.yaml()).await.id();
    let reason = service.rest().failed(id).await;
    for part in ["broken", "%build", "main.c:3:1: error: unknown type name number"] {
        assert!(reason.contains(part), "{part:?} is missing in: {reason}");
    }
    checks::all_told(&service.rows().await, id).await;
}

/// A repository keeps its packages in folders by first letter, or beside each other.
fn find_rpm(folder: &std::path::Path, beginning: &str) -> Option<std::path::PathBuf> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().display().to_string();
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if name.starts_with(beginning) && name.ends_with(".noarch.rpm") {
                return Some(entry.path());
            }
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_required_module_filters_stays_out() {
    let service = SHARED.get(|service| service.platform("f29")).await;
    let rest = service.rest();
    let library = Component::new("sieve").subpackage("hidden");
    let filtering =
        Module::new("filtering").filter("sieve-hidden").part(Part::new("sieve", &service.git.component(&library)));
    // From git: the service builds against nothing whose commit it does not know.
    let id = rest.submit_scm(&service.git.module(&filtering), "1").await.id();
    let stream = rest.ready(id).await["stream"].as_str().unwrap().to_owned();

    let user = Component::new("filtering-user").build("! rpm -q sieve-hidden && rpm -q sieve");
    let module = Module::new("filtering-user").part(Part::new("filtering-user", &service.git.component(&user)));
    let requires = format!("  - buildrequires:\n      filtering: [\"{stream}\"]\n");
    let yaml = module.yaml().replace("  - buildrequires:\n", &requires);
    let build = rest.ready(rest.submit_document(&yaml).await.id()).await;
    let filtered = build["buildrequires"]["filtering"]["filtered_rpms"].to_string();
    assert!(filtered.contains("sieve-hidden-1.0-1.module_"), "{filtered}");
}
