//! Who changed what: in the table with the change itself, and shown to administrators only.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::{Value, json};
use tests::directory::{Directory, GROUPS_DN};
use tests::kerberos::REALM;
use tests::rest::Answer;
use tests::{Module, Service};

const HEADER: &str = "X-Remote-User";

/// A service behind a proxy that names its users; so everybody may be everybody.
async fn start(
    directory: &Directory,
    change: impl FnOnce(tests::service::Builder) -> tests::service::Builder,
) -> Service {
    let service = Service::builder()
        .option("NO_AUTH", false)
        .option("AUTH_METHOD", "kerberos")
        .option("KERBEROS_REALMS", vec![REALM])
        .option("LDAP_URI", directory.url())
        .option("LDAP_GROUPS_DN", GROUPS_DN)
        .option("REMOTE_USER_HEADER", HEADER)
        .option("TRUSTED_PROXIES", vec!["127.0.0.1"])
        .option("ADMIN_GROUPS", vec!["mbs-admin"])
        .option("ALLOWED_GROUPS_TO_IMPORT_MODULE", vec!["mbs-import"])
        .workers(0);
    change(service).start().await
}

async fn people() -> Directory {
    Directory::start(&[("packager", &["alice", "root"]), ("mbs-admin", &["root"])]).await
}

async fn submit(service: &Service, user: &str, module: &str) -> Answer {
    let body = json!({"modulemd": Module::new(module).version(1).yaml()}).to_string();
    let (name, from) = (format!("{user}@{REALM}"), "192.0.2.7");
    let headers = [(HEADER, name.as_str()), ("X-Forwarded-For", from), ("X-Request-ID", module)];
    service.rest().post("/module-builds/", &headers, body).await
}

async fn events(service: &Service, user: &str, query: &str) -> Answer {
    let name = format!("{user}@{REALM}");
    service.rest().get_with(&format!("/audit-events/{query}"), &[(HEADER, &name)]).await
}

async fn seen(service: &Service, query: &str) -> Vec<Value> {
    let answer = events(service, "root", query).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["items"].as_array().unwrap().clone()
}

