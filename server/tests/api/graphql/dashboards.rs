//! The queries of docs/API.md for authors of dashboards, on the rows of the contract. The explorer has the same ones.

use serde_json::{Value, json};

use super::data;
use crate::SECTION;
use crate::support::Application;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/API.md");

/// The query of this name.
fn query(name: &str) -> String {
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

        let build = data(&application, &query("Build"), json!({ "id": 8 })).await;
        assert_eq!(build["moduleBuild"]["state"], "READY");
        assert!(!nodes(&build["moduleBuild"]["buildrequires"]).is_empty(), "{build}");
    }
}

#[test]
fn the_explorer_has_the_same_queries() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/graphql/explorer/page.js")).unwrap();
    for name in ["Broken", "Waiting", "Costly", "Affected", "Build"] {
        assert!(page.contains(query(name).trim_end()), "{name}");
    }
}
