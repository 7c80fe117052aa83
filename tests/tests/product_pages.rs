//! Streams of base modules whose release is out get their suffix, as Product Pages say.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::{Value, json};
use tests::product_pages::ProductPages;
use tests::service::Builder;
use tests::{Module, Service};

const GA: &str = "/?fields=ga_date";
const SCHEDULE: &str = "/schedule-tasks/?fields=name,date_finish";

/// A service with some releases of a base module, that asks `product_pages` and builds nothing.
async fn service(product_pages: &ProductPages, configure: impl FnOnce(Builder) -> Builder) -> Service {
    let streams = json!({"el.+": [".z", "rhel-{x}-{y}.{z}", "rhel-{x}-{y}"]});
    let builder = Service::builder().workers(0).option("MODULES_ALLOW_SCRATCH", true);
    let builder =
        builder.option("PRODUCT_PAGES_URL", product_pages.url()).option("PRODUCT_PAGES_MODULE_STREAMS", streams);
    let platforms = ["el8.0.0", "el8.0.0.z", "el8.2.1", "el8.2.1.z"];
    configure(platforms.iter().fold(builder, |builder, stream| builder.platform(stream))).start().await
}

fn body(platforms: &[&str]) -> Value {
    json!({"modulemd": Module::new("m").version(1).platforms(platforms).yaml(), "scratch": true})
}

fn stream(build: &Value) -> &str {
    build["buildrequires"]["platform"]["stream"].as_str().unwrap()
}

/// The stream that a document is built against, in a dry run and when it is submitted.
async fn built_against(service: &Service, body: &Value) -> String {
    let dry = dry_run(service, body).await;
    let real = service.rest().submit(body).await;
    assert_eq!((real.status, dry.len()), (201, 1), "{}", real.text);
    assert_eq!(stream(&dry[0]), stream(&real.body[0]));
    stream(&real.body[0]).to_owned()
}

