//! Builds and what belongs to them, beside what REST shows.

use chrono::TimeDelta;
use entities::lease;
use serde_json::{Value, json};

use super::{ask, code, data};
use crate::SECTION;
use crate::support::Application;

#[tokio::test]
async fn one_build_with_everything() {
    for application in Application::on_both(SECTION).await {
        let query = "query ($id: ID!) { moduleBuild(id: $id) {
            id number nsvc state timeSubmitted kojiTag buildrequiresJson modulemd arches virtualStreams
            siblings(first: 100) { nodes { number } }
            stateTrace { nodes { time state reason } }
            baseModuleBuildrequires { nodes { id name stream streamVersion } }
            components(first: 100) { totalCount nodes { package state nvr taskId stateTrace { nodes { state } } moduleBuild { number } } }
            batches { number total complete: inState(state: COMPLETE) components { package batch } }
            messages(first: 100) { totalCount nodes { message } }
        } }";
        let ours = data(&application, query, json!({ "id": "8" })).await;
        let ours = &ours["moduleBuild"];
        let theirs = application.get("2/module-builds/8?verbose=1").await.body.unwrap();
        assert_eq!(ours["nsvc"], "nodejs:8:2820190301090014:69ebd189");
        assert_eq!((&ours["id"], &ours["number"]), (&json!("ModuleBuild:8"), &json!(8)));
        assert_eq!((&ours["state"], &ours["timeSubmitted"]), (&json!("READY"), &theirs["time_submitted"]));
        for (ours_name, theirs_name) in [
            ("kojiTag", "koji_tag"),
            ("buildrequiresJson", "buildrequires"),
            ("modulemd", "modulemd"),
            ("arches", "arches"),
            ("virtualStreams", "virtual_streams"),
        ] {
            assert_eq!(ours[ours_name], theirs[theirs_name], "{ours_name}");
        }
        let trace: Vec<_> =
            ours["stateTrace"]["nodes"].as_array().unwrap().iter().map(|step| step["state"].clone()).collect();
        assert_eq!(trace, ["INIT", "WAIT", "BUILD", "DONE", "READY"]);
        let mut siblings = numbers(&ours["siblings"]["nodes"]);
        siblings.sort_unstable();
        assert_eq!(json!(siblings), theirs["siblings"]);
        let base = &ours["baseModuleBuildrequires"]["nodes"][0];
        assert_eq!(base["streamVersion"], 280_000.0);
        let components = ours["components"]["nodes"].as_array().unwrap();
        assert_eq!((components.len(), &ours["components"]["totalCount"]), (5, &json!(5)));
        assert_eq!(components[0]["package"], "module-build-macros");
        assert_eq!((&components[0]["state"], &components[0]["moduleBuild"]["number"]), (&json!("COMPLETE"), &json!(8)));
        let batches = ours["batches"].as_array().unwrap();
        assert_eq!(batches.iter().map(|batch| batch["total"].as_i64().unwrap()).sum::<i64>(), 5, "{batches:?}");
        assert!(batches.iter().all(|batch| batch["complete"] == batch["total"]));
        let messages = application.get("2/module-builds/8/messages?per_page=100").await.body.unwrap();
        assert_eq!(ours["messages"]["totalCount"], messages["meta"]["total"]);
    }
}

