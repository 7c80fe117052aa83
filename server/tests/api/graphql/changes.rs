//! Mutations: the functions, rights and refusals of REST.

use entities::db::begin_write;
use entities::message::timestamp;
use entities::{ModuleState, module_build, transition};
use serde_json::{Value, json};

use super::{ask, code, data};
use crate::SECTION;
use crate::support::Application;

fn document(name: &str) -> String {
    format!(
        "document: modulemd\nversion: 2\ndata:\n  name: {name}\n  stream: s\n  version: 7\n  summary: s\n  description: d\n  license:\n    module: \
         [MIT]\n  dependencies:\n  - buildrequires:\n      platform: [f28]\n    requires:\n      platform: [f28]\n"
    )
}

const SUBMIT: &str = "mutation ($input: SubmitInput!) { submit(input: $input) { id number name state owner } }";

#[tokio::test]
async fn a_build_is_planned_submitted_cancelled_and_resumed() {
    for application in Application::on_both(SECTION).await {
        let input = json!({ "input": { "modulemd": document("ours"), "idempotencyKey": "k1" } });
        let plan = "query ($input: SubmitInput!) { plan(input: $input) {
            name would existing batches { number components { package } } against { name rule reason } problems } }";
        let planned = data(&application, plan, json!({ "input": { "modulemd": document("ours") } })).await;
        assert_eq!(planned["plan"][0]["would"], "CREATE", "{planned}");
        assert_eq!(planned["plan"][0]["against"][0]["name"], "platform");
        let submitted = data(&application, SUBMIT, input.clone()).await;
        let build = submitted["submit"][0].clone();
        assert_eq!(
            (&build["name"], &build["state"], &build["owner"]),
            (&json!("ours"), &json!("INIT"), &json!("anonymous"))
        );
        let again = data(&application, SUBMIT, input).await;
        assert_eq!(again["submit"][0]["number"], build["number"], "the same key is the same submission");
        let resume = "mutation ($input: SubmitInput!) { resume(input: $input) { number state } }";
        assert_eq!(
            code(&ask(&application, resume, json!({ "input": { "modulemd": document("new") } })).await),
            "CONFLICT"
        );
        let cancel = "mutation ($id: ID!) { cancel(id: $id) { number state stateReason } }";
        let cancelled = data(&application, cancel, json!({ "id": build["id"] })).await;
        assert_eq!(cancelled["cancel"]["state"], "FAILED");
        assert_eq!(cancelled["cancel"]["stateReason"], "Canceled by anonymous.");
        let refused = ask(&application, cancel, json!({ "id": build["id"] })).await;
        let rest = application
            .send(
                "PATCH",
                &format!("/module-build-service/2/module-builds/{}", build["number"]),
                &[],
                b"{\"state\": \"failed\"}",
            )
            .await
            .body
            .unwrap();
        assert_eq!(refused["errors"][0]["message"], rest["message"], "the same words as REST");
        assert_eq!((code(&refused), &refused["errors"][0]["extensions"]["status"]), ("BAD_REQUEST", &rest["status"]));
        let missing = ask(&application, cancel, json!({ "id": "99999" })).await;
        assert_eq!(code(&missing), "NOT_FOUND");
        let input = json!({ "input": { "modulemd": document("ours"), "idempotencyKey": "k2" } });
        let resumed = data(&application, resume, input.clone()).await;
        assert_eq!(
            (&resumed["resume"][0]["number"], &resumed["resume"][0]["state"]),
            (&build["number"], &json!("INIT"))
        );
        let again = data(&application, resume, input).await;
        assert_eq!(again["resume"][0]["number"], build["number"], "answered as before, although it runs by now");
        let input = json!({ "input": { "modulemd": document("ours") } });
        assert_eq!(code(&ask(&application, resume, input).await), "CONFLICT", "it runs");
    }
}

#[tokio::test]
async fn what_was_cleaned_away_counts_as_what_it_was() {
    for application in Application::on_both(SECTION).await {
        let input = json!({ "input": { "modulemd": document("ours") } });
        let submitted = data(&application, SUBMIT, input).await;
        let cancel = "mutation ($id: ID!) { cancel(id: $id) { number } }";
        data(&application, cancel, json!({ "id": submitted["submit"][0]["id"] })).await;
        let rates = "query ($filter: StatisticsFilter) {
            statistics(filter: $filter) { moduleBuilds { ended succeeded successRate } } }";
        let tomorrow = application.app.clock.now() + chrono::TimeDelta::days(1);
        let ours = json!({ "filter": { "name": "ours", "until": timestamp(tomorrow) } });
        let before = data(&application, rates, ours.clone()).await;
        assert_eq!(before["statistics"]["moduleBuilds"][0], json!({ "ended": 1, "succeeded": 0, "successRate": 0.0 }));
        let number = i32::try_from(submitted["submit"][0]["number"].as_i64().unwrap()).unwrap();
        let tx = begin_write(&application.app.db).await.unwrap();
        let build = module_build::lock(&tx, number).await.unwrap().unwrap();
        let now = application.app.clock.now();
        transition::module(&tx, now, &build, ModuleState::Garbage, None, |_| {}).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(data(&application, rates, ours).await, before);
    }
}

