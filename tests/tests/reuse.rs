//! Components that are taken over from an earlier build, on real packages.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use entities::{ComponentState, component_build};
use serde_json::{Value, json};
use tests::dnf::Dnf;
use tests::fixtures::Part;
use tests::rest::Rest;
use tests::service::Builder;
use tests::{Component, Module, Service, Shared, checks};

static SHARED: Shared = Shared::new();

fn configured(service: Builder) -> Builder {
    service.platform("f29").option("REBUILD_STRATEGY_ALLOW_OVERRIDE", true)
}

/// `alpha`; then `beta`, which needs it; then `delta` and a helper, which need both. Each looks for what it needs.
struct Layers {
    name: &'static str,
    parts: Vec<Part>,
}

impl Layers {
    fn new(service: &Service, name: &'static str) -> Self {
        let component = |layer: &str| Component::new(&format!("{name}-{layer}"));
        let git = &service.git;
        let alpha = component("alpha");
        let beta = component("beta").build(&format!("rpm -q {name}-alpha"));
        let delta = component("delta").tag(&format!("Requires: {name}-beta"));
        let delta = delta.build(&format!("rpm -q {name}-alpha {name}-beta"));
        let helper = component("helper").build(&format!("rpm -q {name}-beta"));
        let part = |component: &Component| Part::new(&component.name, &git.component(component));
        let parts = vec![
            part(&alpha),
            part(&beta).buildorder(10),
            part(&delta).buildorder(20),
            part(&helper).buildorder(20).buildonly(),
        ];
        Self { name, parts }
    }

    /// A new commit of one of them that changes nothing.
    fn touch(&self, service: &Service, layer: &str) {
        service.git.commit(&format!("{}-{layer}", self.name), "main", &[("note".to_owned(), "touched".to_owned())]);
    }