fn numbers(nodes: &Value) -> Vec<i64> {
    nodes.as_array().unwrap().iter().map(|node| node["number"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn by_id_by_name_and_as_a_node() {
    let application = Application::start(SECTION, None).await;
    let query = "{ number: moduleBuild(id: 8) { nsvc } id: moduleBuild(id: \"ModuleBuild:8\") { nsvc }
        whole: moduleBuild(nsvc: \"nodejs:8:2820190301090014:69ebd189\") { number }
        part: moduleBuild(nsvc: \"nodejs:8\") { name stream }
        none: moduleBuild(id: \"99999999999\") { id }
        node(id: \"ModuleBuild:8\") { id ... on ModuleBuild { nsvc } }
        component: node(id: \"ComponentBuild:8\") { id ... on ComponentBuild { number } }
        componentBuild(id: 8) { number } }";
    let found = data(&application, query, json!({})).await;
    assert_eq!(found["number"], found["id"]);
    assert_eq!((&found["whole"]["number"], &found["part"]["stream"]), (&json!(8), &json!("8")));
    assert_eq!((&found["none"], &found["node"]["nsvc"]), (&Value::Null, &found["id"]["nsvc"]));
    assert_eq!((&found["component"]["number"], &found["componentBuild"]["number"]), (&json!(8), &json!(8)));
    for wrong in [
        "{ moduleBuild { id } }",
        "{ moduleBuild(id: \"x\") { id } }",
        "{ moduleBuild(id: \"ComponentBuild:8\") { id } }",
        "{ moduleBuild(id: 8, nsvc: \"a\") { id } }",
        "{ node(id: \"8\") { id } }",
    ] {
        assert_eq!(code(&ask(&application, wrong, json!({})).await), "BAD_REQUEST", "{wrong}");
    }
}

#[tokio::test]
async fn what_builds_were_built_against_is_found_both_ways() {
    for application in Application::on_both(SECTION).await {
        let of = |id: i64, field: &str| {
            let query =
                format!("{{ moduleBuild(id: {id}) {{ {field}(first: 200) {{ totalCount nodes {{ number }} }} }} }}");
            let field = field.to_owned();
            let application = &application;
            async move {
                let found = data(application, &query, json!({})).await;
                let list = &found["moduleBuild"][field];
                assert_eq!(list["totalCount"], list["nodes"].as_array().unwrap().len());
                numbers(&list["nodes"])
            }
        };
        let mut links = 0;
        for id in 1..=31 {
            for against in of(id, "buildrequires").await {
                links += 1;
                assert!(of(against, "dependents").await.contains(&id), "{id} was built against {against}");
            }
        }
        assert!(links > 20, "{links} links");
    }
}

#[tokio::test]
async fn a_tree_follows_what_builds_were_built_against() {
    for application in Application::on_both(SECTION).await {
        let query = "query ($id: ID!, $depth: Int!, $direction: TreeDirection!) {
            buildTree(id: $id, depth: $depth, direction: $direction) {
                truncated nodes { depth parent cycle repeated build { id number name } } } }";
        let root = data(&application, query, json!({ "id": 8, "depth": 0, "direction": "BUILDREQUIRES" })).await;
        assert_eq!(root["buildTree"]["nodes"].as_array().unwrap().len(), 1);
        assert_eq!(root["buildTree"]["truncated"], true);
        let tree = data(&application, query, json!({ "id": 8, "depth": 5, "direction": "BUILDREQUIRES" })).await;
        let nodes = tree["buildTree"]["nodes"].as_array().unwrap();
        assert!(nodes.iter().any(|node| node["build"]["name"] == "platform" && node["depth"] == 1), "{nodes:?}");
        assert_eq!((&nodes[0]["parent"], &nodes[0]["build"]["number"]), (&Value::Null, &json!(8)));
        let platform = nodes[1]["build"]["number"].clone();
        let up =
            data(&application, query, json!({ "id": platform.to_string(), "depth": 1, "direction": "DEPENDENTS" }))
                .await;
        let nodes = up["buildTree"]["nodes"].as_array().unwrap();
        assert!(nodes.iter().any(|node| node["build"]["number"] == 8), "{nodes:?}");
        let none = data(&application, query, json!({ "id": 99999, "depth": 1, "direction": "DEPENDENTS" })).await;
        assert_eq!(none["buildTree"], Value::Null);
        let deep = ask(&application, query, json!({ "id": 8, "depth": 21, "direction": "DEPENDENTS" })).await;
        assert_eq!(code(&deep), "TREE_LIMIT");
    }
}

#[tokio::test]
async fn builds_that_were_built_against_one_another_are_marked() {
    use sea_orm::ConnectionTrait as _;
    for application in Application::on_both(SECTION).await {
        let found = data(&application, "{ a: moduleBuild(id: 8) { name stream version context } }", json!({})).await;
        let a = found["a"].clone();
        let of = |build: &Value| json!({ build["name"].as_str().unwrap(): build }).to_string();
        let b = json!({ "name": "circle", "stream": "s", "version": "1", "context": "c" });
        for statement in [
            format!(
                "INSERT INTO module_builds (id, name, stream, version, context, state, modulemd, owner, time_submitted, \
                 rebuild_strategy, buildrequires_json) VALUES (901, 'circle', 's', '1', 'c', 5, '', 'alice', \
                 '2019-04-01 00:00:00', 'all', '{}')",
                of(&a)
            ),
            format!("UPDATE module_builds SET buildrequires_json = '{}' WHERE id = 8", of(&b)),
        ] {
            application.app.db.execute_unprepared(&statement).await.unwrap();
        }
        let query = "{ buildTree(id: 8, depth: 20) { truncated nodes { depth cycle repeated build { number } } } }";
        let tree = data(&application, query, json!({})).await;
        let expected = json!({ "truncated": false, "nodes": [
            { "depth": 0, "cycle": false, "repeated": false, "build": { "number": 8 } },
            { "depth": 1, "cycle": false, "repeated": false, "build": { "number": 901 } },
            { "depth": 2, "cycle": true, "repeated": true, "build": { "number": 8 } },
        ] });
        assert_eq!(tree["buildTree"], expected);
        let shallow = "{ buildTree(id: 8, depth: 1) { truncated nodes { depth } } }";
        let shallow = data(&application, shallow, json!({})).await;
        assert_eq!(shallow["buildTree"], json!({ "truncated": true, "nodes": [{ "depth": 0 }, { "depth": 1 }] }));
        // Two builds stand in two steps; a limit of three is none.
        for (most, truncated) in [(2, true), (3, false)] {
            let narrow = application.twin(|config| config.graphql.tree = most).await;
            let tree = data(&narrow, query, json!({})).await;
            let nodes = tree["buildTree"]["nodes"].as_array().unwrap().len();
            assert_eq!((nodes, &tree["buildTree"]["truncated"]), (most, &json!(truncated)));
        }
    }
}

#[tokio::test]
async fn statistics_queue_workers_and_viewer() {
    for application in Application::on_both(SECTION).await {
        let query = "{ statistics(filter: {since: \"2019-01-01T00:00:00Z\", until: \"2019-12-31T00:00:00Z\"}) {
                all: moduleBuilds { ended succeeded successRate averageSeconds }
                byMonth: moduleBuilds(by: MONTH, first: 100) { period ended }
                byName: moduleBuilds(byName: true, first: 100) { name ended totalSeconds }
                components: componentBuilds(byName: true, by: DAY, first: 100) { name period ended }
            }
            queue { lanes { name waiting } buildsBuild componentsBuilding concurrentBuilds }
            workers { nodes { name alive } }
            viewer { name groups method scopes admin may { submit cancel import manageTokens } } }";
        let found = data(&application, query, json!({})).await;
        let statistics = &found["statistics"];
        let all = &statistics["all"][0];
        let ended = application.get("2/module-builds/?state=ready&state=failed&state=done&state=garbage&completed_after=2019-01-01T00:00:00Z&completed_before=2019-12-30T23:59:59Z&per_page=0");
        assert_eq!(all["ended"], ended.await.body.unwrap()["meta"]["total"], "{statistics}");
        for part in ["byMonth", "byName"] {
            let sum: i64 = statistics[part].as_array().unwrap().iter().map(|row| row["ended"].as_i64().unwrap()).sum();
            assert_eq!(all["ended"], sum, "{part} of {statistics}");
        }
        assert_eq!(found["queue"]["lanes"].as_array().unwrap().len(), 3);
        assert_eq!(found["viewer"]["name"], "anonymous");
        assert_eq!(found["viewer"]["may"]["submit"], true);
        let long = "{ statistics(filter: {since: \"2000-01-01T00:00:00Z\"}) { since } }";
        assert_eq!(code(&ask(&application, long, json!({})).await), "TIME_LIMIT");
    }
}

#[tokio::test]
async fn workers_are_idle_busy_or_gone() {
    for application in Application::on_both(SECTION).await {
        let now = application.app.clock.now();
        let (soon, past) = (TimeDelta::seconds(60), TimeDelta::seconds(-60));
        for (name, holder, expires) in [
            ("worker:a", "a", soon),
            ("worker:b", "b", soon),
            ("component:7", "b", soon),
            ("component:8", "b", past),
            ("worker:c", "c", past),
            ("component:9", "c", past),
            ("upkeep", "d", soon),
        ] {
            lease::claim(&application.app.db, name, holder, now, expires).await.unwrap();
        }
        let query = "{ workers { totalCount nodes { name alive expires holds { name } } } }";
        let found = data(&application, query, json!({})).await;
        let seen: Vec<_> = found["workers"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|worker| {
                let holds = worker["holds"].as_array().unwrap().iter().map(|held| held["name"].as_str().unwrap());
                (
                    worker["name"].as_str().unwrap(),
                    worker["alive"] == true,
                    worker["expires"].is_null(),
                    holds.collect::<Vec<_>>(),
                )
            })
            .collect();
        let wanted = [
            ("a", true, false, vec![]),
            ("b", true, false, vec!["component:7"]),
            ("c", false, false, vec![]),
            ("d", false, true, vec!["upkeep"]),
        ];
        assert_eq!(seen, wanted);
    }
}
