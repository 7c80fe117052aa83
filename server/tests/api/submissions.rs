//! Submissions that ask for too much, or meet rows that are broken.

use entities::module_build;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use serde_json::json;

use crate::SECTION;
use crate::support::{Answer, Application};

async fn submit(application: &Application, name: &str, platforms: &str, more: serde_json::Value) -> Answer {
    let document = format!(
        "document: modulemd\nversion: 2\ndata:\n  name: {name}\n  stream: s\n  summary: s\n  description: d\n  license: {{module: \
         [MIT]}}\n  dependencies:\n  - {{buildrequires: {{platform: [{platforms}]}}, requires: {{platform: [{platforms}]}}}}\n"
    );
    let mut body = json!({ "modulemd": document });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    application.send("POST", "/module-build-service/2/module-builds/", &[], body.to_string().as_bytes()).await
}

#[tokio::test]
async fn more_combinations_than_allowed() {
    let limited = |most| {
        Application::start_with(SECTION, None, move |config, _| {
            config.expansion.max_stream_combinations = most;
        })
    };
    let enough = limited(2).await;
    assert_eq!(submit(&enough, "two", "f28, f29.0.0", json!({})).await.status, 201);
    let too_few = limited(1).await;
    let answer = submit(&too_few, "two", "f28, f29.0.0", json!({})).await;
    assert_eq!(answer.status, 422);
    let message = answer.body.unwrap()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("more than 1 combinations") && message.contains("MAX_STREAM_COMBINATIONS"), "{message}");
    assert!(message.contains("2 of platform"), "{message}");
    let builds = module_build::Entity::find().filter(module_build::Column::Name.eq("two"));
    assert_eq!(builds.count(&too_few.app.db).await.unwrap(), 0, "nothing is written");
}

#[tokio::test]
async fn rows_that_cannot_be_read_concern_only_those_who_need_them() {
    let application = Application::start(SECTION, None).await;
    let broken = module_build::Entity::update_many()
        .col_expr(module_build::Column::Modulemd, Expr::value("document: [nonsense"))
        .filter(module_build::Column::Name.eq("platform"))
        .filter(module_build::Column::Stream.eq("f29.0.0"));
    assert_eq!(broken.exec(&application.app.db).await.unwrap().rows_affected, 1);
    assert_eq!(submit(&application, "one", "f28", json!({})).await.status, 201);
    let without = submit(&application, "all", "f28, f29.0.0", json!({})).await;
    assert_eq!(without.status, 201, "{}", without.text);
    assert_eq!(without.body.unwrap().as_array().unwrap().len(), 1, "the other one is left out");
    let needed = submit(&application, "needs", "f29.0.0", json!({})).await;
    assert_eq!(needed.status, 422);
    assert!(needed.text.contains("Missing streams are (platform:f29.0.0)"), "{}", needed.text);
}

#[tokio::test]
async fn names_that_are_not_names() {
    let application = Application::start(SECTION, None).await;
    for name in ["../up", "a b", "a\nb", "a:b", ""] {
        for key in ["buildrequire_overrides", "require_overrides"] {
            let answer = submit(&application, "app", "f28", json!({ key: {"platform": [name]} })).await;
            assert_eq!(answer.status, 422, "{key} {name:?}: {}", answer.text);
            assert!(answer.text.contains("stream of a dependency"), "{}", answer.text);
        }
        let answer = submit(&application, "app", "f28", json!({ "module_stream": name })).await;
        let expected = if name.is_empty() { 201 } else { 422 };
        assert_eq!(answer.status, expected, "{name:?}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_document_of_twenty_megabytes() {
    let application = Application::start(SECTION, None).await;
    let filler = "x".repeat(20 * 1024 * 1024);
    let answer = submit(&application, "large", "f28", json!({ "side_tag": filler })).await;
    assert!(matches!(answer.status, 413 | 422), "{}", answer.status);
    assert!(answer.text.contains("larger than"), "{:.300}", answer.text);
}

#[tokio::test]
async fn parameters_of_a_wrong_type() {
    let application = Application::start(SECTION, None).await;
    for parameters in [
        json!({"scratch": [true]}),
        json!({"scratch": {"a": 1}}),
        json!({"scratch": true, "srpms": "one.src.rpm"}),
        json!({"scratch": true, "srpms": {"a": "one.src.rpm"}}),
        json!({"scratch": true, "srpms": [7]}),
        json!({"branch": 7}),
        json!({"side_tag": ["a"]}),
        json!({"module_stream": {"a": 1}}),
        json!({"buildrequire_overrides": ["platform"]}),
        json!({"require_overrides": {"platform": [7]}}),
        json!({"rpm_component_ref_overrides": {"a": ["b"]}}),
        json!({"rebuild_strategy": 7}),
        json!({"reuse_components_from": [1]}),
    ] {
        let answer = submit(&application, "odd", "f28", parameters.clone()).await;
        assert_eq!(answer.status, 400, "{parameters}: {}", answer.text);
        let parameter = parameters.as_object().unwrap().keys().next_back().unwrap().replace('_', " ");
        let named = answer.text.replace('_', " ").contains(&parameter) || answer.text.contains("rebuild method");
        assert!(named, "{parameters}: {}", answer.text);
    }
}
