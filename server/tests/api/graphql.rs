//! GraphQL answers what REST answers.

use serde_json::{Value, json};

use crate::SECTION;
use crate::support::Application;

async fn ask(application: &Application, query: &str, variables: Value) -> Value {
    let request = json!({ "query": query, "variables": variables }).to_string();
    let answer = application.send("POST", "/graphql", &[], request.as_bytes()).await;
    assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, "application/json"));
    answer.body.unwrap()
}

#[tokio::test]
async fn one_build_with_everything() {
    let application = Application::start(SECTION, None).await;
    let query = "query ($id: ID!) { moduleBuild(id: $id) {
        id nsvc state timeSubmitted kojiTag buildrequires modulemd arches virtualStreams siblings
        stateTrace { time state reason }
        baseModuleBuildrequires { id name stream streamVersion }
        components { package state nvr taskId stateTrace { state } }
    } }";
    let ours = ask(&application, query, json!({ "id": "8" })).await;
    let ours = &ours["data"]["moduleBuild"];
    let theirs = application.get("2/module-builds/8?verbose=1").await.body.unwrap();
    assert_eq!(ours["nsvc"], "nodejs:8:2820190301090014:69ebd189");
    assert_eq!((&ours["state"], &ours["timeSubmitted"]), (&json!("READY"), &theirs["time_submitted"]));
    for (ours_name, theirs_name) in
        [("kojiTag", "koji_tag"), ("buildrequires", "buildrequires"), ("modulemd", "modulemd"), ("arches", "arches")]
    {
        assert_eq!(ours[ours_name], theirs[theirs_name], "{ours_name}");
    }
    let trace: Vec<_> = ours["stateTrace"].as_array().unwrap().iter().map(|step| step["state"].clone()).collect();
    assert_eq!(trace, ["INIT", "WAIT", "BUILD", "DONE", "READY"]);
    assert_eq!(ours["baseModuleBuildrequires"][0]["streamVersion"], 280_000.0);
    let components = ours["components"].as_array().unwrap();
    assert_eq!(components.len(), 5);
    assert_eq!(components[0]["package"], "module-build-macros");
    assert_eq!(components[0]["state"], "COMPLETE");
}

#[tokio::test]
async fn pages_follow_one_another() {
    let application = Application::start(SECTION, None).await;
    let query = "query ($after: String) { moduleBuilds(first: 10, after: $after) {
        edges { cursor node { id } } pageInfo { hasNextPage endCursor }
    } }";
    let (mut ids, mut after) = (Vec::new(), Value::Null);
    loop {
        let answer = ask(&application, query, json!({ "after": after })).await;
        let page = &answer["data"]["moduleBuilds"];
        ids.extend(
            page["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()),
        );
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    let newest_first: Vec<_> = (1..=31).rev().map(|id| id.to_string()).collect();
    assert_eq!(ids, newest_first);
}

#[tokio::test]
async fn filters() {
    let application = Application::start(SECTION, None).await;
    let query = "{ moduleBuilds(first: 100, name: \"nodejs\", state: [READY, GARBAGE]) { nodes { name state } } }";
    let answer = ask(&application, query, json!({})).await;
    let nodes = answer["data"]["moduleBuilds"]["nodes"].as_array().unwrap().clone();
    assert!(nodes.len() > 1 && nodes.iter().all(|node| node["name"] == "nodejs"), "{answer}");
}

#[tokio::test]
async fn a_list_with_everything_takes_a_handful_of_statements() {
    let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = std::sync::Arc::clone(&count);
    let application = Application::start_with(SECTION, None, |_, db| {
        db.set_metric_callback(move |_| {
            counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        });
    })
    .await;
    count.store(0, std::sync::atomic::Ordering::SeqCst);
    let query = "{ moduleBuilds(first: 50) { nodes {
        id modulemd arches siblings components { package stateTrace { state } } } } }";
    let answer = ask(&application, query, json!({})).await;
    assert_eq!(answer["data"]["moduleBuilds"]["nodes"].as_array().unwrap().len(), 31, "{answer}");
    // Six, and one more for every time that a busy machine lets a loader go off early; never one a row.
    let statements = count.load(std::sync::atomic::Ordering::SeqCst);
    assert!((6..=12).contains(&statements), "{statements} statements");
}

#[tokio::test]
async fn queries_without_bound_are_refused() {
    let application = Application::start(SECTION, None).await;
    let wide = "{ moduleBuilds(first: 100) { nodes { id } } } ".trim_matches(['{', '}', ' ']).to_owned() + " } }";
    let many: Vec<_> = (0..200).map(|number| format!("a{number}: {wide}")).collect();
    let deep = format!("{{ __schema {}", "{ types { fields { type ".repeat(20)) + &"} } } ".repeat(20) + "}";
    let refused = [
        format!("{{ {} }}", many.join(" ")),
        deep,
        "{ moduleBuilds(first: 101) { nodes { id } } }".to_owned(),
        "{ moduleBuilds(first: -1) { nodes { id } } }".to_owned(),
        "{ moduleBuilds(after: \"x\") { nodes { id } } }".to_owned(),
        "{ moduleBuilds(name: \"\\u0000\") { nodes { id } } }".to_owned(),
        "nonsense".to_owned(),
        String::new(),
    ];
    for query in refused {
        let answer = ask(&application, &query, json!({})).await;
        assert!(answer["errors"].as_array().is_some_and(|errors| !errors.is_empty()), "{query:.60}: {answer}");
    }
    let missing = ask(&application, "{ moduleBuild(id: \"99999999999\") { id } }", json!({})).await;
    assert_eq!(missing, json!({ "data": { "moduleBuild": null } }));
}

#[tokio::test]
async fn what_is_no_graphql_request() {
    let application = Application::start(SECTION, None).await;
    for body in ["", "[]", "{\"query\": 1}", "null", "{"] {
        let answer = application.send("POST", "/graphql", &[], body.as_bytes()).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
    }
    assert_eq!(application.send("GET", "/graphql", &[], b"").await.status, 405);
}

#[test]
fn the_schema_is_written_out() {
    let sdl = server::graphql::sdl();
    for line in ["moduleBuild(", "type ModuleBuildConnection", "enum ModuleState", "scalar DateTime"] {
        assert!(sdl.contains(line), "{line} is not in\n{sdl}");
    }
}
