//! Queries that would cost too much are refused before anything is done for them, with the limit and the cost.

use serde_json::{Value, json};

use super::{ask, code, data, send};
use crate::SECTION;
use crate::support::Application;

fn hostile() -> Vec<(String, &'static str)> {
    let fields = |count: usize, field: &dyn Fn(usize) -> String| {
        format!("{{ {} }}", (0..count).map(field).collect::<Vec<_>>().join(" "))
    };
    let nested = |levels: usize, open: &str, inside: &str, close: &str| {
        format!("{{ {}{inside}{} }}", open.repeat(levels), close.repeat(levels))
    };
    let bomb: String = (0..30)
        .map(|n| format!("fragment f{n} on Query {{ ...f{0} ...f{0} }} ", n + 1))
        .chain(["fragment f30 on Query { queue { buildsInit } }".to_owned()])
        .collect();
    let chain: String = (0..400)
        .map(|n| format!("fragment f{n} on Query {{ ...f{} }} ", n + 1))
        .chain(["fragment f400 on Query { queue { buildsInit } }".to_owned()])
        .collect();
    vec![
        (fields(200, &|n| format!("a{n}: __typename")), "ALIAS_LIMIT"),
        (fields(10_000, &|n| format!("a{n}:__typename")), "QUERY_TOO_LONG"),
        (fields(4000, &|n| format!("a{n}:queue{{a:buildsInit}}")), "QUERY_TOO_LONG"),
        (fields(3000, &|_| "queue{buildsInit}".to_owned()), "TOKEN_LIMIT"),
        (fields(6000, &|_| "a".to_owned()), "FIELD_LIMIT"),
        (nested(12, "moduleBuild(id:1){reusedModule{", "id", "}}"), "DEPTH_LIMIT"),
        (nested(63, "a{", "b", "}"), "DEPTH_LIMIT"),
        (nested(90, "a{", "b", "}"), "DEPTH_LIMIT"),
        (nested(10_000, "a{", "b", "}"), "TOKEN_LIMIT"),
        ("{".repeat(9_000), "DEPTH_LIMIT"),
        (format!("{{ moduleBuild(id: {}) {{ id }} }}", "[".repeat(5000)), "DEPTH_LIMIT"),
        ("query { ...a } fragment a on Query { ...b } fragment b on Query { ...a }".to_owned(), "FRAGMENT_CYCLE"),
        ("query { ...a } fragment a on Query { ...a }".to_owned(), "FRAGMENT_CYCLE"),
        ("{ queue { buildsInit } } fragment a on Query { ...a }".to_owned(), "FRAGMENT_CYCLE"),
        (format!("{{ ...f0 }} {bomb}"), "FIELD_LIMIT"),
        (format!("{{ ...f0 }} {chain}"), "DEPTH_LIMIT"),
        (format!("{{ queue {} {{ buildsInit }} }}", "@include(if: true) ".repeat(100)), "DIRECTIVE_LIMIT"),
        (
            "{ moduleBuilds(first: 2000) { nodes { components(first: 2000) { nodes { id package } } } } }".to_owned(),
            "COMPLEXITY_LIMIT",
        ),
        // Their costs, added up as numbers of 64 bits, come to 999 when they overflow.
        (
            "{ moduleBuilds(first: 2000) { nodes { components(first: 2000) { nodes { id } } } } moduleBuild(id: 0) {
                a: dependents(first: 1431655765) { nodes { dependents(first: 2147483647) { nodes {
                    dependents(first: 2) { nodes { id } } } } } }
                b: dependents(first: 2) { nodes { dependents(first: 2147483647) { nodes { id } } } }
                c: dependents(first: 711826379) { nodes { id } } } }"
                .to_owned(),
            "COMPLEXITY_LIMIT",
        ),
        (
            "query ($n: Int = 2147483647) { moduleBuild(id: 0) { dependents(first: $n) { nodes { siblings(first: $n) { nodes {
                dependents(first: $n) { nodes { id } } } } } } } }"
                .to_owned(),
            "COMPLEXITY_LIMIT",
        ),
        ("{ statistics(filter: { until: \"-262143-01-01T00:00:00Z\" }) { since } }".to_owned(), "BAD_REQUEST"),
        (
            "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }"
                .to_owned(),
            "COMPLEXITY_LIMIT",
        ),
        (format!("# {}\n{{ queue {{ buildsInit }} }}", "x".repeat(70_000)), "QUERY_TOO_LONG"),
        ("nonsense".to_owned(), "GRAPHQL_PARSE_FAILED"),
        (String::new(), "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }".to_owned(), "GRAPHQL_VALIDATION_FAILED"),
    ]
}

