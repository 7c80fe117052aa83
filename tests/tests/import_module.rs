//! Importing over the API what was built elsewhere. The recorded contract has the answers to single requests.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::Service;
use tests::rest::{Answer, Rest};

const GROUPS: &str = "ALLOWED_GROUPS_TO_IMPORT_MODULE";

/// A module that was built elsewhere, with virtual streams.
fn document(name: &str, streams: &str) -> String {
    format!(
        "document: modulemd\nversion: 2\ndata:\n  name: {name}\n  stream: \"1\"\n  version: 20260102030405\n  \
         context: deadbeef\n  summary: A\n  description: B\n  license: {{module: [MIT]}}\n  \
         xmd: {{mbs: {{koji_tag: tag-{name}, buildrequires: {{}}, virtual_streams: [{streams}]}}}}\n"
    )
}

/// Commits a document; returns what imports it.
fn committed(service: &Service, name: &str, text: String) -> Value {
    let commit = service.git.commit(name, "main", &[(format!("{name}.yaml"), text)]);
    json!({ "scmurl": format!("{}?#{commit}", service.git.url(name)) })
}

async fn all_at_once(rest: &Rest, bodies: Vec<Value>) -> Vec<Answer> {
    let start = |body: Value| {
        let rest = rest.clone();
        tokio::spawn(async move { rest.import_module(&body).await })
    };
    let running: Vec<_> = bodies.into_iter().map(start).collect();
    let mut answers = Vec::new();
    for answer in running {
        answers.push(answer.await.unwrap());
    }
    answers
}

/// Modules that share virtual streams, imported several times at once, now with one virtual stream and now with another.
async fn one_build_each(service: &Service) {
    const NAMES: [&str; 3] = ["first", "second", "third"];
    let mut bodies = Vec::new();
    for name in NAMES {
        for streams in ["shared", "shared, other", "other", "last"] {
            let body = committed(service, name, document(name, streams));
            bodies.extend([body.clone(), body]);
        }
    }
    for answer in all_at_once(&service.rest(), bodies).await {
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    let rows = service.rows().await;
    for name in NAMES {
        let builds = rows.builds_named(name).await;
        assert_eq!(builds.len(), 1, "{builds:?}");
        assert_eq!(builds[0].owner, "mbs_import");
        assert!(rows.trace(builds[0].id.into()).await.is_empty(), "it went through no states here");
    }
}

#[tokio::test]
async fn imports_at_once_are_one_build() {
    one_build_each(&Service::builder().option(GROUPS, json!(["packager"])).start().await).await;
}

#[tokio::test]
async fn imports_at_once_are_one_build_on_postgresql() {
    one_build_each(&Service::builder().postgres().option(GROUPS, json!(["packager"])).start().await).await;
}

#[tokio::test]
async fn a_build_that_runs_is_not_overwritten() {
    let service = Service::builder().option(GROUPS, json!(["packager"])).workers(0).start().await;
    let rest = service.rest();
    let body = committed(&service, "mine", document("mine", "a"));
    assert_eq!(rest.import_module(&body).await.status, 201);
    let rows = service.rows().await;
    for (state, expected) in [(0, 409), (1, 409), (2, 409), (3, 409), (4, 201), (5, 201), (6, 201)] {
        let statement = format!("UPDATE module_builds SET state = {state} WHERE name = 'mine'");
        rows.connection().execute_unprepared(&statement).await.unwrap();
        let answer = rest.import_module(&body).await;
        assert_eq!(answer.status, expected, "{state}: {}", answer.text);
    }
}

#[tokio::test]
async fn what_cannot_be_imported_is_told_why() {
    let service = Service::builder().option(GROUPS, json!(["packager"])).start().await;
    let rest = service.rest();
    let refused = async |body: &Value, status: u16, message: &str| {
        let answer = rest.import_module(body).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert!(answer.message().contains(message), "{message:?} in {:?}", answer.message());
    };
    let scmurl = committed(&service, "good", document("good", ""))["scmurl"].clone();
    refused(&json!([]), 400, "Invalid JSON submitted").await;
    refused(&json!({"scmurl": 1}), 400, "must be a string").await;
    refused(&json!({"scmurl": scmurl, "module_name": "x"}), 400, "Module name override").await;
    refused(&json!({"scmurl": scmurl, "srpms": ["x"]}), 403, "srpms").await;
    refused(&json!({"scmurl": scmurl, "x": "\0"}), 400, "NUL").await;
    refused(&committed(&service, "broken", "a: [".to_owned()), 422, "The modulemd broken.yaml is invalid").await;
    let packager = "document: modulemd-packager\nversion: 3\ndata:\n  name: v3\n  stream: \"1\"\n  summary: A\n  \
                    description: B\n  license: [MIT]\n  configurations:\n  - {context: a, platform: f28}\n";
    refused(&committed(&service, "v3", packager.to_owned()), 422, "only a stream document").await;
    let list = document("wrong", "[a]");
    refused(&committed(&service, "wrong", list), 422, "virtual streams must be a list of strings").await;
}

#[tokio::test]
async fn not_everybody_may_import() {
    let refused = async |groups: Value, message: &str| {
        let service = Service::builder().option(GROUPS, groups).start().await;
        let answer = service.rest().import_module(&committed(&service, "good", document("good", "a"))).await;
        assert_eq!(answer.status, 403, "{}", answer.text);
        assert!(answer.message().contains(message), "{}", answer.text);
        assert!(service.rows().await.builds_named("good").await.is_empty());
    };
    refused(json!([]), "Import module API is disabled.").await;
    refused(json!(["release"]), "anonymous is not in any of").await;
}