async fn dry_run(service: &Service, body: &Value) -> Vec<Value> {
    let answer = service.rest().post("/module-builds/?dry_run=true", &[], body.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["builds"].as_array().unwrap().clone()
}

fn asked(release: &str, what: &str) -> String {
    format!("/pp/api/v7/releases/{release}{what}")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_date_of_general_availability() {
    let product_pages = ProductPages::start().await;
    let service = service(&product_pages, |service| service).await;
    let twice = |release: &str| vec![asked(release, GA); 2];

    // Unknown, in the future, past.
    assert_eq!(built_against(&service, &body(&["el8.0.0"])).await, "el8.0.0");
    assert_eq!(product_pages.requests(), twice("rhel-8-0"));
    product_pages.release("rhel-8-0", "2099-10-30");
    assert_eq!(built_against(&service, &body(&["el8.0.0"])).await, "el8.0.0");
    product_pages.release("rhel-8-0", "2019-05-07");
    product_pages.requests();
    assert_eq!(built_against(&service, &body(&["el8.0.0"])).await, "el8.0.0.z");
    assert_eq!(product_pages.requests(), twice("rhel-8-0"));
    product_pages.release("rhel-8-2.1", "2019-05-07");
    assert_eq!(built_against(&service, &body(&["el8.2.1"])).await, "el8.2.1.z");
    assert_eq!(product_pages.requests(), twice("rhel-8-2.1"));

    // Nobody is asked about these.
    let mut overridden = body(&["el8.2.1"]);
    overridden["buildrequire_overrides"] = json!({"platform": ["el8.0.0"]});
    assert_eq!(built_against(&service, &overridden).await, "el8.0.0");
    assert_eq!(built_against(&service, &body(&["el8.0.0.z"])).await, "el8.0.0.z");
    assert_eq!(built_against(&service, &body(&["f28"])).await, "f28");
    assert_eq!(product_pages.requests(), Vec::<String>::new());

    what_stands_in_the_document(&service).await;
    together(&service, &product_pages).await;
}

/// What is required at run time stays, and the dry run says why.
async fn what_stands_in_the_document(service: &Service) {
    let build = service.rest().submit(&body(&["el8.0.0"])).await.body[0].clone();
    let document: Value = {
        let text = build["modulemd"].as_str().unwrap();
        let stream = modulemd::read::read_stream(text, &modulemd::Limits::default()).unwrap();
        let block = &stream.dependencies[0];
        json!([block.buildrequires["platform"], block.requires["platform"]])
    };
    assert_eq!(document, json!([["el8.0.0.z"], ["el8.0.0"]]));
    let explanation = dry_run(service, &body(&["el8.0.0"])).await[0]["explanation"].clone();
    let platform = &explanation["against"][0];
    assert_eq!((&platform["rule"], &platform["stream"]), (&json!("released"), &json!("el8.0.0.z")));
    let reason = "the document names el8.0.0; its release rhel-8-0 is out, which adds the suffix";
    assert_eq!(platform["reason"], reason);
    let left_out = explanation["left_out"].as_array().unwrap();
    let plain = left_out.iter().find(|module| module["stream"] == "el8.0.0").unwrap();
    assert_eq!(plain["rule"], "released");
}

/// All releases of a submission are asked about at the same time.
async fn together(service: &Service, product_pages: &ProductPages) {
    product_pages.answer_together(2);
    let builds = dry_run(service, &body(&["el8.0.0", "el8.2.1"])).await;
    let mut streams: Vec<_> = builds.iter().map(stream).collect();
    streams.sort_unstable();
    assert_eq!(streams, ["el8.0.0.z", "el8.2.1.z"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_of_schedules() {
    let product_pages = ProductPages::start().await;
    let tasks = vec!["Early Access", "GA"];
    let service = service(&product_pages, |service| service.option("PRODUCT_PAGES_SCHEDULE_TASK_NAMES", tasks)).await;
    product_pages.release("rhel-8-0", "2099-10-30");
    product_pages.task("rhel-8-0", "ga", "2019-05-07");
    assert_eq!(built_against(&service, &body(&["el8.0.0"])).await, "el8.0.0.z");
    assert_eq!(product_pages.requests(), vec![asked("rhel-8-0", SCHEDULE); 2], "the schedule is enough");
    product_pages.task("rhel-8-0", " early access ", "2099-01-01");
    assert_eq!(built_against(&service, &body(&["el8.0.0"])).await, "el8.0.0", "the preferred task decides");
    let both = [asked("rhel-8-0", SCHEDULE), asked("rhel-8-0", GA)];
    assert_eq!(product_pages.requests(), [both.clone(), both].concat());
    product_pages.release("rhel-8-2.1", "2019-05-07");
    assert_eq!(built_against(&service, &body(&["el8.2.1"])).await, "el8.2.1.z", "no such task, so the date counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_answered_counts_as_not_released() {
    let product_pages = ProductPages::start().await;
    let service = service(&product_pages, |service| service).await;
    product_pages.release("rhel-8-0", "2019-05-07");
    product_pages.break_down(true);
    assert_eq!(built_against(&service, &body(&["el8.0.0"])).await, "el8.0.0");
    let notice = "Product Pages did not tell whether rhel-8-0 is released (they answered \"502 Bad Gateway\"); its stream is built \
                  against without a suffix.";
    assert_eq!(dry_run(&service, &body(&["el8.0.0"])).await[0]["notices"], json!([notice]));
    let id = service.rest().submit(&body(&["el8.0.0"])).await.id();
    let messages = service.rest().get(&format!("/module-builds/{id}/messages")).await;
    assert!(messages.text.contains("Product Pages did not tell whether rhel-8-0 is released"), "{}", messages.text);
    product_pages.break_down(false);
    assert_eq!(built_against(&service, &body(&["el8.0.0"])).await, "el8.0.0.z");
    drop(product_pages);
    assert_eq!(built_against(&service, &body(&["el8.0.0"])).await, "el8.0.0", "nobody listens any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_unless_both_options_are_set() {
    let product_pages = ProductPages::start().await;
    product_pages.release("rhel-8-0", "2019-05-07");
    for (option, value) in [("PRODUCT_PAGES_URL", json!("")), ("PRODUCT_PAGES_MODULE_STREAMS", json!({}))] {
        let service = service(&product_pages, |service| service.option(option, value)).await;
        assert_eq!(built_against(&service, &body(&["el8.0.0"])).await, "el8.0.0");
    }
    assert_eq!(product_pages.requests(), Vec::<String>::new());
}