    /// Submits this version and waits until it is ready.
    async fn build(&self, service: &Service, version: u64, more: Value) -> Built {
        let module = self.parts.iter().cloned().fold(Module::new(self.name), Module::part);
        let scmurl = service.git.module_at(&module, &format!("2026-01-02T03:04:{version:02}Z"));
        let mut body = json!({"scmurl": scmurl, "branch": "1"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let id = service.rest().submit(&body).await.id();
        let build = service.rest().ready(id).await;
        let rows = service.rows().await;
        checks::went_straight(&rows, id).await;
        let components = rows.components(id).await;
        Built { id, build, components, prefix: format!("{}-", self.name) }
    }
}

struct Built {
    id: i64,
    build: Value,
    components: Vec<component_build::Model>,
    prefix: String,
}

impl Built {
    fn row(&self, layer: &str) -> &component_build::Model {
        let package = format!("{}{layer}", self.prefix);
        self.components.iter().find(|row| row.package == package).unwrap()
    }

    /// Layers with the rule that decided for each, in the order of batches.
    fn rules(&self) -> Vec<(String, String)> {
        let of_module = self.components.iter().filter(|row| row.package.starts_with(&self.prefix));
        let mut rows: Vec<_> = of_module.collect();
        rows.sort_by_key(|row| (row.batch, &row.package));
        rows.into_iter().map(|row| (row.package[self.prefix.len()..].to_owned(), text(&reuse(row)["rule"]))).collect()
    }

    fn nvr(&self, layer: &str) -> &str {
        self.row(layer).nvr.as_deref().unwrap()
    }

    fn repository(&self, service: &Service) -> Dnf {
        let dnf = Dnf::new(&service.repository(self.build["koji_tag"].as_str().unwrap()));
        dnf.must(&["module", "enable", &format!("{}:1", self.prefix.trim_end_matches('-'))]);
        dnf
    }
}

fn reuse(row: &component_build::Model) -> Value {
    serde_json::from_str(row.reuse.as_deref().unwrap()).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn rules(of: [(&str, &str); 4]) -> Vec<(String, String)> {
    of.map(|(layer, rule)| (layer.to_owned(), rule.to_owned())).to_vec()
}

const NO_MORE: fn() -> Value = || json!({});

async fn extended(rest: &Rest, component: i32) -> Value {
    rest.get(&format!("/component-builds/{component}?extended=true")).await.body
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_component_is_built_and_the_rest_is_taken_over() {
    let service = SHARED.get(configured).await;
    let layers = Layers::new(&service, "one");
    let first = layers.build(&service, 1, NO_MORE()).await;
    let none = "earlier-build";
    assert_eq!(first.rules(), rules([("alpha", none), ("beta", none), ("delta", none), ("helper", none)]));

    layers.touch(&service, "delta");
    let second = layers.build(&service, 2, NO_MORE()).await;
    let same = "unchanged";
    assert_eq!(second.rules(), rules([("alpha", same), ("beta", same), ("delta", "commit"), ("helper", same)]));
    assert_eq!(second.build["batch"], 4);
    let rows = service.rows().await;
    assert_eq!(rows.build(second.id).await.reused_module_id, Some(i32::try_from(first.id).unwrap()));
    for layer in ["alpha", "beta", "helper"] {
        let (row, from) = (second.row(layer), first.row(layer));
        assert_eq!((row.reused_component_id, &row.nvr, row.task_id), (Some(from.id), &from.nvr, from.task_id));
        assert_eq!(row.state_reason.as_deref(), Some("Reused component from previous module build"));
        assert_eq!(rows.component_trace(row.id).await, [None, Some(ComponentState::Complete)]);
        assert_eq!(rows.claims(&format!("component:{}", row.id)).await, 0, "nobody built {layer}");
    }
    assert_ne!(second.nvr("delta"), first.nvr("delta"));

    // Why, for programs and for people.
    let shown = extended(&service.rest(), second.row("delta").id).await;
    let commits = [first.row("delta"), second.row("delta")].map(|row| row.reference.clone().unwrap());
    assert_eq!((&shown["reuse"]["before"], &shown["reuse"]["now"]), (&json!(commits[0]), &json!(commits[1])));
    let sentence = format!("Built, because its commit changed from {} to {}.", commits[0], commits[1]);
    assert_eq!(shown["reuse"]["reason"], sentence);
    let log = service.rest().get(&format!("/component-builds/{}/messages", second.row("delta").id)).await;
    assert!(log.text.contains(&sentence), "{}", log.text);

    // Users get the old packages beside the new one, and nothing that is only needed for building.
    let dnf = second.repository(&service);
    let files = dnf.download("one-delta");
    let nvrs: Vec<_> = files.iter().map(|file| file.trim_end_matches(".noarch.rpm")).collect();
    assert_eq!(nvrs, [second.nvr("beta"), second.nvr("delta")]);
    let listed = dnf.must(&["repoquery", "--quiet", "--all"]);
    assert!(listed.contains("one-alpha-") && !listed.contains("helper"), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_taken_over_at_once_again_and_again() {
    let service = SHARED.get(configured).await;
    let layers = Layers::new(&service, "all");
    let first = layers.build(&service, 1, NO_MORE()).await;
    for version in 2..4 {
        let next = layers.build(&service, version, NO_MORE()).await;
        assert!(next.rules().iter().all(|(_, rule)| rule == "unchanged"), "{:?}", next.rules());
        assert_eq!((next.components.len(), next.build["batch"].as_i64()), (4, Some(4)), "no macros are built for it");
        assert_eq!(next.nvr("alpha"), first.nvr("alpha"));
        let files = next.repository(&service).download("all-delta");
        assert_eq!(files.len(), 2, "{files:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_built_after_a_change_depends_on_the_strategy() {
    let service = SHARED.get(configured).await;
    let layers = Layers::new(&service, "after");
    let first = layers.build(&service, 1, NO_MORE()).await;
    layers.touch(&service, "alpha");

    let only = layers.build(&service, 2, json!({"rebuild_strategy": "only-changed"})).await;
    let same = "unchanged";
    assert_eq!(only.rules(), rules([("alpha", "commit"), ("beta", same), ("delta", same), ("helper", same)]));

    // The second is more liberal than the third may be, so that builds on the first.
    let after = layers.build(&service, 3, NO_MORE()).await;
    let changed = "built-after-change";
    assert_eq!(after.rules(), rules([("alpha", "commit"), ("beta", changed), ("delta", changed), ("helper", changed)]));
    assert_eq!(reuse(after.row("beta"))["component"], "after-alpha");

    let all = layers.build(&service, 4, json!({"rebuild_strategy": "all"})).await;
    assert!(all.rules().iter().all(|(_, rule)| rule == "strategy"), "{:?}", all.rules());

    // The first one is asked for, which has another alpha.
    let asked = json!({"rebuild_strategy": "only-changed", "reuse_components_from": first.id});
    let from_first = layers.build(&service, 5, asked).await;
    assert_eq!(from_first.rules(), rules([("alpha", "commit"), ("beta", same), ("delta", same), ("helper", same)]));
    assert_eq!(from_first.nvr("beta"), first.nvr("beta"));
    // All four are fit to take from; the latest is.
    let latest = layers.build(&service, 6, json!({"rebuild_strategy": "only-changed"})).await;
    assert_eq!(latest.nvr("alpha"), from_first.nvr("alpha"));
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_that_are_gone_are_built_again() {
    let service = SHARED.get(configured).await;
    let layers = Layers::new(&service, "gone");
    let first = layers.build(&service, 1, NO_MORE()).await;
    let results = service.results().join(first.build["koji_tag"].as_str().unwrap());
    std::fs::remove_dir_all(results.join("components/gone-beta")).unwrap();
    let second = layers.build(&service, 2, NO_MORE()).await;
    let after = "built-after-rebuilt";
    assert_eq!(
        second.rules(),
        rules([("alpha", "unchanged"), ("beta", "no-packages"), ("delta", after), ("helper", after)])
    );
    assert_eq!(second.nvr("alpha"), first.nvr("alpha"));
    assert_ne!(second.nvr("beta"), first.nvr("beta"));
}
