//! GraphQL subscriptions with clients that are not ours, against the real program.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::float_cmp, reason = "counts are whole numbers")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use tests::fixtures::Part;
use tests::process::{Process, free_port};
use tests::rest::Rest;
use tests::service::Builder;
use tests::wait::{LONG, until, until_true};
use tests::{Component, Module, Service, node};

const SUBSCRIBERS: u32 = 200;
const BUILDS: usize = 50;

fn builder() -> Builder {
    Service::builder().option("EVENTS_MAX_SUBSCRIBERS_PER_CLIENT", 1000).option("YAML_SUBMIT_ALLOWED", true)
}

fn subscriber(address: &str, mode: &str, options: &Value) -> Command {
    let mut command = node::script("graphql", "subscriber.mjs");
    command.arg(format!("{}/graphql", address.replace("http", "ws"))).arg(mode).arg(options.to_string());
    command
}

/// What a client prints.
struct Client {
    process: Child,
    lines: BufReader<ChildStdout>,
}

impl Client {
    fn start(address: &str, mode: &str, options: &Value) -> Self {
        let mut command = subscriber(address, mode, options);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        Self { process, lines }
    }

    fn follow(address: &str, query: &str, variables: Value) -> Self {
        let mut options = json!({ "query": query });
        options["variables"] = variables;
        Self::start(address, "follow", &options)
    }