#[tokio::test]
async fn what_rest_refuses_is_refused_in_the_same_words() {
    let application = Application::start(SECTION, None).await;
    for input in [
        json!({}),
        json!({ "modulemd": "nonsense" }),
        json!({ "scmurl": "https://elsewhere.example.com/x?#1", "branch": "master" }),
        json!({ "modulemd": document("x"), "rebuildStrategy": "none" }),
        json!({ "modulemd": document("x"), "buildrequireOverrides": 1 }),
    ] {
        let params: serde_json::Map<String, Value> = input
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| {
                let name = match name.as_str() {
                    "rebuildStrategy" => "rebuild_strategy",
                    "buildrequireOverrides" => "buildrequire_overrides",
                    other => other,
                };
                (name.to_owned(), value.clone())
            })
            .collect();
        let theirs = application
            .send("POST", "/module-build-service/2/module-builds/", &[], json!(params).to_string().as_bytes())
            .await;
        let theirs = theirs.body.unwrap();
        let ours = ask(&application, SUBMIT, json!({ "input": input })).await;
        let error = &ours["errors"][0];
        assert_eq!(
            (&error["message"], &error["extensions"]["status"]),
            (&theirs["message"], &theirs["status"]),
            "{input}"
        );
    }
}

#[tokio::test]
async fn tokens_are_for_people_who_log_in() {
    let application = Application::start(SECTION, None).await;
    let make = "mutation { makeToken(name: \"ci\", scopes: [\"read\"], days: 3) { token } }";
    assert_eq!(code(&ask(&application, make, json!({})).await), "FORBIDDEN");
    let revoke = "mutation ($id: ID!) { revokeToken(id: $id) { good timeRevoked } }";
    assert_eq!(code(&ask(&application, revoke, json!({ "id": "99999" })).await), "NOT_FOUND");
}

#[tokio::test]
async fn refusals_are_noted_as_those_of_rest() {
    use sea_orm::EntityTrait as _;
    let application = Application::start(SECTION, None).await;
    ask(&application, "mutation { cancel(id: 1) { id } }", json!({})).await;
    let noted = entities::audit_event::Entity::find().all(&application.app.db).await.unwrap();
    let [noted] = noted.as_slice() else { panic!("{noted:?}") };
    assert_eq!((noted.action.as_str(), noted.outcome.as_str()), ("cancel", "refused"), "{noted:?}");
    assert_eq!(noted.subject.as_deref(), Some("module-builds/1"));
}

#[test]
fn the_schema_is_the_one_in_the_repository() {
    let kept = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../schema.graphql")).unwrap();
    assert!(kept == server::graphql::sdl(), "schema.graphql is not up to date: run 'make schema'");
}

/// Whoever writes a query reads in the explorer what everything means. `ID` is GraphQL's own, and the library leaves its
/// connections without a word; their fields have one.
#[tokio::test]
async fn everything_in_the_schema_is_described() {
    let query = "{ __schema { types { name description
        fields { name description args { name description } } inputFields { name description } enumValues { name description } } } }";
    let application = Application::start(SECTION, None).await;
    let schema = data(&application, query, json!({})).await;
    let mut bare = Vec::new();
    let mut check = |thing: &Value, within: &str| {
        if thing["description"].as_str().is_none_or(str::is_empty) {
            bare.push(format!("{within}.{}", thing["name"].as_str().unwrap_or_default()));
        }
    };
    let all = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for kind in
        all(&schema["__schema"]["types"]).iter().filter(|kind| !kind["name"].as_str().unwrap().starts_with("__"))
    {
        let name = kind["name"].as_str().unwrap();
        if name != "ID" && !name.ends_with("Connection") {
            check(kind, "type");
        }
        for field in all(&kind["fields"]) {
            check(&field, name);
            for argument in all(&field["args"]) {
                check(&argument, &format!("{name}.{}", field["name"]));
            }
        }
        for list in ["inputFields", "enumValues"] {
            for value in all(&kind[list]) {
                check(&value, name);
            }
        }
    }
    assert_eq!(bare, Vec::<String>::new());
}
