//! Walks through lists by cursor.

use sea_orm::ConnectionTrait;
use serde_json::Value;

use crate::SECTION;
use crate::support::{Answer, Application};

const ORDERS: [&str; 14] = [
    "",
    "order_by=id",
    "order_by=name",
    "order_desc_by=name",
    "order_by=state&order_by=name",
    "order_desc_by=time_completed",
    "order_by=time_completed",
    "order_by=time_completed&order_by=state_reason&order_by=koji_tag",
    "order_desc_by=stream_version&order_desc_by=scratch",
    "order_by=stream_version",
    "order_desc_by=version",
    "order_by=scratch&order_by=version",
    "order_by=modulemd",
    "order_desc_by=state_reason&order_desc_by=rebuild_strategy",
];
const FILTERS: [&str; 4] = ["", "state=ready&state=failed", "name=nodejs&verbose=1", "base_module_br_name=platform"];
const COMPONENT_ORDERS: [&str; 8] = [
    "",
    "order_by=package",
    "order_desc_by=weight",
    "order_by=weight&order_by=tagged",
    "order_by=task_id",
    "order_desc_by=nvr&order_desc_by=build_time_only",
    "order_by=state&order_by=batch",
    "order_desc_by=reused_component_id",
];

/// Everything that a list shows, page by page.
async fn pages(application: &Application, list: &str, query: &str) -> Vec<Value> {
    let answer = application.get(&format!("{list}?{query}&per_page=1000")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    items(&answer)
}

fn items(answer: &Answer) -> Vec<Value> {
    let body = answer.body.as_ref().unwrap();
    body.get("items").or(body.get("messages")).unwrap().as_array().unwrap().clone()
}

fn next(answer: &Answer) -> Option<String> {
    let meta = &answer.body.as_ref().unwrap()["meta"];
    let members: Vec<_> = meta.as_object().unwrap().keys().collect();
    assert_eq!(members, ["per_page", "first", "next"]);
    let (_, path) = meta["next"].as_str()?.split_once("/module-build-service/").unwrap();
    Some(path.to_owned())
}

/// The same by cursors; `each` is called after every page.
async fn walk(application: &Application, list: &str, query: &str, mut each: impl AsyncFnMut()) -> Vec<Value> {
    let mut path = format!("{list}?{query}&per_page=4&after=");
    let mut all = Vec::new();
    loop {
        let answer = application.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        let page = items(&answer);
        assert!(page.len() <= 4);
        all.extend(page);
        each().await;
        match next(&answer) {
            Some(next) => path = next,
            None => return all,
        }
    }
}

#[tokio::test]
async fn a_walk_shows_what_pages_show() {
    for application in Application::on_both(SECTION).await {
        for order in ORDERS {
            for filter in FILTERS {
                let (list, query) = ("2/module-builds/", format!("{order}&{filter}"));
                let pages = pages(&application, list, &query).await;
                assert!(!pages.is_empty(), "{query}");
                assert_eq!(walk(&application, list, &query, async || {}).await, pages, "{query}");
            }
        }
        for order in COMPONENT_ORDERS {
            let pages = pages(&application, "2/component-builds/", order).await;
            assert_eq!(walk(&application, "2/component-builds/", order, async || {}).await, pages, "{order}");
        }
        let of_build = "2/module-builds/8/messages";
        let pages = pages(&application, of_build, "").await;
        assert!(pages.len() > 1);
        assert_eq!(walk(&application, of_build, "", async || {}).await, pages);
    }
}

#[tokio::test]
async fn rows_that_come_and_go_meanwhile_disturb_nobody() {
    for application in Application::on_both(SECTION).await {
        for order in ["", "order_desc_by=time_submitted", "order_by=owner"] {
            let before = pages(&application, "2/module-builds/", order).await;
            let mut count = 0;
            let walked = walk(&application, "2/module-builds/", order, async || {
                count += 1;
                insert(&application, order, count).await;
            })
            .await;
            let ids = |rows: &[Value]| rows.iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>();
            let known = ids(&before);
            let mut seen = ids(&walked);
            let all = seen.len();
            seen.dedup();
            assert_eq!(seen.len(), all, "a row twice");
            seen.retain(|id| known.contains(id));
            assert_eq!(seen, known, "{order}");
        }
    }
}

/// A row that comes first in the order.
async fn insert(application: &Application, order: &str, number: usize) {
    let version = format!("{number}{}", order.len());
    let statement = format!(
        "INSERT INTO module_builds (name, stream, version, context, state, modulemd, owner, time_submitted, rebuild_strategy)
        VALUES ('new', 's', '{version}', 'c', 0, '', '!', '2039-01-01 00:00:00', 'all')"
    );
    application.app.db.execute_unprepared(&statement).await.unwrap();
}

#[tokio::test]
async fn what_is_no_cursor_is_refused() {
    for application in Application::on_both(SECTION).await {
        let first = application.get("2/module-builds/?order_by=time_completed&per_page=1&after=").await;
        let good = next(&first).unwrap();
        let cursor = good.split("after=").nth(1).unwrap().split('&').next().unwrap();
        let refused = [
            format!("2/module-builds/?after={cursor}"),
            format!("2/component-builds/?order_by=id&after={cursor}"),
            format!("2/module-builds/8/messages?after={cursor}"),
            format!("2/module-builds/?order_by=time_completed&after={cursor}&page=1"),
            format!("2/module-builds/?order_by=time_completed&after={}", &cursor[1..]),
            format!("2/module-builds/?order_by=time_completed&after={cursor}{cursor}"),
            format!("2/module-builds/?after={}", "9".repeat(50_000)),
            "2/module-builds/?after=%00".to_owned(),
            "2/module-builds/?after=%FF".to_owned(),
            "2/module-builds/?after=e30".to_owned(),
        ];
        for path in refused {
            let answer = application.get(&path).await;
            assert_eq!(answer.status, 400, "{path:.100}: {}", answer.text);
        }
        assert_eq!(application.get(&good).await.status, 200);
    }
}

#[tokio::test]
async fn a_walk_whose_place_is_gone_does_not_end_silently() {
    for application in Application::on_both(SECTION).await {
        // Of texts as long as documents, cursors only say in which row they are.
        let first = application.get("2/module-builds/?order_by=modulemd&per_page=5&after=").await;
        let place = items(&first)[4]["id"].as_i64().unwrap();
        let path = next(&first).unwrap();
        let moved = format!(
            "INSERT INTO module_builds (name, stream, version, context, state, modulemd, owner, time_submitted,
                 rebuild_strategy) VALUES ('x', 'x', '1', 'x', 4, 'x', 'x', '2039-01-01 00:00:00', 'all');
             UPDATE module_builds SET id = 1000000 WHERE id = {place}"
        );
        let db = &application.app.db;
        if db.get_database_backend() == sea_orm::DbBackend::Sqlite {
            db.execute_unprepared(&format!("PRAGMA foreign_keys = OFF;{moved}")).await.unwrap();
        } else {
            let unchecked = format!("BEGIN;SET LOCAL session_replication_role = replica;{moved};COMMIT");
            db.execute_unprepared(&unchecked).await.unwrap();
        }
        let answer = application.get(&path).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert!(answer.text.contains("is gone; start again"), "{}", answer.text);
    }
}

#[tokio::test]
async fn names_to_order_by_may_repeat() {
    for application in Application::on_both(SECTION).await {
        let once = application.get("2/module-builds/?order_by=name&order_by=state").await;
        assert_eq!(once.status, 200);
        let many = "order_by=name&".repeat(2_000);
        let answer = application.get(&format!("2/module-builds/?{many}order_by=state&order_by=name")).await;
        assert_eq!(answer.status, 200, "{:.200}", answer.text);
        let body = |answer: &Answer| answer.body.as_ref().unwrap()["items"].clone();
        assert_eq!(body(&answer), body(&once));
    }
}