async fn changes_and_refusals(change: impl FnOnce(tests::service::Builder) -> tests::service::Builder) {
    let directory = people().await;
    let service = start(&directory, change).await;
    let id = submit(&service, "alice", "audited").await.id();
    assert_eq!(submit(&service, "bob", "refused").await.status, 403);
    assert_eq!(submit(&service, "alice", "audited").await.status, 409);
    let nobody = json!({"modulemd": Module::new("nobody").yaml()}).to_string();
    assert_eq!(service.rest().post("/module-builds/", &[], nobody).await.status, 401);

    let mine = seen(&service, "?action=submit").await;
    let told = |event: &Value| {
        let text = |name: &str| event[name].as_str().unwrap_or("-").to_owned();
        ["user", "method", "address", "request_id", "subject", "outcome"].map(text).join(" ")
            + &format!(" {}", event["status"])
    };
    let build = format!("module-builds/{id}");
    assert_eq!(
        mine.iter().map(told).collect::<Vec<_>>(),
        [
            "alice proxy 192.0.2.7 audited - refused 409".to_owned(),
            "bob proxy 192.0.2.7 refused - refused 403".to_owned(),
            format!("alice proxy 192.0.2.7 audited {build} done null"),
        ]
    );
    assert!(mine[1]["message"].as_str().unwrap().starts_with("bob is not in any of"), "{}", mine[1]);

    // Whatever else is changed, or tried.
    let headers = |name: &'static str| vec![(HEADER, format!("{name}@{REALM}"))];
    let patch = json!({"state": "failed"});
    let target = format!("/module-builds/{id}");
    for (name, status) in [("bob", 403), ("alice", 200)] {
        assert_eq!(service.rest().request("PATCH", &target, &headers(name), Some(&patch)).await.status, status);
    }
    let urgent = service.rest().request("PATCH", &target, &headers("alice"), Some(&json!({"priority": 9}))).await;
    assert_eq!(urgent.status, 403, "{}", urgent.text);
    let tried = seen(&service, "?action=set-priority").await;
    assert_eq!((tried.len(), &tried[0]["subject"], &tried[0]["status"]), (1, &json!(build), &json!(403)), "{tried:?}");
    let wish = json!({"name": "ci", "scopes": ["submit"]});
    let token = service.rest().request("POST", "/tokens/", &headers("alice"), Some(&wish)).await;
    let target = format!("/tokens/{}", token.body["id"]);
    for (name, status) in [("bob", 404), ("alice", 200)] {
        assert_eq!(service.rest().request("DELETE", &target, &headers(name), None).await.status, status);
    }
    let wish = json!({"scmurl": "https://example.com/x.git"});
    let import = service.rest().request("POST", "/import-module/", &headers("alice"), Some(&wish)).await;
    assert_eq!(import.status, 403, "{}", import.text);
    let far = format!("/module-builds/{}", "9".repeat(6000));
    assert_eq!(service.rest().request("PATCH", &far, &headers("alice"), Some(&patch)).await.status, 404);
    let all: Vec<_> = seen(&service, "?method=proxy").await.iter().map(told).collect();
    let from = "proxy 127.0.0.1";
    let without_ids = |line: &String| {
        let words: Vec<_> = line.split(' ').collect();
        [&words[..3], &words[4..]].concat().join(" ")
    };
    let all: Vec<_> = all.iter().take(6).map(without_ids).collect();
    let token = target.trim_start_matches('/');
    assert_eq!(
        all,
        [
            format!("alice {from} module-builds/{} refused 404", "9".repeat(1000 - "module-builds/".len())),
            format!("alice {from} - refused 403"),
            format!("alice {from} {token} done null"),
            format!("bob {from} {token} refused 404"),
            format!("alice {from} {token} done null"),
            format!("alice {from} {build} refused 403"),
        ]
    );

    // By its filters and pages.
    assert_eq!(seen(&service, "?user=bob&action=submit").await.len(), 1);
    assert_eq!(seen(&service, &format!("?subject={build}")).await.len(), 4);
    assert_eq!(seen(&service, "?outcome=refused&user=alice&action=submit").await.len(), 1);
    assert_eq!(seen(&service, "?until=2001-01-01T00:00:00Z").await.len(), 0);
    assert!(!seen(&service, "?since=2001-01-01T00:00:00Z").await.is_empty());
    let page = events(&service, "root", "?action=submit&per_page=2").await.body;
    let next = page["meta"]["next"].as_str().unwrap();
    let rest = seen(&service, &format!("?{}", next.split_once('?').unwrap().1)).await;
    assert_eq!(rest, mine[2..]);
    for (query, status) in [("?since=yesterday", 400), ("?after=x", 400), ("?user=%00", 400), ("?per_page=0", 200)] {
        assert_eq!(events(&service, "root", query).await.status, status, "{query}");
    }
    // The base modules that were imported on the command line are there, too.
    let imports = seen(&service, "?action=import").await;
    assert!(imports.iter().any(|event| event["method"] == "command line"), "{imports:?}");

    // Nobody else may look.
    assert_eq!(events(&service, "alice", "").await.status, 403);
    assert_eq!(service.rest().get("/audit-events/").await.status, 401);
    let log = service.server_log();
    assert!(
        log.contains("audit") && log.contains("outcome=\"done\"") && log.contains("submit refused to a stranger"),
        "{log}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_and_refusals_on_sqlite() {
    changes_and_refusals(|service| service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_and_refusals_on_postgresql() {
    changes_and_refusals(tests::service::Builder::postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_fails_too_often_waits() {
    let directory = people().await;
    let service = start(&directory, |service| service.option("MAX_FAILED_LOGINS", 3)).await;
    let attempt = async |name: &str, from: &str| {
        let body = json!({"modulemd": Module::new("tried").yaml()}).to_string();
        let headers = [(HEADER, name), ("X-Forwarded-For", from)];
        service.rest().post("/module-builds/?dry_run=true", &headers, body).await
    };
    for _ in 0..3 {
        assert_eq!(attempt("alice@OTHER.TEST", "192.0.2.1").await.status, 401);
    }
    let limited = attempt("alice@EXAMPLE.TEST", "192.0.2.1").await;
    assert_eq!(limited.status, 429, "{}", limited.text);
    let wait: u64 = limited.headers["retry-after"].parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    // Others are not held up, and what was written before the proxy's own address does not count.
    assert_eq!(attempt("alice@EXAMPLE.TEST", "192.0.2.2").await.status, 200);
    assert_eq!(attempt("alice@EXAMPLE.TEST", "192.0.2.9, 192.0.2.1").await.status, 429);
    assert_eq!(service.rest().get("/module-builds/").await.status, 200);
}
