//! Modules ordered by `buildafter`, on real packages.

use entities::ComponentState;
use tests::dnf::Dnf;
use tests::fixtures::Part;
use tests::{Component, Module, Service, Shared, checks};

static SHARED: Shared = Shared::new();

/// `slow` alone, and `first ← second ← third`; `last` needs `slow` and `third`. Each looks for what it needs, and for nothing that
/// comes after it.
fn graph(service: &Service, name: &str) -> Module {
    let git = &service.git;
    let component = |layer: &str| Component::new(&format!("{name}-{layer}"));
    let slow = component("slow").sleeps(8).build(&format!("! rpm -q {name}-last"));
    let first = component("first").build(&format!("! rpm -q {name}-second"));
    let second = component("second").build(&format!("rpm -q {name}-first"));
    let third = component("third").build(&format!("rpm -q {name}-second"));
    let last = component("last").build(&format!("rpm -q {name}-slow {name}-third"));
    let part = |component: &Component, needs: &[&str]| {
        let needs: Vec<_> = needs.iter().map(|need| format!("{name}-{need}")).collect();
        Part::new(&component.name, &git.component(component)).buildafter(&needs)
    };
    Module::new(name)
        .part(part(&slow, &[]))
        .part(part(&first, &[]))
        .part(part(&second, &["first"]))
        .part(part(&third, &["second"]))
        .part(part(&last, &["slow", "third"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_starts_when_what_it_needs_is_there() {
    let service = SHARED.get(|service| service.platform("f29")).await;
    let id = service.rest().submit_document(&graph(&service, "wood").yaml()).await.id();
    let build = service.rest().ready(id).await;
    let rows = service.rows().await;
    checks::went_straight(&rows, id).await;
    let batches = [("slow", 2), ("first", 2), ("second", 3), ("third", 4), ("last", 5)];
    for (layer, batch) in batches {
        let row = rows.component(id, &format!("wood-{layer}")).await;
        assert_eq!(row.batch, Some(batch), "{layer}");
    }
    assert_eq!(build["batch"], 5);
    let slow = rows.component(id, "wood-slow").await;
    let third = rows.component(id, "wood-third").await;
    assert!(third.time_finished < slow.time_finished, "third does not wait for the slow one of the first batch");
    let tag = build["koji_tag"].as_str().unwrap();
    let dnf = Dnf::new(&service.repository(tag));
    dnf.must(&["module", "enable", "wood:1"]);
    let listed = dnf.must(&["repoquery", "--quiet", "--all"]);
    assert_eq!(listed.lines().filter(|line| line.starts_with("wood-")).count(), 5, "{listed}");
}

/// Parts of the buildroot are there for components that do not name them, in a graph and in later batches; and only what such a
/// part is made of does without.
#[tokio::test(flavor = "multi_thread")]
async fn parts_of_the_buildroot_are_in_that_of_all_others() {
    let service = SHARED.get(|service| service.platform("f29")).await;
    let git = &service.git;
    let make = |name: &str, base: &str, build: &str| {
        let component = Component::new(&format!("{name}-{base}")).build(&build.replace('$', name));
        Part::new(&component.name, &git.component(&component))
    };
    let parts = |name: &str| {
        [
            make(name, "base", "! rpm -q $-tool && ! rpm -q $-srpm"),
            make(name, "tool", "rpm -q $-base").flag("buildroot"),
            make(name, "srpm", "true").flag("srpm-buildroot"),
            make(name, "user", "rpm -q $-tool $-srpm $-base"),
            make(name, "later", "rpm -q $-tool $-srpm $-user"),
        ]
    };
    let [base, tool, srpm, user, later] = parts("frame");
    let tool = tool.buildafter(&["frame-base"]);
    let graph = [base, tool, srpm, user, later.buildafter(&["frame-user"])];
    let graph = graph.into_iter().fold(Module::new("frame"), Module::part);
    let [base, tool, srpm, user, later] = parts("layer");
    let batches = [base, tool.buildorder(1), srpm.buildorder(1), user.buildorder(2), later.buildorder(3)];
    let batches = batches.into_iter().fold(Module::new("layer"), Module::part);
    for module in [graph, batches] {
        let id = service.rest().submit_document(&module.yaml()).await.id();
        let build = service.rest().ready(id).await;
        assert_eq!(build["batch"], 5, "{build}");
    }
}

/// What becomes complete before anybody waits for it goes into one repository.
#[tokio::test(flavor = "multi_thread")]
async fn one_repository_is_made_of_what_becomes_ready_together() {
    let service = SHARED.get(|service| service.platform("f29")).await;
    let git = &service.git;
    let needs: Vec<String> = (1..=4).map(|number| format!("merge-a{number}")).collect();
    let part = |name: &str| Part::new(name, &git.component(&Component::new(name)));
    let module = needs.iter().fold(Module::new("merge"), |module, name| module.part(part(name)));
    let module = ["merge-x", "merge-y", "merge-z"]
        .iter()
        .fold(module, |module, name| module.part(part(name).buildafter(&needs)));
    let id = service.rest().submit_document(&module.yaml()).await.id();
    service.rest().ready(id).await;
    let rows = service.rows().await;
    let repository = async |name: &str| rows.component(id, name).await.repository.unwrap();
    let first = repository("merge-a1").await;
    for name in &needs {
        assert_eq!(repository(name).await, first, "{name}");
    }
    for name in ["merge-x", "merge-y", "merge-z"] {
        assert_eq!(repository(name).await, first + 1, "one for the four that it needs");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_stops_only_what_needs_it() {
    let service = SHARED.get(|service| service.platform("f29")).await;
    let git = &service.git;
    let base = Component::new("tree-base");
    let broken = Component::new("tree-broken").build("exit 1");
    let part =
        |component: &Component, needs: &[&str]| Part::new(&component.name, &git.component(component)).buildafter(needs);
    let module = Module::new("tree")
        .part(part(&base, &[]))
        .part(part(&broken, &[]))
        .part(part(&Component::new("tree-after-base").build("rpm -q tree-base"), &["tree-base"]))
        .part(part(&Component::new("tree-after-broken"), &["tree-broken"]));
    let id = service.rest().submit_document(&module.yaml()).await.id();
    let reason = service.rest().failed(id).await;
    assert!(reason.contains("tree-broken"), "{reason}");
    let rows = service.rows().await;
    let state = async |package: &str| rows.component(id, package).await.state;
    assert_eq!(state("tree-after-base").await, Some(ComponentState::Complete), "it does not need what failed");
    assert_eq!(state("tree-broken").await, Some(ComponentState::Failed));
    assert_eq!(state("tree-after-broken").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn circles_unknown_names_and_mixed_orders_are_refused() {
    let service = SHARED.get(|service| service.platform("f29")).await;
    let git = &service.git;
    let part = |name: &str, needs: &[&str]| Part::new(name, &git.component(&Component::new(name))).buildafter(needs);
    let with = |parts: Vec<Part>| parts.into_iter().fold(Module::new("ring"), Module::part);
    for (module, expected) in [
        (
            with(vec![part("ring-a", &["ring-b"]), part("ring-b", &["ring-c"]), part("ring-c", &["ring-a"])]),
            "`ring-a` after `ring-b` after `ring-c` after `ring-a`",
        ),
        (with(vec![part("ring-a", &["nobody"])]), "`ring-a` is to be built after `nobody`, which is no component"),
        (with(vec![part("ring-a", &["ring-b"]), part("ring-b", &[]).buildorder(1)]), "a module uses one or the other"),
    ] {
        let answer = service.rest().submit_document(&module.yaml()).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert!(answer.message().contains(expected), "{}", answer.message());
    }
    assert!(service.rows().await.builds_named("ring").await.is_empty());
}
