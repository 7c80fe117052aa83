//! Requests: who may send them, what may be kept, queries by their hash.

use serde_json::{Value, json};

use super::{JSON, ask, code, send};
use crate::SECTION;
use crate::support::Application;

/// A query in a URL.
fn url(query: &str) -> String {
    use std::fmt::Write as _;
    query.bytes().fold("/graphql?query=".to_owned(), |mut url, byte| {
        write!(url, "%{byte:02X}").unwrap();
        url
    })
}

#[tokio::test]
async fn what_is_no_graphql_request() {
    let application = Application::start(SECTION, None).await;
    for body in ["", "[]", "{\"query\": 1}", "null", "{"] {
        let answer = application.send("POST", "/graphql", &[JSON], body.as_bytes()).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
    }
    assert_eq!(application.send("GET", "/graphql", &[], b"").await.status, 400);
    assert_eq!(application.send("PUT", "/graphql", &[], b"").await.status, 405);
}

#[tokio::test]
async fn other_sites_cannot_make_a_browser_change_anything() {
    let application = Application::start(SECTION, None).await;
    let cancel = json!({ "query": "mutation { cancel(id: 8) { id } }" }).to_string();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let answer = application.send("POST", "/graphql", &[("Content-Type", kind)], cancel.as_bytes()).await;
        assert_eq!((answer.status, code(&answer.body.unwrap())), (415, "UNSUPPORTED_MEDIA_TYPE"), "{kind}");
    }
    assert_eq!(application.send("POST", "/graphql", &[], cancel.as_bytes()).await.status, 415);
    let query = json!({ "query": "{ viewer { name } }" }).to_string();
    let answer = application.send("POST", "/graphql", &[("GraphQL-Preflight", "1")], query.as_bytes()).await;
    assert_eq!((answer.status, &answer.body.unwrap()["data"]["viewer"]["name"]), (200, &json!("anonymous")));
    for changing in
        ["mutation { cancel(id: 8) { id } }", "query a { viewer { name } } mutation b { cancel(id: 8) { id } }"]
    {
        let answer = application.send("GET", &url(changing), &[], b"").await;
        assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, "POST"), "{}", answer.text);
    }
    let plan = application.send("GET", &url("{ plan(input: {}) { name } }"), &[], b"").await;
    assert_eq!(code(&plan.body.unwrap()), "METHOD_NOT_ALLOWED");
}

#[tokio::test]
async fn a_query_in_the_url_may_be_kept() {
    let application = Application::start(SECTION, None).await;
    let target = url("{ moduleBuild(id: 8) { nsvc } }");
    let first = application.send("GET", &target, &[("Host", "h")], b"").await;
    assert_eq!((first.status, first.headers["cache-control"].as_str()), (200, "no-cache"), "{}", first.text);
    assert_eq!(first.body.unwrap()["data"]["moduleBuild"]["nsvc"], "nodejs:8:2820190301090014:69ebd189");
    let tag = first.headers["etag"].clone();
    let again = application.send("GET", &target, &[("Host", "h"), ("If-None-Match", &tag)], b"").await;
    assert_eq!(again.status, 304);
    for (query, variables) in [("{ viewer { name } }", ""), ("{ nothing }", ""), ("{ queue { buildsInit } }", "")] {
        let answer = application.send("GET", &format!("{}{variables}", url(query)), &[("Host", "h")], b"").await;
        assert_eq!((answer.status, answer.headers["cache-control"].as_str()), (200, "no-store"), "{query}");
        assert!(!answer.headers.contains_key("etag"), "{query}");
    }
    let with = format!(
        "{}&variables=%7B%22id%22%3A8%7D&operationName=a",
        url("query a($id: ID!) { moduleBuild(id: $id) { number } }")
    );
    let answer = application.send("GET", &with, &[("Host", "h")], b"").await;
    assert_eq!(answer.body.unwrap()["data"]["moduleBuild"]["number"], 8);
    assert_eq!(application.send("GET", "/graphql?query=a&variables=x", &[("Host", "h")], b"").await.status, 400);
}

fn persisted(hash: &str, query: Option<&str>) -> Value {
    let mut request = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } });
    if let Some(query) = query {
        request["query"] = json!(query);
    }
    request
}

const QUERY: &str = "{ moduleBuild(id: 8) { number } }";
/// `printf %s QUERY | sha256sum`
const HASH: &str = "e65bcf760aec6b9a1b59caedebd36e90ded08563320475a33d26d05bc21eb10e";