    /// Waits for the next line; `None` at the end.
    fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        (!line.is_empty()).then(|| serde_json::from_str(&line).unwrap())
    }

    fn rest(mut self) -> Vec<Value> {
        std::iter::from_fn(|| self.next()).collect()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// A module whose component cannot be fetched: `init`, then `failed`.
async fn fail(service: &Service, name: &str) -> i64 {
    let module = Module::new(name).part(Part::new("nowhere", "file:///nonexistent/nowhere"));
    let id = service.rest().submit_document(&module.yaml()).await.id();
    service.rest().failed(id).await;
    id
}

async fn newest(service: &Service) -> i64 {
    service.rest().get("/events?follow=false").await.body["meta"]["newest"].as_i64().unwrap()
}

fn numbers(answers: &[Value], field: &str) -> Vec<i64> {
    answers.iter().filter_map(|answer| answer["data"][field]["number"].as_i64()).collect()
}

/// Every kind, in both protocols, with filters; and what is told is what there is when it is told.
async fn everything_that_can_be_subscribed_to(service: Service) {
    let address = service.address();
    let component = Component::new("told").build("for i in 1 2 3; do echo line-$i; done");
    let part = Part::new("told", &service.git.component(&component));
    let module = Module::new("told").part(part);
    let mine = json!({ "filter": { "name": ["told"] } });
    let builds = "subscription ($filter: EventFilter) { moduleBuildChanged(filter: $filter) \
                  { number state moduleBuild { id name state components(first: 5) { nodes { package state } } } } }";
    let components = "subscription ($filter: EventFilter) { componentBuildChanged(filter: $filter, since: 0) \
                      { number state componentBuild { id package state } } }";
    let events = "subscription ($filter: EventFilter) { events(filter: $filter, since: 0) \
                  { number topic time owner name state moduleBuild { number } componentBuild { package } } }";
    let filtered = json!({ "filter": { "name": ["told"], "state": ["READY"] } });
    let mut of_builds = Client::follow(&address, builds, json!({ "filter": { "name": ["told"] } }));
    let older = json!({ "query": builds.replace("filter: $filter", "filter: $filter, since: 0"), "variables": filtered, "older": true, "count": 1 });
    let of_older = Client::start(&address, "follow", &older);
    let mut of_components = Client::follow(&address, components, mine.clone());
    let mut of_events = Client::follow(&address, events, mine);
    until_true("the streams", LONG, async || service.rest().metrics().await.value("event_streams") == 4.0).await;
    fail(&service, "other").await;
    let id = service.rest().submit_document(&module.yaml()).await.id();

    let mut states = Vec::new();
    while states.last().is_none_or(|state| state != "ready") {
        let told = of_builds.next().unwrap();
        let changed = &told["data"]["moduleBuildChanged"];
        assert_eq!(changed["moduleBuild"]["id"], format!("ModuleBuild:{id}"), "{told}");
        states.push(changed["state"].as_str().unwrap().to_owned());
        if states.last().unwrap() == "ready" {
            assert_eq!(changed["moduleBuild"]["state"], "READY");
            let parts = changed["moduleBuild"]["components"]["nodes"].as_array().unwrap();
            assert!(parts.len() == 2 && parts.iter().all(|part| part["state"] == "COMPLETE"), "{told}");
        }
    }
    assert_eq!(states, ["init", "wait", "build", "done", "ready"]);
    let of_older = of_older.rest();
    assert_eq!(of_older[0]["data"]["moduleBuildChanged"]["state"], "ready", "{of_older:?}");

    let mut last = 0;
    let mut seen = Vec::new();
    while seen.iter().filter(|line| *line == "told COMPLETE").count() < 1 {
        let told = of_components.next().unwrap();
        let changed = &told["data"]["componentBuildChanged"];
        assert!(changed["number"].as_i64().unwrap() > last, "{told}");
        last = changed["number"].as_i64().unwrap();
        let package = changed["componentBuild"]["package"].as_str().unwrap();
        seen.push(format!("{package} {}", changed["state"].as_str().unwrap_or("-")));
    }
    assert!(seen.contains(&"module-build-macros COMPLETE".to_owned()), "{seen:?}");
    let page = service.rest().get("/events?follow=false&since=0&name=told").await.body["items"].clone();
    for expected in page.as_array().unwrap() {
        let told = of_events.next().unwrap();
        let event = &told["data"]["events"];
        assert_eq!(
            (&event["number"], &event["topic"], &event["name"], &event["owner"]),
            (&expected["id"], &expected["topic"], &expected["name"], &expected["owner"]),
            "{told}\n{expected}"
        );
        assert_eq!(event["moduleBuild"]["number"], id);
        let is_component = expected["topic"] == "component.state.change";
        assert_eq!(event["componentBuild"].is_object(), is_component, "{told}");
    }

    // The log from its beginning, and its last lines.
    let number = service.rows().await.component(id, "told").await.id;
    let log = "subscription ($id: ID!, $offset: Int, $tail: Int) { logLines(componentBuild: $id, offset: $offset, tail: $tail) \
               { offset nextOffset text ended } }";
    let whole = Client::follow(&address, log, json!({ "id": number })).rest();
    assert_eq!(whole.last(), Some(&json!({ "complete": true })), "{whole:?}");
    let pieces: Vec<_> = whole.iter().filter_map(|told| told["data"]["logLines"].as_object()).collect();
    let text: String = pieces.iter().map(|piece| piece["text"].as_str().unwrap()).collect();
    let rest = service.rest().get(&format!("/component-builds/{number}/log")).await.text;
    assert_eq!(text, rest);
    assert!(text.contains("line-3") && pieces.last().unwrap()["ended"] == true, "{text}");
    let tail = Client::follow(&address, log, json!({ "id": number, "tail": 2 })).rest();
    let expected: Vec<_> = rest.lines().rev().take(2).collect();
    let told: Vec<_> = tail[0]["data"]["logLines"]["text"].as_str().unwrap().lines().rev().map(str::to_owned).collect();
    assert_eq!(told, expected);
    until_true("the places of those that ended", LONG, async || {
        service.rest().metrics().await.value("event_streams") == 3.0
    })
    .await;
    // Streams end with the server, and say so.
    assert!(service.stop_server().success());
    let end = of_builds.rest();
    assert_eq!(end.last().unwrap()["closed"]["code"], 1001, "{end:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_can_be_subscribed_to_on_sqlite() {
    everything_that_can_be_subscribed_to(builder().start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_can_be_subscribed_to_on_postgresql() {
    everything_that_can_be_subscribed_to(builder().postgres().start().await).await;
}

/// The log is told while it is written.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_told_while_it_is_written() {
    let service = builder().start().await;
    let gate = tests::Component::new("slowly").build("echo first; sleep 4; echo second");
    let part = Part::new("slowly", &service.git.component(&gate));
    let id = service.rest().submit_document(&Module::new("slowly").part(part).yaml()).await.id();
    let rows = service.rows().await;
    let number = until("the component", LONG, async || {
        rows.components(id).await.into_iter().find(|row| row.package == "slowly").map(|row| row.id)
    })
    .await;
    let log = "subscription ($id: ID!) { logLines(componentBuild: $id) { text ended } }";
    let mut client = Client::follow(&service.address(), log, json!({ "id": format!("ComponentBuild:{number}") }));
    let mut text = String::new();
    let mut early = false;
    loop {
        let told = client.next().unwrap();
        let piece = &told["data"]["logLines"];
        text.push_str(piece["text"].as_str().unwrap());
        let running = rows.component(id, "slowly").await.nvr.is_none();
        early |= running && text.contains("\nfirst\n") && !text.contains("\nsecond\n");
        if piece["ended"] == true {
            break;
        }
    }
    assert!(early, "nothing was told before the end:\n{text}");
    assert!(text.contains("\nsecond\n"), "{text}");
    assert_eq!(text, service.rest().get(&format!("/component-builds/{number}/log")).await.text);
}

/// Another server of the same service.
async fn second(service: &Service) -> (String, Process) {
    let port = free_port();
    let mut command = service.manager(&["run", "--serve-only"]);
    let log = service.folder().join("server-2.log");
    let process = Process::start("server-2", command.env("MBS_PORT", port.to_string()), &log);
    let address = format!("http://127.0.0.1:{port}");
    let rest = Rest::new(address.clone());
    until_true("the second server to answer", LONG, async || rest.answers().await).await;
    (address, process)
}

/// 200 subscribers while 50 builds run, half of them at another server: each sees every event once and in order.
async fn none_misses_an_event(service: Service) {
    let (other, _process) = second(&service).await;
    let options = json!({ "subscribers": SUBSCRIBERS / 2, "since": newest(&service).await });
    let mut halves = [service.address(), other].map(|address| Client::start(&address, "many", &options));
    until_true("the streams", LONG, async || {
        service.rest().metrics().await.value("event_streams") == f64::from(SUBSCRIBERS / 2)
    })
    .await;
    let component = Component::new("quick");
    let url = service.git.component(&component);
    let mut ids = Vec::new();
    for number in 0..BUILDS {
        // Some are built, the others fail at once.
        let part =
            if number % 10 == 0 { Part::new("quick", &url) } else { Part::new("nowhere", "file:///nonexistent") };
        let module = Module::new(&format!("many-{number}")).part(part);
        ids.push(service.rest().submit_document(&module.yaml()).await.id());
    }
    for id in ids {
        service.rest().ended(id).await;
    }
    let last = newest(&service).await;
    let first = options["since"].as_i64().unwrap();
    for half in &mut halves {
        writeln!(half.process.stdin.as_mut().unwrap(), "{last}").unwrap();
        let report = half.next().unwrap();
        assert_eq!(report["different"], 0, "{report}");
        assert_eq!(report["numbers"], json!((first + 1..=last).collect::<Vec<_>>()));
    }
    assert!(last - first > 100, "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn none_misses_an_event_on_sqlite() {
    none_misses_an_event(builder().start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn none_misses_an_event_on_postgresql() {
    none_misses_an_event(builder().postgres().redis().workers(2).start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_where_it_stopped() {
    let service = builder().start().await;
    let query = "subscription ($since: Int) { events(since: $since) { number } }";
    fail(&service, "before").await;
    let last = newest(&service).await;
    let all = Client::start(
        &service.address(),
        "follow",
        &json!({ "query": query, "variables": { "since": 0 }, "count": last }),
    );
    assert_eq!(numbers(&all.rest(), "events"), (1..=last).collect::<Vec<_>>());
    let mut part = Client::follow(&service.address(), query, json!({ "since": 1 }));
    assert_eq!(part.next().unwrap()["data"]["events"]["number"], 2);
    drop(part);
    service.kill_server();
    service.start_server().await;
    fail(&service, "after").await;
    let newest = newest(&service).await;
    let options = json!({ "query": query, "variables": { "since": 2 }, "count": newest - 2 });
    let more = Client::start(&service.address(), "follow", &options).rest();
    assert_eq!(numbers(&more, "events"), (3..=newest).collect::<Vec<_>>());

    // What was never told, and what is no longer kept.
    let refused = |since: i64| Client::follow(&service.address(), query, json!({ "since": since })).rest().remove(0);
    let unknown = refused(9000)["error"][0]["extensions"].clone();
    assert_eq!((&unknown["code"], &unknown["since"]), (&json!("EVENT_UNKNOWN"), &json!(newest)), "{unknown}");
    service.rows().await.connection().execute_unprepared("DELETE FROM outbox WHERE number < 3").await.unwrap();
    let gone = refused(1)["error"][0]["extensions"].clone();
    assert_eq!((&gone["code"], &gone["since"]), (&json!("EVENTS_GONE"), &json!(2)), "{gone}");
    assert_eq!(refused(-1)["error"][0]["extensions"]["code"], "BAD_REQUEST");
}

fn init() -> String {
    json!({ "type": "connection_init" }).to_string()
}

fn subscribe(id: &str, query: &str) -> String {
    json!({ "type": "subscribe", "id": id, "payload": { "query": query } }).to_string()
}

fn raw(service: &Service, options: &Value) -> Vec<Value> {
    Client::start(&service.address(), "raw", options).rest()
}

const FOLLOW: &str = "subscription { events { number } }";

/// Frames that no good client sends.
#[tokio::test(flavor = "multi_thread")]
async fn hostile_frames() {
    let service = builder()
        .option("GRAPHQL_MAX_SUBSCRIPTIONS", 5)
        .option("GRAPHQL_MAX_REQUEST_BYTES", "100K")
        .option("GRAPHQL_MAX_DEPTH", 6)
        .start()
        .await;
    let code = |frames: Value| {
        let told = raw(&service, &json!({ "frames": frames }));
        told.last().unwrap()["closed"]["code"].as_i64().unwrap_or_else(|| panic!("{told:?}"))
    };
    assert_eq!(code(json!([subscribe("1", FOLLOW)])), 4401);
    assert_eq!(code(json!([init(), init()])), 4429);
    assert_eq!(code(json!([init(), subscribe("1", FOLLOW), subscribe("1", FOLLOW)])), 4409);
    assert_eq!(code(json!([init(), "garbage"])), 4400);
    assert_eq!(code(json!([init(), "[".repeat(50_000)])), 4400);
    assert_eq!(code(json!([init(), "{\"type\": \"start\"}"])), 4400);
    assert_eq!(code(json!([init(), { "binary": 100 }])), 4400);
    assert_eq!(code(json!([init(), { "long": 200_000 }])), 1009);
    assert_eq!(code(json!([])), 4408, "a client that says nothing");

    let refused = |query: &str| {
        let told = raw(&service, &json!({ "frames": [init(), subscribe("1", query)], "count": 2 }));
        assert_eq!((&told[0]["type"], &told[1]["type"]), (&json!("connection_ack"), &json!("error")), "{told:?}");
        told[1]["payload"][0]["extensions"]["code"].as_str().unwrap().to_owned()
    };
    let deep = format!(
        "subscription {{ events {{ moduleBuild {} }} }}",
        "{ siblings(first: 1) { nodes ".repeat(9) + "{ id }" + &" } }".repeat(9)
    );
    let aliases: Vec<_> = (0..10_000).map(|number| format!("a{number}: events {{ number }} ")).collect();
    for (query, expected) in [
        (deep.as_str(), "DEPTH_LIMIT"),
        (&format!("subscription {{ {} }}", &aliases.concat()[..100_000]), "QUERY_TOO_LONG"),
        (&format!("subscription {{ {} }}", aliases[..500].concat()), "SUBSCRIPTION_ROOT"),
        (
            &format!(
                "subscription {{ events {{ {} }} }}",
                &aliases[..500].concat().replace("events { number }", "number")
            ),
            "ALIAS_LIMIT",
        ),
        ("subscription { a: events { number } b: events { number } }", "SUBSCRIPTION_ROOT"),
        ("subscription { ...A } fragment A on Subscription { events { number } }", "SUBSCRIPTION_ROOT"),
        ("subscription { ... { events { number } } }", "SUBSCRIPTION_ROOT"),
        ("subscription { __typename }", "SUBSCRIPTION_ROOT"),
        (
            "subscription { events { moduleBuild { components(first: 2000) { nodes { id package state nvr taskId } } } } }",
            "COMPLEXITY_LIMIT",
        ),
        (
            "subscription { events { number ...A } } fragment A on Event { ...B } fragment B on Event { ...A }",
            "FRAGMENT_CYCLE",
        ),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ viewer { name } }", "METHOD_NOT_ALLOWED"),
        ("mutation { cancel(id: 1) { id } }", "METHOD_NOT_ALLOWED"),
        ("subscription { events(filter: {state: [\"asleep\"]}) { number } }", "BAD_REQUEST"),
        ("subscription { events(filter: {id: [\"x\"]}) { number } }", "BAD_REQUEST"),
        ("subscription { logLines(componentBuild: 99999) { text } }", "NOT_FOUND"),
        ("subscription { logLines(componentBuild: 1, offset: -1) { text } }", "BAD_REQUEST"),
        ("", "GRAPHQL_PARSE_FAILED"),
    ] {
        assert_eq!(refused(query), expected, "{query:.200}");
    }

    // Ten thousand subscriptions: as many as are allowed, and the others are refused; memory does not grow with them.
    let before = service.rest().metrics().await.value("process_resident_memory_bytes");
    let frames = json!([init(), { "times": [10_000, subscribe("$", FOLLOW)] }]);
    let told = raw(&service, &json!({ "frames": frames, "count": 1 + 9_995 }));
    let refused = told.iter().filter(|message| message["type"] == "error").count();
    assert_eq!((told.len(), refused), (9_996, 9_995));
    assert_eq!(told[1]["payload"][0]["extensions"]["code"], "TOO_MANY_SUBSCRIPTIONS");
    assert_eq!(told[1]["payload"][0]["extensions"]["limit"], 5);
    until_true("its places to be free", LONG, async || service.rest().metrics().await.value("event_streams") == 0.0)
        .await;
    let after = service.rest().metrics().await.value("process_resident_memory_bytes");
    assert!(after - before < f64::from(32 << 20), "{before} {after}");

    let wrong = raw(&service, &json!({ "protocol": "soap" }));
    assert_eq!(wrong[0]["status"], 400, "{wrong:?}");
    // What is stopped says nothing more, and its id is free again.
    let stop = json!({ "type": "complete", "id": "1" }).to_string();
    let ping = json!({ "type": "ping", "payload": { "a": 1 } }).to_string();
    let frames = json!([init(), subscribe("1", FOLLOW), stop, subscribe("1", FOLLOW), ping]);
    let told = raw(&service, &json!({ "frames": frames, "count": 2 }));
    assert_eq!(told[1], json!({ "type": "pong", "payload": { "a": 1 } }));
    assert!(!service.server_log().contains("panicked"), "{}", service.server_log());
}

/// A client that takes nothing for a while is told from where to resume; what it has not taken is not kept for it.
async fn one_that_is_too_slow(service: Service) {
    let query = "subscription ($since: Int) { events(since: $since) { number state } }";
    let mut slow = Client::follow(&service.address(), query, json!({ "since": 0 }));
    until_true("the stream", LONG, async || service.rest().metrics().await.value("event_streams") == 1.0).await;
    let crowded = Client::follow(&service.address(), query, json!({})).rest();
    assert_eq!(crowded[0]["error"][0]["extensions"]["code"], "TOO_MANY_SUBSCRIPTIONS", "{crowded:?}");
    happen(&service, 3, 10).await;
    assert_eq!(slow.next().unwrap()["data"]["events"]["number"], 1);
    let pid = rustix::process::Pid::from_raw(i32::try_from(slow.process.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    // More than sockets hold; for as much again, and again, no memory is taken.
    let memory = async || {
        happen(&service, 5_000, 4000).await;
        service.rest().metrics().await.value("process_resident_memory_bytes")
    };
    let _filled = memory().await;
    let held = [memory().await, memory().await, memory().await];
    let last = newest(&service).await;
    rustix::process::kill_process(pid, rustix::process::Signal::CONT).unwrap();
    assert!(held[2] - held[0] < f64::from(10 << 20), "{held:?}");

    let told = slow.rest();
    let end = told.iter().position(|answer| answer["errors"].is_array()).unwrap_or_else(|| panic!("{:?}", told.last()));
    let seen = numbers(&told[..end], "events");
    let extensions = &told[end]["errors"][0]["extensions"];
    assert_eq!((&extensions["code"], &extensions["since"]), (&json!("TOO_SLOW"), &json!(seen.last().unwrap())));
    assert_eq!(told[end + 1..], [json!({ "complete": true })]);
    let since = *seen.last().unwrap();
    assert_eq!(seen, (2..=since).collect::<Vec<_>>());
    until_true("its place", LONG, async || service.rest().metrics().await.value("event_streams") == 0.0).await;
    assert_eq!(service.rest().metrics().await.value("event_streams_dropped_total"), 1.0);
    // It goes on there, and misses nothing.
    let options = json!({ "query": query, "variables": { "since": since }, "count": last - since });
    let others = Client::start(&service.address(), "follow", &options).rest();
    assert_eq!(numbers(&others, "events"), (since + 1..=last).collect::<Vec<_>>());
}

/// Writes events of the base module whose states are so long. Nobody works here, so they get their numbers here.
async fn happen(service: &Service, count: usize, length: usize) {
    let (rows, now) = (service.rows().await, entities::clock::Clock::system().now());
    let body = json!({ "state_name": "x".repeat(length) });
    let tx = entities::db::begin_write(rows.connection()).await.unwrap();
    for _ in 0..count {
        entities::outbox::append(&tx, now, "module.state.change", 1, &body);
    }
    tx.commit().await.unwrap();
    while entities::feed::number(rows.connection(), 500).await.unwrap() > 0 {}
}

/// Whoever subscribes to more than can be read in time does not hold the service up with every event.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_takes_too_long_ends_it() {
    let service = builder().workers(0).postgres().option("GRAPHQL_TIMEOUT_SECONDS", 1).start().await;
    let query =
        "subscription { events(since: 0) { number moduleBuild { components(first: 1) { nodes { package } } } } }";
    let client = Client::follow(&service.address(), query, json!({}));
    until_true("the stream", LONG, async || service.rest().metrics().await.value("event_streams") == 1.0).await;
    let rows = service.rows().await;
    let busy = entities::db::begin_write(rows.connection()).await.unwrap();
    busy.execute_unprepared("LOCK TABLE component_builds IN ACCESS EXCLUSIVE MODE").await.unwrap();
    happen(&service, 1, 10).await;
    let told = client.rest();
    let extensions = &told[0]["error"][0]["extensions"];
    assert_eq!((&extensions["code"], &extensions["since"]), (&json!("TIMEOUT"), &json!(1)), "{told:?}");
    assert_eq!(told.len(), 1);
    busy.rollback().await.unwrap();
}

fn narrow() -> Builder {
    let builder = Service::builder().workers(0).option("EVENTS_MEMORY_BYTES", "64K");
    builder.option("EVENTS_MAX_SUBSCRIBERS_PER_CLIENT", 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_too_slow_is_told_where_to_resume_on_sqlite() {
    one_that_is_too_slow(narrow().start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_too_slow_is_told_where_to_resume_on_postgresql() {
    one_that_is_too_slow(narrow().postgres().start().await).await;
}
