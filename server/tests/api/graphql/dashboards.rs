//! The queries of docs/API.md for authors of dashboards, on the rows of the contract. The explorer has the same ones.

use serde_json::{Value, json};

use super::{ask, data};
use crate::SECTION;
use crate::support::Application;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/API.md");

/// The query of this name.
pub fn query(name: &str) -> String {
    let document = std::fs::read_to_string(DOCUMENT).unwrap();
    let blocks = document.split("```graphql\n").skip(1).map(|block| block.split("```").next().unwrap());
    let mut found = blocks.filter(|block| block.starts_with(&format!("query {name}")));
    found.next().unwrap_or_else(|| panic!("docs/API.md has no query {name}")).to_owned()
}

fn nodes(list: &Value) -> &Vec<Value> {
    list["nodes"].as_array().unwrap_or_else(|| panic!("no list in {list}"))
}

#[tokio::test]
async fn they_answer_what_they_are_for() {
    for application in Application::on_both(SECTION).await {
        let failed = application
            .get("2/module-builds/?state=failed&order_desc_by=time_modified&per_page=10")
            .await
            .body
            .unwrap();
        let broken = data(&application, &query("Broken"), json!({})).await;
        let found = nodes(&broken["moduleBuilds"]);
        assert_eq!(found.len(), failed["items"].as_array().unwrap().len());
        assert!(!found.is_empty() && found.iter().all(|build| build["stateReason"].is_string()), "{broken}");

        let waiting = data(&application, &query("Waiting"), json!({})).await;
        let unfinished = application.get("2/module-builds/?state=init&state=wait&state=build").await.body.unwrap();
        assert_eq!(nodes(&waiting["moduleBuilds"]).len(), unfinished["items"].as_array().unwrap().len());
        assert_eq!(waiting["queue"]["lanes"].as_array().unwrap().len(), 3);

        let costly = data(&application, &query("Costly"), json!({})).await;
        assert!(costly["statistics"]["componentBuilds"].is_array());

        let platform = data(
            &application,
            "{ moduleBuilds(first: 1, filter: {name: \"platform\", stream: \"f28\"}) { nodes { id } } }",
            json!({}),
        )
        .await;
        let id = nodes(&platform["moduleBuilds"])[0]["id"].clone();
        let affected = data(&application, &query("Affected"), json!({ "id": id })).await;
        assert!(affected["buildTree"]["nodes"].as_array().unwrap().len() > 1, "{affected}");

        let changed = data(&application, &query("Changed"), json!({ "a": "ModuleBuild:8", "b": "8" })).await;
        assert_eq!((&changed["diff"]["same"], &changed["diff"]["a"]), (&json!(true), &changed["diff"]["b"]));

        let build = data(&application, &query("Build"), json!({ "id": 8 })).await;
        assert_eq!(build["moduleBuild"]["state"], "READY");
        assert!(!nodes(&build["moduleBuild"]["buildrequires"]).is_empty(), "{build}");
    }
}

/// The same as REST, whichever way the builds are named; and what cannot be compared has REST's code.
#[tokio::test]
async fn differences_are_those_of_rest() {
    for application in Application::on_both(SECTION).await {
        let ids = application.get("2/module-builds/?state=ready&per_page=100&verbose=true").await.body.unwrap();
        let builds = ids["items"].as_array().unwrap().clone();
        let mut compared = 0;
        for pair in builds.windows(2) {
            let [a, b] = [0, 1].map(|side| pair[side]["id"].to_string());
            let rest = application.get(&format!("2/module-builds/{a}/diff/{b}")).await;
            let variables = json!({ "a": a, "b": format!("ModuleBuild:{b}") });
            if rest.status != 200 {
                let answer = ask(&application, &query("Changed"), variables).await["errors"][0].take();
                assert_eq!(answer["extensions"]["status"], rest.status, "{answer}");
                continue;
            }
            let rest = rest.body.unwrap();
            let diff = data(&application, &query("Changed"), variables).await["diff"].clone();
            assert_eq!((&diff["same"], &diff["macros"]), (&rest["same"], &rest["macros"]));
            for (of_rest, ours) in [
                ("filters", "filters"),
                ("api", "api"),
                ("module_licenses", "moduleLicenses"),
                ("content_licenses", "contentLicenses"),
                ("arches", "arches"),
                ("rpms", "rpms"),
            ] {
                assert_eq!(diff[ours], rest[of_rest], "{ours}");
            }
            for what in ["components", "buildrequires", "requires"] {
                assert_eq!(named(&diff[what]), names(&rest[what]), "{what}");
            }
            compared += 1;
        }
        assert!(compared > 3, "{compared}");
        for (a, code) in
            [("999999", "NOT_FOUND"), ("a:b:1:c", "NOT_FOUND"), ("nodejs", "BAD_REQUEST"), ("a\0", "BAD_REQUEST")]
        {
            let answer = ask(&application, &query("Changed"), json!({ "a": a, "b": "8" })).await["errors"][0].take();
            assert_eq!(answer["extensions"]["code"], code, "{answer}");
        }
    }
}

/// Names of what is added, removed and changed, with the values of REST: `name`, and `name field a b` for what is changed.
fn names(of_rest: &Value) -> [Vec<String>; 3] {
    let text = |value: &Value| value.as_str().unwrap_or("null").to_owned();
    let plain = |key: &str| of_rest[key].as_array().unwrap().iter().map(|one| text(&one["name"])).collect();
    let changed = of_rest["changed"].as_array().unwrap().iter().flat_map(|one| {
        let fields = one.as_object().unwrap().iter().filter(|(field, _)| *field != "name");
        fields.map(move |(field, pair)| {
            format!("{} {field} {} {}", text(&one["name"]), text(&pair["a"]), text(&pair["b"]))
        })
    });
    let mut changed: Vec<_> = changed.collect();
    changed.sort();
    [plain("added"), plain("removed"), changed]
}

fn named(ours: &Value) -> [Vec<String>; 3] {
    let text = |value: &Value| value.as_str().unwrap_or("null").to_owned();
    let plain = |key: &str| ours[key].as_array().unwrap().iter().map(|one| text(&one["name"])).collect();
    let changed = ours["changed"].as_array().unwrap().iter().flat_map(|one| {
        let changes = one["changes"].as_array().unwrap().iter();
        changes.map(move |two| [&one["name"], &two["name"], &two["a"], &two["b"]].map(text).join(" "))
    });
    let mut changed: Vec<_> = changed.collect();
    changed.sort();
    [plain("added"), plain("removed"), changed]
}

#[test]
fn the_explorer_has_the_same_queries() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/graphql/explorer/page.js")).unwrap();
    for name in ["Broken", "Waiting", "Costly", "Affected", "Changed", "Build"] {
        assert!(page.contains(query(name).trim_end()), "{name}");
    }
}