#[tokio::test]
async fn queries_that_cost_too_much_are_refused() {
    let application = Application::start(SECTION, None).await;
    for (query, expected) in hostile() {
        let answer = ask(&application, &query, json!({})).await;
        assert_eq!(code(&answer), expected, "{query:.200}: {answer}");
        assert_eq!(answer["data"], Value::Null);
        let extensions = &answer["errors"][0]["extensions"];
        if expected.ends_with("_LIMIT") {
            assert!(extensions["cost"].as_u64() > extensions["limit"].as_u64(), "{answer}");
        }
    }
    data(&application, "{ queue { buildsInit } }", json!({})).await;
}

/// What is refused costs the process no memory: a thousand of them leave it as it was.
#[tokio::test]
async fn refusals_leave_no_memory_behind() {
    let application = Application::start(SECTION, None).await;
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let queries = hostile();
    let all = async || {
        for (query, _) in &queries {
            ask(&application, query, json!({})).await;
        }
    };
    all().await;
    let before = resident();
    for _ in 0..20 {
        all().await;
    }
    let more = resident().saturating_sub(before);
    assert!(more < 64 << 10, "{more} KiB more");
}

#[tokio::test]
async fn huge_variables_and_documents_are_refused() {
    let application = Application::start(SECTION, None).await;
    let query = "query ($a: String) { moduleBuilds(filter: {name: $a}) { nodes { id } } }";
    let long = json!({ "query": query, "variables": { "a": "x".repeat(5 << 20) } });
    assert_eq!(send(&application, &long).await.status, 413);
    let many = json!({ "query": query, "variables": { "a": vec![Value::Null; 300_000] } });
    let answer = send(&application, &many).await;
    assert_eq!(answer.status, 413, "{:.300}", answer.text);
    assert_eq!(code(answer.body.as_ref().unwrap()), "TOKEN_LIMIT");
    let deep = format!("{{\"query\": \"{{a}}\", \"variables\": {}}}", "[".repeat(50_000));
    let answer = application.send("POST", "/graphql", &[super::JSON], deep.as_bytes()).await;
    assert_eq!(answer.status, 400, "{:.300}", answer.text);
    let unused = json!({ "query": "{ moduleBuild(id: 8) { id } }", "variables": { "other": { "a": [1, 2, 3] } } });
    assert_eq!(send(&application, &unused).await.status, 200);
}

#[tokio::test]
async fn limits_are_the_operators() {
    let application = Application::start(SECTION, None).await;
    let strict = application
        .twin(|config| {
            config.graphql.introspection = false;
            config.graphql.complexity = 50;
            config.graphql.list = 5;
        })
        .await;
    let answer = ask(&strict, "{ __schema { queryType { name } } }", json!({})).await;
    assert_eq!(code(&answer), "INTROSPECTION_DISABLED");
    assert_eq!(
        code(&ask(&strict, "{ ...a } fragment a on Query { __type(name: \"Query\") { name } }", json!({})).await),
        "INTROSPECTION_DISABLED"
    );
    let answer = ask(&strict, "{ moduleBuilds(first: 60) { nodes { id } } }", json!({})).await;
    assert_eq!((code(&answer), &answer["errors"][0]["extensions"]["limit"]), ("COMPLEXITY_LIMIT", &json!(50)));
    assert_eq!(code(&ask(&strict, "{ moduleBuilds(first: 6) { nodes { id } } }", json!({})).await), "LIST_LIMIT");
}

/// Few values may be many bytes.
#[tokio::test]
async fn long_texts_of_an_answer_are_bounded() {
    for application in Application::on_both(SECTION).await {
        let one = "{ moduleBuild(id: 8) { modulemd buildrequiresJson } }";
        let document = data(&application, one, json!({})).await["moduleBuild"]["modulemd"].as_str().unwrap().len();
        let narrow = application.twin(|config| config.graphql.answer_bytes = document + 2000).await;
        data(&narrow, one, json!({})).await;
        for query in [
            "{ moduleBuilds(first: 100) { nodes { modulemd } } }",
            "{ moduleBuilds(first: 100) { nodes { a: buildrequiresJson b: buildrequiresJson c: buildrequiresJson } } }",
        ] {
            let answer = ask(&narrow, query, json!({})).await;
            let limit = &answer["errors"][0]["extensions"]["limit"];
            assert_eq!((code(&answer), limit), ("ANSWER_LIMIT", &json!(document + 2000)), "{query}");
        }
    }
}

/// Whoever waits for the database, which others keep busy, is told so.
#[tokio::test]
async fn an_answer_that_is_not_ready_in_time_is_given_up() {
    use sea_orm::TransactionTrait as _;
    let application = Application::start(SECTION, None).await;
    let hurried = application.twin(|config| config.graphql.timeout = std::time::Duration::from_millis(50)).await;
    let mut busy = Vec::new();
    for _ in 0..crate::support::CONNECTIONS {
        busy.push(application.app.db.begin().await.unwrap());
    }
    let query = "{ moduleBuilds(first: 1) { nodes { id } } }";
    assert_eq!(code(&ask(&hurried, query, json!({})).await), "TIMEOUT");
    drop(busy);
    data(&application, query, json!({})).await;
}
