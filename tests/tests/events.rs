//! The stream of events: nobody misses one, sees one twice or out of order, whatever is killed meanwhile.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::float_cmp, reason = "counts are whole numbers")]

use std::path::Path;

use entities::outbox;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};
use serde_json::Value;
use tests::events::{Event, Stream};
use tests::fixtures::Part;
use tests::process::{Process, free_port};
use tests::rest::Rest;
use tests::wait::{LONG, until, until_true};
use tests::{Component, Module, Service};
use tokio::sync::watch;

const SUBSCRIBERS: usize = 200;
const MODULES: usize = 5;

/// Another server of the same service.
struct Second {
    address: String,
    _process: Process,
}

impl Second {
    async fn start(service: &Service) -> Self {
        let port = free_port();
        let mut command = service.manager(&["run", "--serve-only"]);
        let process = Process::start(
            "server-2",
            command.env("MBS_PORT", port.to_string()),
            &service.folder().join("server-2.log"),
        );
        let address = format!("http://127.0.0.1:{port}");
        let rest = Rest::new(address.clone());
        until_true("the second server to answer", LONG, async || rest.answers().await).await;
        Self { address, _process: process }
    }
}

/// Reads until `goal` says what the last number is, and that was reached. Hangs up after every `patience` events and resumes.
async fn follow(base: String, query: String, patience: usize, mut goal: watch::Receiver<Option<i64>>) -> Vec<Event> {
    let (mut seen, mut last) = (Vec::new(), None);
    loop {
        let mut stream = match Stream::open(&base, &query, last).await {
            Ok(stream) => stream,
            // The server may be away.
            Err((0, _)) => {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
            Err(refused) => panic!("{refused:?}"),
        };
        for _ in 0..patience {
            if goal.borrow().is_some_and(|goal| stream.last >= goal) {
                return seen;
            }
            let read = tokio::select! {
                read = stream.next() => read,
                _ = goal.changed() => continue,
            };
            match read {
                Ok(event) => seen.extend(event),
                Err(_) => break,
            }
        }
        last = Some(stream.last);
    }
}

fn module(service: &Service, number: usize) -> Module {
    let name = format!("events-{number}");
    let component = Component::new(&format!("{name}-component"));
    let part = Part::new(&component.name, &service.git.component(&component));
    Module::new(&name).part(part)
}

/// Waits until everything that was written has a number; answers with the last one.
async fn newest(service: &Service) -> i64 {
    let (rows, rest) = (service.rows().await, service.rest());
    until("all messages to be numbered", LONG, async || {
        let written = outbox::Entity::find().count(rows.connection()).await.unwrap();
        let newest = rest.get("/events?follow=false").await.body["meta"]["newest"].as_i64().unwrap();
        (u64::try_from(newest).unwrap() == written).then_some(newest)
    })
    .await
}

async fn everybody_sees_everything(service: &Service, servers: &[String], disturb: impl AsyncFnOnce()) {
    let (goal, reached) = watch::channel(None);
    let followers = (0..SUBSCRIBERS).map(|number| {
        let base = servers[number % servers.len()].clone();
        let query = if number % 5 == 4 { "since=0&name=events-1&id=1&id=2&id=3&id=4&id=5" } else { "since=0" };
        let patience = if number % 3 == 0 { 7 } else { usize::MAX };
        (number % 5 == 4, tokio::spawn(follow(base, query.to_owned(), patience, reached.clone())))
    });
    let followers: Vec<_> = followers.collect();
    let rest = service.rest();
    let mut ids = Vec::new();
    for number in 0..MODULES {
        ids.push(rest.submit_document(&module(service, number).yaml()).await.id());
    }
    disturb().await;
    for id in ids {
        rest.ready(id).await;
    }
    let newest = newest(service).await;
    goal.send_replace(Some(newest));
    let mut all: Option<Vec<Event>> = None;
    for (filtered, follower) in followers {
        let seen = follower.await.unwrap();
        if filtered {
            assert!(!seen.is_empty() && seen.is_sorted_by_key(|event| event.id), "{seen:#?}");
            assert!(seen.iter().all(|event| event.data["name"] == "events-1"));
            let wanted: Vec<_> = all.as_ref().unwrap().iter().filter(|e| e.data["name"] == "events-1").collect();
            assert_eq!(seen.iter().collect::<Vec<_>>(), wanted);
        } else {
            let numbers: Vec<_> = seen.iter().map(|event| event.id).collect();
            assert_eq!(numbers, (1..=newest).collect::<Vec<_>>());
            assert_eq!(&seen, all.get_or_insert_with(|| seen.clone()), "two saw something different");
        }
    }
    let all = all.unwrap();
    println!("{newest} events, seen by {SUBSCRIBERS} subscribers of {} servers", servers.len());
    let states = |id: &str| -> Vec<Value> {
        let of_module = all.iter().filter(|e| e.kind == "module.state.change" && e.data["name"] == *id);
        of_module.map(|event| event.data["body"]["state_name"].clone()).collect()
    };
    assert_eq!(states("events-0"), ["init", "wait", "build", "done", "ready"]);
    assert_eq!(all[0].data["owner"], "anonymous");
    let event_ids: std::collections::BTreeSet<_> = all.iter().map(|e| e.data["event_id"].to_string()).collect();
    assert_eq!(event_ids.len(), all.len());
}

fn builder() -> tests::service::Builder {
    Service::builder()
        .option("EVENTS_HEARTBEAT_SECONDS", 1)
        .option("EVENTS_MAX_SUBSCRIBERS_PER_CLIENT", 10_000)
        .option("YAML_SUBMIT_ALLOWED", true)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_on_one_server_that_is_restarted_on_sqlite() {
    let service = builder().start().await;
    let servers = [service.address()];
    everybody_sees_everything(&service, &servers, async || {
        let rest = service.rest();
        rest.when(1, "past validation", |build| build["state"].as_i64() >= Some(1)).await;
        // Relay, reader and all streams at once.
        service.kill_server();
        service.start_server().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_on_two_servers_whose_relay_is_killed_on_postgresql() {
    let service = builder().postgres().redis().workers(1).start().await;
    let second = Second::start(&service).await;
    let servers = [service.address(), second.address.clone()];
    everybody_sees_everything(&service, &servers, async || {
        service.rest().when(1, "past validation", |build| build["state"].as_i64() >= Some(1)).await;
        service.kill_workers();
        service.start_worker();
    })
    .await;
}

async fn limits_and_bounds(service: Service) {
    let (rest, base) = (service.rest(), service.address());
    for (query, message) in [
        ("since=x", "\"since\" has to be the number of an event, or 0"),
        ("since=-1", "\"since\" has to be the number of an event, or 0"),
        ("follow=perhaps", "The \"follow\" parameter takes true or false"),
        ("id=x", "The \"id\" parameter takes ids of module builds, not \"x\""),
        ("state=asleep", "No event has the state \"asleep\"; known are"),
        ("topic=weather", "No event has the topic \"weather\"; known are"),
        ("since=7000", "There is no event 7000 yet; the newest has number"),
    ] {
        let answer = rest.get(&format!("/events?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
        assert!(answer.message().starts_with(message), "{}", answer.text);
    }
    let first = Stream::open(&base, "", None).await.unwrap();
    let mut second = Stream::open(&base, "state=FAILED&topic=module.state.change", None).await.unwrap();
    let (status, body) = Stream::open(&base, "", None).await.unwrap_err();
    assert_eq!(status, 429, "{body}");
    assert!(body["message"].as_str().unwrap().contains("EVENTS_MAX_SUBSCRIBERS_PER_CLIENT"));
    drop(first);
    // The place is free once the server has noticed.
    let mut third =
        until("a free place", LONG, async || Stream::open(&base, "state=failed&since=0", None).await.ok()).await;
    let id = rest
        .submit_document(&Module::new("refused").part(Part::new("nowhere", "file:///nonexistent/nowhere")).yaml())
        .await
        .id();
    rest.failed(id).await;
    // From now on, and from the beginning: both see the same.
    let (event, same) = (second.event().await, third.event().await);
    assert_eq!((&event, &event.data["body"]["state_name"]), (&same, &Value::from("failed")));
    assert_eq!(event.data["module_build_id"], id);
    let newest = newest(&service).await;
    let page = rest.get("/events?follow=false&since=0&state=failed").await;
    assert_eq!(page.body["items"][0], event.data);
    assert_eq!(page.body["meta"], serde_json::json!({ "since": newest, "oldest": 1, "newest": newest }));

    // What is no longer kept.
    let rows = service.rows().await;
    rows.connection().execute_unprepared("DELETE FROM outbox WHERE number = 1").await.unwrap();
    let gone = rest.get("/events?since=0&follow=false").await;
    assert_eq!((gone.status, gone.headers["x-oldest-event"].as_str()), (410, "2"), "{}", gone.text);
    assert_eq!(gone.message(), "Events after 0 are no longer kept; the oldest that is has number 2 (since=1)");
    drop((second, third));
    let mut rest_of_it = until("a free place", LONG, async || Stream::open(&base, "since=0", Some(1)).await.ok()).await;
    assert_eq!(rest_of_it.event().await.id, 2, "the header counts more than the URL");

    // Streams end with the server, at once.
    assert!(service.stop_server().success());
    while rest_of_it.next().await.is_ok() {}
}

fn narrow() -> tests::service::Builder {
    builder().option("EVENTS_MAX_SUBSCRIBERS_PER_CLIENT", 2)
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_and_bounds_on_sqlite() {
    limits_and_bounds(narrow().start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_and_bounds_on_postgresql() {
    limits_and_bounds(narrow().postgres().start().await).await;
}

/// A client whose filter lets nothing through hears that the stream lives, and from where to resume; a process follows so many.
#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_stream_says_that_it_lives() {
    let service = builder().option("EVENTS_HEARTBEAT_SECONDS", 1).option("EVENTS_MAX_SUBSCRIBERS", 1).start().await;
    let (rest, base) = (service.rest(), service.address());
    let mut quiet = Stream::open(&base, "name=nobody", None).await.unwrap();
    assert_eq!(quiet.next().await, Ok(None), "where it begins");
    let began = quiet.last;
    assert_eq!(quiet.next().await, Ok(None), "a sign of life");
    assert_eq!(quiet.last, began);
    assert_eq!(rest.metrics().await.value("event_streams"), 1.0);
    let (status, body) = Stream::open(&base, "", None).await.unwrap_err();
    assert_eq!(status, 503, "{body}");
    assert!(body["message"].as_str().unwrap().contains("EVENTS_MAX_SUBSCRIBERS"), "{body}");

    let module = Module::new("somebody").part(Part::new("nowhere", "file:///nonexistent/nowhere"));
    rest.failed(rest.submit_document(&module.yaml()).await.id()).await;
    let newest = newest(&service).await;
    while quiet.last < newest {
        assert_eq!(quiet.next().await, Ok(None), "nothing is for it");
    }
    drop(quiet);
    until_true("the place to be free", LONG, async || rest.metrics().await.value("event_streams") == 0.0).await;
    Stream::open(&base, "", None).await.unwrap();
}

/// A client that takes nothing is dropped once the process no longer remembers what comes next for it, and resumes.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_client_is_dropped_and_resumes() {
    let service = builder().option("EVENTS_MEMORY_BYTES", 20_000).workers(0).start().await;
    let (base, rows) = (service.address(), service.rows().await);
    let id = service.rest().submit_document(&module(&service, 1).yaml()).await.id();
    let write = async |count: usize| {
        let (now, id) = (entities::clock::Clock::system().now(), i32::try_from(id).unwrap());
        let body = serde_json::json!({ "padding": "x".repeat(4000) });
        let tx = entities::db::begin_write(rows.connection()).await.unwrap();
        for _ in 0..count {
            outbox::append(&tx, now, "module.state.change", id, &body);
        }
        tx.commit().await.unwrap();
        while entities::feed::number(rows.connection(), 500).await.unwrap() > 0 {}
    };
    let mut slow = Stream::open(&base, "since=0", None).await.unwrap();
    write(3).await;
    assert_eq!(slow.event().await.id, 1);
    // More than sockets and the process hold.
    write(2000).await;
    let mut fast = Stream::open(&base, "since=2000", None).await.unwrap();
    assert_eq!(fast.event().await.id, 2001);
    let mut last = 1;
    let dropped = loop {
        let event = slow.event().await;
        if event.kind == "lost" {
            break event;
        }
        assert_eq!(event.id, last + 1);
        last = event.id;
    };
    assert_eq!((dropped.id, dropped.data["since"].as_i64()), (last, Some(last)));
    assert!(dropped.data["message"].as_str().unwrap().starts_with("Events came faster"), "{dropped:?}");
    assert_eq!(service.rest().metrics().await.value("event_streams_dropped_total"), 1.0);
    slow.next().await.unwrap_err();
    let mut resumed = Stream::open(&base, "since=0", Some(last)).await.unwrap();
    for number in last + 1..=2004 {
        assert_eq!(resumed.event().await.id, number);
    }
    let log = Path::new(service.folder()).join("server.log");
    assert!(!std::fs::read_to_string(log).unwrap().contains("panicked"));
}
