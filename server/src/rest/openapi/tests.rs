//! The document holds together. That it describes all routes is tested beside the routes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document;
use crate::rest::openapi::filters::MEANINGS;
use crate::rest::openapi::schemas::submission;
use crate::rest::query::{COMPONENT_BUILD_COLUMNS, MODULE_BUILD_COLUMNS};
use crate::service::params::KNOWN;

fn whole() -> Value {
    document("https://mbs.example.com")
}

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap();
        methods.iter().map(move |(method, operation)| (path.clone(), method.to_uppercase(), operation))
    });
    all.collect()
}

#[test]
fn every_parameter_of_a_path_is_described() {
    for (path, method, operation) in operations(&whole()) {
        let of_path = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let described: Vec<_> =
            parameters.iter().filter(|one| one["in"] == "path").map(|one| one["name"].clone()).collect();
        assert_eq!(of_path.collect::<Vec<_>>(), described, "{method} {path}");
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_and_its_group() {
    let document = whole();
    let mut names = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()), "{method} {path}");
        let tags = document["tags"].as_array().unwrap();
        assert!(tags.iter().any(|tag| tag["name"] == operation["tags"][0]), "{method} {path}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, member)| match member.as_str() {
                Some(target) if name == "$ref" => drop(found.insert(target)),
                _ => references(member, found),
            }),
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = whole();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    let kinds = document["components"].as_object().unwrap().iter();
    let components = kinds.flat_map(|(kind, components)| {
        components.as_object().unwrap().keys().map(move |name| format!("#/components/{kind}/{name}"))
    });
    assert_eq!(found.into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), components.collect());
}

#[test]
fn every_filter_is_a_parameter() {
    let document = whole();
    for (path, names) in [
        ("module-builds", MODULE_BUILD_COLUMNS.map(|(name, _, _)| name).to_vec()),
        ("component-builds", COMPONENT_BUILD_COLUMNS.map(|(name, _, _)| name).to_vec()),
    ] {
        let operation = &document["paths"][format!("/module-build-service/{{version}}/{path}/")]["get"];
        let parameters = operation["parameters"].as_array().unwrap();
        let find = |name: &str| parameters.iter().find(|one| one["name"] == name);
        assert_eq!(find("order_by").unwrap()["schema"]["items"]["enum"], serde_json::json!(names));
        let only_for_order = ["id", "time_submitted", "time_modified", "time_completed"];
        for name in names.iter().filter(|name| !only_for_order.contains(name)) {
            assert!(find(name).is_some(), "{path}: {name}");
        }
    }
}

#[test]
fn every_meaning_is_that_of_a_column() {
    let known: Vec<_> = MODULE_BUILD_COLUMNS
        .map(|(name, _, _)| name)
        .into_iter()
        .chain(COMPONENT_BUILD_COLUMNS.map(|(name, _, _)| name))
        .collect();
    for (name, _) in MEANINGS {
        assert!(known.contains(name), "{name}");
    }
}

#[test]
fn every_parameter_of_a_submission_has_a_type() {
    for name in KNOWN {
        let schema = submission::parameter(name);
        assert!(schema.get("type").or(schema.get("anyOf")).is_some(), "{name} has no schema yet");
    }
}