#[tokio::test]
async fn queries_are_named_by_their_hash_once_they_were_sent() {
    let application = Application::start(SECTION, None).await;
    let unknown = send(&application, &persisted(HASH, None)).await.body.unwrap();
    assert_eq!(
        (code(&unknown), &unknown["errors"][0]["message"]),
        ("PERSISTED_QUERY_NOT_FOUND", &json!("PersistedQueryNotFound"))
    );
    let wrong = send(&application, &persisted(HASH, Some("{ viewer { name } }"))).await.body.unwrap();
    assert_eq!(code(&wrong), "PERSISTED_QUERY_MISMATCH");
    for query in [Some(QUERY), None] {
        let answer = send(&application, &persisted(HASH, query)).await.body.unwrap();
        assert_eq!(answer["data"]["moduleBuild"]["number"], 8, "{answer}");
    }
    for broken in [json!(1), json!({ "version": 2, "sha256Hash": HASH }), json!({ "version": 1, "sha256Hash": "x" })] {
        let request = json!({ "query": QUERY, "extensions": { "persistedQuery": broken } });
        assert_eq!(code(&send(&application, &request).await.body.unwrap()), "BAD_REQUEST");
    }
}

#[tokio::test]
async fn an_operator_may_allow_nothing_but_known_queries() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("one.graphql"), format!("{QUERY}\n")).unwrap();
    let application = Application::start(SECTION, None).await;
    let strict = application
        .twin(|config| {
            config.graphql.persisted_folder = Some(folder.path().to_owned());
            config.graphql.persisted_only = true;
        })
        .await;
    for allowed in [persisted(HASH, None), json!({ "query": QUERY })] {
        assert_eq!(send(&strict, &allowed).await.body.unwrap()["data"]["moduleBuild"]["number"], 8);
    }
    let other = send(&strict, &json!({ "query": "{ moduleBuild(id: 9) { number } }" })).await.body.unwrap();
    assert_eq!(code(&other), "PERSISTED_QUERY_NOT_ALLOWED");
}

#[tokio::test]
async fn the_explorer_needs_no_other_host() {
    let application = Application::start(SECTION, None).await;
    let browser = [("Accept", "text/html,application/xhtml+xml"), ("Host", "h")];
    let page = application.send("GET", "/graphql", &browser, b"").await;
    assert_eq!((page.status, page.headers["content-type"].as_str()), (200, "text/html; charset=utf-8"));
    let policy = &page.headers["content-security-policy"];
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self';"), "{policy}");
    assert!(!page.text.contains("http://") && !page.text.contains("https://") && !page.text.contains("<script>"));
    let files: Vec<_> = page.text.split(['"']).filter(|part| part.starts_with("graphql/explorer/")).collect();
    assert_eq!(files.len(), 4);
    for file in files {
        let received = crate::support::status(&application.address, &format!("/{file}")).await;
        assert_eq!(received, 200, "{file}");
    }
    let without = application.twin(|config| config.graphql.explorer = false).await;
    assert_eq!(without.send("GET", "/graphql", &browser, b"").await.status, 400);
}

#[tokio::test]
async fn what_failed_is_null_or_makes_null_what_holds_it() {
    let application = Application::start(SECTION, None).await;
    let query = "{ good: moduleBuild(id: 8) { number } bad: moduleBuild(id: 8) { number components(first: 9999) { totalCount } }
        tree: buildTree(id: 8, depth: 99) { truncated } }";
    let answer = ask(&application, query, json!({})).await;
    assert_eq!(answer["data"], json!({ "good": { "number": 8 }, "bad": null, "tree": null }), "{answer}");
    assert_eq!(answer["errors"].as_array().unwrap().len(), 2);
    let whole = ask(&application, "{ moduleBuilds(first: 9999) { totalCount } }", json!({})).await;
    assert_eq!((&whole["data"], code(&whole)), (&Value::Null, "LIST_LIMIT"));
}

#[tokio::test]
async fn fields_stand_in_the_order_in_which_they_are_asked_for() {
    let application = Application::start(SECTION, None).await;
    let query = "{
        moduleBuilds(first: 1) { nodes { id } }
        moduleBuild(id: 8) { siblings { totalCount } owner stateTrace(first: 1) { nodes { state } } ...rest }
        viewer { name }
    }
    fragment rest on ModuleBuild { name components(first: 1) { totalCount nodes { stateName: state package } } stream }";
    let answer = send(&application, &json!({ "query": query })).await;
    let keys = [
        "moduleBuilds",
        "moduleBuild",
        "siblings",
        "owner",
        "stateTrace",
        "name",
        "components",
        "totalCount",
        "nodes",
        "stateName",
        "package",
        "stream",
        "viewer",
    ];
    let mut rest = answer.text.as_str();
    for key in keys {
        let found = rest.split_once(&format!("\"{key}\":"));
        rest = found.unwrap_or_else(|| panic!("{key} is not in its place: {}", answer.text)).1;
    }
}
