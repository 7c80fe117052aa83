//! Document to text, as libmodulemd writes and reads it.

use std::collections::{BTreeMap, BTreeSet};

use crate::stream::{BuildOptions, Dependencies, ModuleComponent, ModuleStream, Profile, RpmComponent};
use crate::yaml::{Node, Out};

type Entries = Vec<(String, Out)>;

impl ModuleStream {
    /// The document, version 2, with its markers `---` and `...`. Read again it is equal, except that a text with a NUL
    /// character is refused, an empty `rpm-map` is gone, and `xmd` may not be a list.
    pub fn to_yaml(&self) -> String {
        let mut data = Entries::new();
        self.identity(&mut data);
        self.purpose(&mut data);
        self.surroundings(&mut data);
        self.content(&mut data);
        Out::Map(vec![
            ("document".to_owned(), Out::Verbatim("modulemd".to_owned())),
            ("version".to_owned(), Out::Verbatim("2".to_owned())),
            ("data".to_owned(), Out::Map(data)),
        ])
        .to_document()
    }

    fn identity(&self, data: &mut Entries) {
        put_text(data, "name", self.name.as_ref());
        put(data, "stream", self.stream.clone().map(Out::Quoted));
        put(data, "version", (self.version != 0).then(|| Out::Verbatim(self.version.to_string())));
        put_text(data, "context", self.context.as_ref());
        put_flag(data, "static_context", self.static_context);
        put_text(data, "arch", self.arch.as_ref());
    }

    fn purpose(&self, data: &mut Entries) {
        put_text(data, "summary", Some(&self.summary));
        put_text(data, "description", Some(&self.description));
        put_map(data, "servicelevels", &self.servicelevels, |end| {
            let mut level = Entries::new();
            put(&mut level, "eol", end.clone().map(Out::Text));
            level
        });
        let mut license = vec![("module".to_owned(), list(&self.module_licenses))];
        put_list(&mut license, "content", &self.content_licenses);
        put(data, "license", Some(Out::Map(license)));
    }

    fn surroundings(&self, data: &mut Entries) {
        put(data, "xmd", (self.xmd != Node::default()).then(|| Out::from(&self.xmd)));
        let blocks: Vec<Out> = self.dependencies.iter().map(|block| Out::Map(dependencies(block))).collect();
        put(data, "dependencies", (!blocks.is_empty()).then_some(Out::List(blocks)));
        let mut references = Entries::new();
        put_text(&mut references, "community", self.community.as_ref());
        put_text(&mut references, "documentation", self.documentation.as_ref());
        put_text(&mut references, "tracker", self.tracker.as_ref());
        put_unless_empty(data, "references", references);
    }

    fn content(&self, data: &mut Entries) {
        put_map(data, "profiles", &self.profiles, profile);
        put_rpms(data, "api", &self.api_rpms);
        put_rpms(data, "filter", &self.filter_rpms);
        put_rpms(data, "demodularized", &self.demodularized_rpms);
        put_unless_empty(data, "buildopts", build_options(&self.buildopts));
        let mut components = Entries::new();
        put_map(&mut components, "rpms", &self.rpm_components, rpm_component);
        put_map(&mut components, "modules", &self.module_components, module_component);
        put_unless_empty(data, "components", components);
        let mut artifacts = Entries::new();
        put_list(&mut artifacts, "rpms", &self.rpm_artifacts);
        put(&mut artifacts, "rpm-map", self.rpm_artifact_map.as_ref().map(Out::from));
        put_unless_empty(data, "artifacts", artifacts);
    }
}

fn dependencies(block: &Dependencies) -> Entries {
    let mut entries = Entries::new();
    for (kind, modules) in [("buildrequires", &block.buildrequires), ("requires", &block.requires)] {
        let modules = modules.iter().map(|(module, streams)| (module.clone(), flow(streams))).collect();
        put_unless_empty(&mut entries, kind, modules);
    }
    entries
}

