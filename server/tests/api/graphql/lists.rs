//! Lists: the filters and orders of REST, forward and backward.

use serde_json::{Value, json};

use super::{ask, code, data};
use crate::SECTION;
use crate::support::Application;

/// An order in GraphQL, and in REST.
const ORDERS: [(&str, &str); 8] = [
    ("", ""),
    ("orderBy: [ID]", "order_by=id"),
    ("orderDescBy: [NAME]", "order_desc_by=name"),
    ("orderBy: [STATE, NAME]", "order_by=state&order_by=name"),
    ("orderBy: [TIME_COMPLETED]", "order_by=time_completed"),
    ("orderDescBy: [TIME_COMPLETED, STATE_REASON]", "order_desc_by=time_completed&order_desc_by=state_reason"),
    ("orderDescBy: [STREAM_VERSION]", "order_desc_by=stream_version"),
    ("orderBy: [VERSION, KOJI_TAG]", "order_by=version&order_by=koji_tag"),
];

/// All numbers of a list, page by page.
async fn walk(application: &Application, order: &str, forward: bool) -> Vec<i64> {
    let (size, place, more, cursor) = if forward {
        ("first", "after", "hasNextPage", "endCursor")
    } else {
        ("last", "before", "hasPreviousPage", "startCursor")
    };
    let query = format!(
        "query ($at: String) {{ moduleBuilds({size}: 7, {place}: $at, {order}) {{
            nodes {{ number }} pageInfo {{ {more} {cursor} }} }} }}"
    );
    let (mut all, mut at) = (Vec::new(), Value::Null);
    loop {
        let found = data(application, &query, json!({ "at": at })).await;
        let page = &found["moduleBuilds"];
        let numbers = page["nodes"].as_array().unwrap().iter().map(|node| node["number"].as_i64().unwrap());
        if forward {
            all.extend(numbers);
        } else {
            all = numbers.chain(all).collect();
        }
        if page["pageInfo"][more] == false {
            return all;
        }
        at = page["pageInfo"][cursor].clone();
    }
}

