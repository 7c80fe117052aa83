//! Streams that are past their end of life are refused, as PDC knows them.

use serde_json::json;
use tests::git::Gate;
use tests::pdc::Pdc;
use tests::process::free_port;
use tests::service::Builder;
use tests::{Module, Service};

async fn asking(url: &str, configure: impl FnOnce(Builder) -> Builder) -> Service {
    let service = Service::builder().workers(0).option("CHECK_FOR_EOL", true).option("PDC_URL", url);
    configure(service).start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn only_active_streams_are_built() {
    let pdc = Pdc::start().await;
    let service = asking(&format!("{}/", pdc.url), |service| service).await;
    let rest = service.rest();
    let url = service.git.module(&Module::new("mariadb"));
    // Neither a package nor another stream says anything about it.
    pdc.set_rpm("mariadb", "1", true);
    pdc.set_module("mariadb", "2", true);
    let unknown = rest.submit_scm(&url, "1").await;
    let query = "type=module&global_component=mariadb&name=1";
    let expected = format!("No such module mariadb:1 found at {}/component-branches/?{query}", pdc.url);
    assert_eq!((unknown.status, unknown.message()), (400, expected.as_str()));
    assert_eq!(pdc.questions(), [query]);

    pdc.set_module("mariadb", "1", false);
    let ended = rest.submit_scm(&url, "1").await;
    assert_eq!((ended.status, ended.message()), (400, "Module mariadb:1 is marked as EOL in PDC."));
    let dry = rest.post("/module-builds/?dry_run=true", &[], json!({"scmurl": url, "branch": "1"}).to_string()).await;
    assert_eq!((dry.status, dry.message()), (400, ended.message()));

    pdc.set_module("mariadb", "1", true);
    assert_eq!(rest.submit_scm(&url, "1").await.status, 201);
    // A document that is submitted itself is on no branch.
    let before = pdc.questions().len();
    assert_eq!(rest.submit_document(&Module::new("local").yaml()).await.status, 201);
    assert_eq!(pdc.questions().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pdc_in_trouble_is_told() {
    let pdc = Pdc::start().await;
    let service = asking(&pdc.url, |service| service).await;
    let rest = service.rest();
    let url = service.git.module(&Module::new("mariadb"));
    pdc.set_module("mariadb", "1", true);
    let long = "x".repeat(100_000);
    for (status, text) in [(500, "it broke"), (404, long.as_str()), (401, "who are you?")] {
        pdc.break_down(status, text);
        let answer = rest.submit_scm(&url, "1").await;
        let expected = format!("Failed to talk to PDC <Response [{status}]>{}", &text[..text.len().min(300)]);
        assert_eq!((answer.status, answer.message()), (400, expected.as_str()));
    }
    for text in ["", "<html>", "{}", "[]", "{\"results\": 1}", "{\"results\": [{}]}"] {
        pdc.break_down(200, text);
        let answer = rest.submit_scm(&url, "1").await;
        assert_eq!(answer.status, 503, "{text}: {}", answer.text);
        assert!(answer.message().contains("not what it should be"), "{}", answer.text);
    }
    pdc.break_down(200, &"[".repeat(2_000_000));
    assert_eq!(rest.submit_scm(&url, "1").await.status, 503);
    assert!(service.rows().await.builds_named("mariadb").await.is_empty());
    pdc.repair();
    assert_eq!(rest.submit_scm(&url, "1").await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pdc_that_is_not_there_holds_nobody_up() {
    let closed = format!("http://127.0.0.1:{}/", free_port());
    let silent = Gate::without_answer().await;
    let silent = format!("http://127.0.0.1:{}/", silent.port);
    for (url, words) in
        [(closed.as_str(), "refused"), (&silent, "did not answer within 1 seconds"), ("x", "no address")]
    {
        let service = asking(url, |service| service.option("NET_TIMEOUT", 1)).await;
        let submitted = service.git.module(&Module::new("mariadb"));
        let answer = service.rest().submit_scm(&submitted, "1").await;
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert!(answer.message().to_lowercase().contains(words), "{words}: {}", answer.text);
        assert!(service.rows().await.builds_named("mariadb").await.is_empty());
    }
}