fn profile(profile: &Profile) -> Entries {
    let mut entries = Entries::new();
    put_text(&mut entries, "description", profile.description.as_ref());
    put_list(&mut entries, "rpms", &profile.rpms);
    put_flag(&mut entries, "default", profile.default);
    entries
}

fn build_options(options: &BuildOptions) -> Entries {
    let mut rpms = Entries::new();
    put_text(&mut rpms, "macros", options.rpm_macros.as_ref());
    put_list(&mut rpms, "whitelist", &options.rpm_whitelist);
    let mut entries = Entries::new();
    put_unless_empty(&mut entries, "rpms", rpms);
    put_flow(&mut entries, "arches", &options.arches);
    entries
}

fn rpm_component(component: &RpmComponent) -> Entries {
    let mut entries = Entries::new();
    put_text(&mut entries, "rationale", Some(&component.rationale).filter(|text| !text.is_empty()));
    put_text(&mut entries, "name", component.source_name.as_ref());
    put_text(&mut entries, "repository", component.repository.as_ref());
    put_text(&mut entries, "cache", component.cache.as_ref());
    put_text(&mut entries, "ref", component.reference.as_ref());
    put_flag(&mut entries, "buildroot", component.buildroot);
    put_flag(&mut entries, "srpm-buildroot", component.srpm_buildroot);
    put_order(&mut entries, component.buildorder, &component.buildafter);
    put_flag(&mut entries, "buildonly", component.buildonly);
    put_flow(&mut entries, "arches", &component.arches);
    put_flow(&mut entries, "multilib", &component.multilib);
    entries
}

fn module_component(component: &ModuleComponent) -> Entries {
    let mut entries = Entries::new();
    put_text(&mut entries, "rationale", Some(&component.rationale).filter(|text| !text.is_empty()));
    put_text(&mut entries, "repository", component.repository.as_ref());
    put_text(&mut entries, "ref", component.reference.as_ref());
    put_order(&mut entries, component.buildorder, &component.buildafter);
    entries
}

fn put_order(entries: &mut Entries, order: i64, after: &BTreeSet<String>) {
    put(entries, "buildorder", (order != 0).then(|| Out::Verbatim(order.to_string())));
    put_list(entries, "buildafter", after);
}

fn put(entries: &mut Entries, key: &str, value: Option<Out>) {
    entries.extend(value.map(|value| (key.to_owned(), value)));
}

fn put_text(entries: &mut Entries, key: &str, text: Option<&String>) {
    put(entries, key, text.cloned().map(Out::Text));
}

fn put_flag(entries: &mut Entries, key: &str, flag: bool) {
    put(entries, key, flag.then(|| Out::Verbatim("true".to_owned())));
}

fn put_list(entries: &mut Entries, key: &str, texts: &BTreeSet<String>) {
    put(entries, key, (!texts.is_empty()).then(|| list(texts)));
}

fn put_flow(entries: &mut Entries, key: &str, texts: &BTreeSet<String>) {
    put(entries, key, (!texts.is_empty()).then(|| flow(texts)));
}

fn put_rpms(entries: &mut Entries, key: &str, names: &BTreeSet<String>) {
    let mut rpms = Entries::new();
    put_list(&mut rpms, "rpms", names);
    put_unless_empty(entries, key, rpms);
}

fn put_unless_empty(entries: &mut Entries, key: &str, map: Entries) {
    put(entries, key, (!map.is_empty()).then_some(Out::Map(map)));
}

fn put_map<T>(entries: &mut Entries, key: &str, map: &BTreeMap<String, T>, write: impl Fn(&T) -> Entries) {
    let map = map.iter().map(|(name, value)| (name.clone(), Out::Map(write(value)))).collect();
    put_unless_empty(entries, key, map);
}

fn list(texts: &BTreeSet<String>) -> Out {
    Out::List(texts.iter().cloned().map(Out::Text).collect())
}

fn flow(texts: &BTreeSet<String>) -> Out {
    Out::Flow(texts.iter().cloned().collect())
}