async fn rest(application: &Application, path: &str) -> Vec<i64> {
    let list = application.get(path).await.body.unwrap();
    list["items"]
        .as_array()
        .unwrap_or_else(|| panic!("{path}: {list}"))
        .iter()
        .map(|item| item["id"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn pages_follow_one_another_forward_and_backward() {
    for application in Application::on_both(SECTION).await {
        for (order, theirs) in ORDERS {
            let expected = rest(&application, &format!("2/module-builds/?per_page=100&{theirs}")).await;
            assert_eq!(expected.len(), 31);
            assert_eq!(walk(&application, order, true).await, expected, "{order} forward");
            assert_eq!(walk(&application, order, false).await, expected, "{order} backward");
        }
    }
}

/// A filter in GraphQL, and in REST.
const FILTERS: [(&str, &str); 14] = [
    ("name: \"nodejs\", state: [READY, GARBAGE]", "name=nodejs&state=ready&state=garbage"),
    ("nsvc: \"nodejs:8\"", "nsvc=nodejs:8"),
    ("owner: \"alice\"", "owner=alice"),
    ("scratch: false", "scratch=false"),
    ("batch: 3", "batch=3"),
    ("submittedAfter: \"2019-03-01T00:00:00Z\"", "submitted_after=2019-03-01T00:00:00Z"),
    ("completedBefore: \"2019-03-01T12:00:00Z\"", "completed_before=2019-03-01T12:00:00Z"),
    ("virtualStream: [\"f28\", \"f29\"]", "virtual_stream=f28&virtual_stream=f29"),
    ("streamVersion: 280000", "stream_version=280000"),
    ("streamVersionLte: 290100", "stream_version_lte=290100"),
    ("baseModuleBrName: \"platform\"", "base_module_br_name=platform"),
    ("baseModuleBrStream: \"f28\", state: [READY]", "base_module_br_stream=f28&state=ready"),
    ("baseModuleBrStreamVersionGte: 280000", "base_module_br_stream_version_gte=280000"),
    ("name: \"no such module\"", "name=no+such+module"),
];

#[tokio::test]
async fn filters_are_those_of_rest() {
    for application in Application::on_both(SECTION).await {
        let mut found_any = 0;
        for (filter, theirs) in FILTERS {
            let expected = rest(&application, &format!("2/module-builds/?per_page=100&{theirs}")).await;
            let query =
                format!("{{ moduleBuilds(first: 100, filter: {{{filter}}}) {{ totalCount nodes {{ number }} }} }}");
            let found = data(&application, &query, json!({})).await;
            let nodes = found["moduleBuilds"]["nodes"].as_array().unwrap();
            let ours: Vec<_> = nodes.iter().map(|node| node["number"].as_i64().unwrap()).collect();
            assert_eq!(ours, expected, "{filter}");
            assert_eq!(found["moduleBuilds"]["totalCount"], expected.len(), "{filter}");
            found_any += usize::from(!expected.is_empty());
        }
        assert!(found_any >= 10, "{found_any} filters find something");
        for (filter, theirs) in [
            ("moduleBuild: \"8\"", "module_build=8"),
            ("state: [FAILED, BUILDING]", "state=failed&state=building"),
            ("package: \"module-build-macros\", batch: 1", "package=module-build-macros&batch=1"),
            ("tagged: true", "tagged=true"),
        ] {
            let expected = rest(&application, &format!("2/component-builds/?per_page=1000&{theirs}")).await;
            let query = format!("{{ componentBuilds(first: 1000, filter: {{{filter}}}) {{ nodes {{ number }} }} }}");
            let found = data(&application, &query, json!({})).await;
            let nodes = found["componentBuilds"]["nodes"].as_array().unwrap();
            assert_eq!(
                nodes.iter().map(|node| node["number"].as_i64().unwrap()).collect::<Vec<_>>(),
                expected,
                "{filter}"
            );
        }
    }
}

#[tokio::test]
async fn lists_of_many_builds_have_pages_of_their_own() {
    for application in Application::on_both(SECTION).await {
        let inner = "components(first: 2) { nodes { number } pageInfo { hasNextPage endCursor } }
            last: components(last: 2, orderBy: [PACKAGE]) { nodes { number } pageInfo { hasPreviousPage startCursor } }
            dependents(first: 1) { nodes { number } pageInfo { hasNextPage } } siblings(last: 1) { nodes { number } }";
        let many =
            data(&application, &format!("{{ moduleBuilds(first: 100) {{ nodes {{ number {inner} }} }} }}"), json!({}))
                .await;
        for build in many["moduleBuilds"]["nodes"].as_array().unwrap() {
            let one =
                data(&application, &format!("{{ moduleBuild(id: {}) {{ {inner} }} }}", build["number"]), json!({}))
                    .await;
            for list in ["components", "last", "dependents", "siblings"] {
                assert_eq!(build[list], one["moduleBuild"][list], "{list} of {}", build["number"]);
            }
        }
    }
}

#[tokio::test]
async fn what_a_list_does_not_take() {
    let application = Application::start(SECTION, None).await;
    for (arguments, expected) in [
        ("first: 2001", "LIST_LIMIT"),
        ("first: -1", "BAD_REQUEST"),
        ("first: 1, last: 1", "BAD_REQUEST"),
        ("after: \"x\"", "BAD_REQUEST"),
        ("orderBy: [ID], orderDescBy: [NAME]", "BAD_REQUEST"),
        ("filter: {name: \"\\u0000\"}", "BAD_REQUEST"),
        ("filter: {baseModuleBr: \"a:b\"}", "BAD_REQUEST"),
        ("filter: {streamVersionLte: 1}", "BAD_REQUEST"),
        ("filter: {submittedAfter: \"yesterday\"}", "BAD_REQUEST"),
        ("filter: {state: [NONE]}", "GRAPHQL_VALIDATION_FAILED"),
    ] {
        let answer =
            ask(&application, &format!("{{ moduleBuilds({arguments}) {{ nodes {{ id }} }} }}"), json!({})).await;
        assert_eq!(code(&answer), expected, "{arguments}: {answer}");
    }
    let limit = ask(&application, "{ moduleBuilds(first: 2001) { nodes { id } } }", json!({})).await;
    let extensions = &limit["errors"][0]["extensions"];
    assert_eq!((&extensions["limit"], &extensions["cost"]), (&json!(2000), &json!(2001)));
}

/// Histories, workers and tokens are read as a whole, and shown by pages like all others.
#[tokio::test]
async fn what_is_known_as_a_whole_has_pages_too() {
    let application = Application::start(SECTION, None).await;
    let trace = async |arguments: &str| {
        let query = format!(
            "{{ moduleBuild(id: 8) {{ stateTrace({arguments}) {{ totalCount nodes {{ state }} edges {{ cursor }}
                pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"
        );
        data(&application, &query, json!({})).await["moduleBuild"]["stateTrace"].take()
    };
    let all = trace("first: 100").await;
    let states = all["nodes"].as_array().unwrap();
    assert!(states.len() > 2 && all["totalCount"] == states.len(), "{all}");
    let (mut forward, mut backward) = (Vec::new(), Vec::new());
    let mut page = trace("first: 2").await;
    loop {
        forward.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        page = trace(&format!("first: 2, after: {}", page["pageInfo"]["endCursor"])).await;
    }
    let mut page = trace("last: 2").await;
    loop {
        backward.splice(0..0, page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasPreviousPage"] == false {
            break;
        }
        page = trace(&format!("last: 2, before: {}", page["pageInfo"]["startCursor"])).await;
    }
    assert_eq!((&forward, &backward), (states, states));
    assert_eq!(trace("first: 2, after: \"18446744073709551615\"").await["nodes"], json!([]));
    assert_eq!(trace("first: 0").await["totalCount"], states.len());
    for arguments in ["after: \"x\"", "before: \"-1\"", "first: -1", "first: 1, last: 1"] {
        let query = format!("{{ moduleBuild(id: 8) {{ stateTrace({arguments}) {{ nodes {{ state }} }} }} }}");
        assert_eq!(code(&ask(&application, &query, json!({})).await), "BAD_REQUEST", "{arguments}");
    }
}
