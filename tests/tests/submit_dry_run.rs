//! Dry runs: they tell what a submission does then, and write nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::fixtures::Part;
use tests::rest::Answer;
use tests::rows::Rows;
use tests::service::Builder;
use tests::wait::{LONG, until_true};
use tests::{Component, Module, Service};

const DRY: &str = "/module-builds/?dry_run=true";

/// What a dry run and the build that is made have in common.
const SAME: [&str; 9] = [
    "name",
    "stream",
    "version",
    "context",
    "scratch",
    "rebuild_strategy",
    "build_context",
    "build_context_no_bms",
    "runtime_context",
];

async fn idle(configure: impl FnOnce(Builder) -> Builder) -> Service {
    let service = Service::builder().workers(0).platform("f29").option("MODULES_ALLOW_SCRATCH", true);
    configure(service).start().await
}

/// Two batches of two components.
fn module(service: &Service, name: &str) -> Module {
    let part = |letter: &str, order| {
        let component = Component::new(&format!("{name}-{letter}"));
        Part::new(&component.name, &service.git.component(&component)).buildorder(order)
    };
    Module::new(name).part(part("c", 0)).part(part("a", 10)).part(part("d", 10)).part(part("b", 0))
}

/// Everything that stands in the database.
async fn everything(service: &Service) -> Vec<String> {
    service.rows().await.dump().await
}

/// How many jobs were ever put into the queue; nobody takes them.
async fn jobs(service: &Service) -> usize {
    let queue = ["mbs.db.queue", "queue.db"].map(|name| service.folder().join("state").join(name));
    let file = queue.iter().find(|file| file.exists()).unwrap();
    let rows = Rows::connect(&format!("sqlite:///{}", file.display())).await.dump().await;
    rows.iter().filter(|line| line.starts_with("Jobs ")).count()
}

async fn dry_run(service: &Service, body: &Value) -> Answer {
    service.rest().post(DRY, &[], body.to_string()).await
}

fn builds(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!((&answer.body["dry_run"], &answer.body["would_answer"]), (&json!(true), &json!(201)));
    answer.body["builds"].as_array().unwrap().clone()
}

/// The dry run told what the submission did.
fn came_true(dry: &[Value], real: &Answer) {
    assert_eq!(real.status, 201, "{}", real.text);
    let real = real.body.as_array().unwrap();
    assert_eq!(dry.len(), real.len());
    for (dry, real) in dry.iter().zip(real) {
        for field in SAME {
            assert_eq!(dry[field], real[field], "{field}");
        }
        assert_eq!(dry["buildrequires"], real["buildrequires"]);
        assert!(dry["buildrequires"]["platform"]["stream"].is_string(), "{dry}");
        assert_eq!(dry["problems"], json!([]));
    }
}

/// Number of the batch and name of each component.
fn batches(dry: &Value) -> BTreeSet<(i64, String)> {
    let batches = dry["batches"].as_array().unwrap().iter().flat_map(|batch| {
        let components = batch["components"].as_array().unwrap().iter();
        components.map(|one| (batch["batch"].as_i64().unwrap(), one["package"].as_str().unwrap().to_owned()))
    });
    batches.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    let service = idle(|service| service).await;
    every_kind(&service).await;
    told_batches_are_built(&service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql() {
    every_kind(&idle(Builder::postgres).await).await;
}

async fn every_kind(service: &Service) {
    let contexts = module(service, "contexts").version(1).platforms(&["f28", "f29"]).yaml();
    let scratch = module(service, "scratch").version(2).yaml();
    let scm = service.git.module(&module(service, "from-scm").platforms(&["f28", "f29"]));
    for (body, expected) in [
        (json!({"modulemd": contexts}), 2),
        (json!({"scmurl": scm, "branch": "1", "rpm_component_ref_overrides": {"from-scm-a": "other"}}), 2),
        (json!({"modulemd": scratch, "scratch": true}), 1),
        (json!({"modulemd": scratch, "scratch": true}), 1),
    ] {
        let (before, jobs_before) = (everything(service).await, jobs(service).await);
        assert!(before.iter().any(|line| line.starts_with("module_builds ")), "{before:?}");
        let dry = builds(&dry_run(service, &body).await);
        let key = [("Idempotency-Key", "k")];
        let version_1 = service.rest().post("/../1/module-builds/?dry_run=1", &key, body.to_string()).await;
        assert_eq!(builds(&version_1), dry, "both versions answer with all builds");
        assert_eq!(everything(service).await, before, "nothing is written");
        assert_eq!(dry.len(), expected);
        assert!(dry.iter().all(|build| build["would"] == "create" && build["existing"].is_null()), "{dry:#?}");
        came_true(&dry, &service.rest().submit(&body).await);
        // The submission wakes its builds and the outbox; the dry runs before it woke nobody.
        let woken = jobs_before + expected + 1;
        until_true("wake-ups", LONG, async || jobs(service).await >= woken).await;
        assert_eq!(jobs(service).await, woken);
    }
    a_file(service).await;
    what_exists(service).await;
}

async fn a_file(service: &Service) {
    let text = module(service, "uploaded").version(5).platforms(&["f28", "f29"]).yaml();
    let form =
        format!("--b\r\nContent-Disposition: form-data; name=\"yaml\"; filename=\"x.yaml\"\r\n\r\n{text}\r\n--b--\r\n");
    let headers = [("Content-Type", "multipart/form-data; boundary=b")];
    let before = everything(service).await;
    let dry = builds(&service.rest().post(DRY, &headers, form.clone()).await);
    assert_eq!(everything(service).await, before);
    let real = service.rest().post("/module-builds/?dry_run=false", &headers, form).await;
    came_true(&dry, &real);
}

/// One context is there, one failed, one is new.
async fn what_exists(service: &Service) {
    service.import_platform("f30");
    let of = |platforms: &[&str]| json!({"modulemd": module(service, "partly").version(6).platforms(platforms).yaml()});
    let there = service.rest().submit(&of(&["f28"])).await.id();
    let failed = service.rest().submit(&of(&["f29"])).await.id();
    assert_eq!(service.rest().cancel(failed).await.status, 200);
    let before = everything(service).await;
    let dry = dry_run(service, &of(&["f28", "f29", "f30"])).await;
    assert_eq!(everything(service).await, before);
    let dry = builds(&dry);
    let told: BTreeSet<_> =
        dry.iter().map(|build| (build["would"].as_str().unwrap(), build["existing"]["id"].as_i64())).collect();
    assert_eq!(told, BTreeSet::from([("create", None), ("nothing", Some(there)), ("resume", Some(failed))]));
    let state = |would| dry.iter().find(|build| build["would"] == would).unwrap()["existing"]["state_name"].clone();
    assert_eq!((state("nothing"), state("resume")), (json!("init"), json!("failed")));
    for build in &dry {
        let reuse = &build["reuse"];
        assert_eq!(reuse["module"], Value::Null);
        assert!(reuse["reason"].as_str().unwrap().ends_with('.'), "{reuse}");
    }
    // What is all there is a conflict, told in the same words.
    let again = of(&["f28"]);
    let (dry, real) = (dry_run(service, &again).await, service.rest().submit(&again).await);
    assert_eq!((dry.status, dry.message()), (409, real.message()));
    came_true_in_part(service, &of(&["f28", "f29", "f30"])).await;
}

async fn came_true_in_part(service: &Service, body: &Value) {
    let dry = builds(&dry_run(service, body).await);
    let real = service.rest().submit(body).await;
    let versions = |builds: &[Value]| builds.iter().map(|build| build["version"].clone()).collect::<Vec<_>>();
    assert_eq!(versions(&dry), versions(real.body.as_array().unwrap()));
}

/// The components are built in the batches that the dry run told.
async fn told_batches_are_built(service: &Service) {
    let body = json!({"modulemd": module(service, "batched").version(7).yaml()});
    let dry = builds(&dry_run(service, &body).await);
    let expected = [(1, "module-build-macros"), (2, "batched-b"), (2, "batched-c"), (3, "batched-a"), (3, "batched-d")];
    assert_eq!(batches(&dry[0]), expected.map(|(batch, name)| (batch, name.to_owned())).into());
    let first = &dry[0]["batches"][1]["components"][0];
    assert_eq!((&first["ref"], &first["buildorder"]), (&json!("main"), &json!(0)));
    let id = service.rest().submit(&body).await.id();
    service.start_worker();
    let build = service.rest().ready(id).await;
    let rows = service.rows().await.components(id).await;
    let rows_of_batches = rows.iter().map(|row| (i64::from(row.batch.unwrap()), row.package.clone()));
    assert_eq!(batches(&dry[0]), rows_of_batches.collect());
    assert_eq!(dry[0]["arches"], build["arches"]);

    // What fails right after its submission is told before.
    let wrong = Module::new("wrong").version(8).part(Part::new("module-build-macros", &service.git.url("batched-a")));
    let body = json!({"modulemd": wrong.yaml()});
    let dry = builds(&dry_run(service, &body).await);
    let problems = dry[0]["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 1, "{dry:#?}");
    let id = service.rest().submit(&body).await.id();
    let reason = service.rest().failed(id).await;
    assert!(reason.contains(problems[0].as_str().unwrap()), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_the_same() {
    let service = idle(|service| service.option("YAML_SUBMIT_ALLOWED", true)).await;
    let local = service.git.module(&module(&service, "refused"));
    let (url, _) = local.split_once("?#").unwrap();
    let document = |change: fn(String) -> String| json!({"modulemd": change(Module::new("refused").version(1).yaml())});
    let bodies = [
        json!({}),
        json!({"branch": "1"}),
        json!({"scmurl": "ext::sh -c true?#1234567", "branch": "1"}),
        json!({"scmurl": 1, "branch": "1"}),
        json!({"scmurl": local}),
        json!({"scmurl": local, "branch": "gone"}),
        json!({"scmurl": format!("{url}?#{}", "0".repeat(40)), "branch": "1"}),
        json!({"scmurl": local, "branch": "1", "unknown": 1}),
        json!({"scmurl": local, "branch": "1", "dry_run": true}),
        json!({"scmurl": local, "branch": "1", "srpms": ["x"]}),
        json!({"scmurl": local, "branch": "1", "owner": 1}),
        json!({"scmurl": local, "branch": "1", "rebuild_strategy": "all"}),
        json!({"scmurl": local, "branch": "1", "buildrequire_overrides": {"nobody": ["1"]}}),
        json!({"modulemd": ""}),
        json!({"modulemd": "nonsense"}),
        json!({"modulemd": "x\u{0}"}),
        document(|text| text.replace("f28", "f99")),
        document(|text| text.replace("name: refused", "name: platform")),
        document(|text| text.replace("  summary:", "  xmd: {mbs: {}}\n  summary:")),
    ];
    let mut before = everything(&service).await;
    for body in bodies {
        let (dry, real) = (dry_run(&service, &body).await, service.rest().submit(&body).await);
        assert!((400..500).contains(&real.status), "{body}: {}", real.text);
        assert_eq!((dry.status, dry.text), (real.status, real.text), "{body}");
    }
    for body in ["", "{", "[]"] {
        assert_eq!(service.rest().post(DRY, &[], body).await.status, 400);
    }
    let good = json!({"scmurl": local, "branch": "1"}).to_string();
    for query in ["yes", "", "True", "2", "true&dry_run=false", "false&dry_run=maybe", "%00"] {
        let path = format!("/module-builds/?dry_run={query}");
        let answer = service.rest().post(&path, &[], good.clone()).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
    }
    // But for the audit, which says that something was refused, and counts its rows.
    let mut after = everything(&service).await;
    for rows in [&mut before, &mut after] {
        let is_refusal = |row: &str| row.starts_with("audit_events ") && row.contains(",'submit',NULL,'refused',4");
        rows.retain(|row| !is_refusal(row) && !row.starts_with("sqlite_sequence 'audit_events'"));
    }
    assert_eq!(after, before, "nothing of all this was written");
}

/// What a dry run says of reuse is what the build does then.
#[tokio::test(flavor = "multi_thread")]
async fn what_would_be_taken_over_is_told_and_comes_true() {
    let service = Service::builder().postgres().start().await;
    let (kept, changed) = (Component::new("again-kept"), Component::new("again-changed"));
    let module = || {
        let part = |component: &Component| Part::new(&component.name, &service.git.url(&component.name));
        Module::new("again").part(part(&kept)).part(part(&changed).buildorder(1))
    };
    for component in [&kept, &changed] {
        service.git.component(component);
    }
    // From git: the service takes nothing over from a build whose commit it does not know.
    let first = service.rest().submit_scm(&service.git.module_at(&module(), "2026-01-02T03:04:05Z"), "1").await.id();
    let nsvc = service.rest().ready(first).await;
    let nsvc = ["name", "stream", "version", "context"].map(|part| nsvc[part].as_str().unwrap().to_owned()).join(":");
    service.git.commit("again-changed", "main", &[("notes".to_owned(), "more".to_owned())]);

    let scmurl = service.git.module_at(&module(), "2026-01-03T03:04:05Z");
    let body = json!({"scmurl": scmurl, "branch": "1"});
    let planned = service.rest().post("/module-builds/?dry_run=true", &[], body.to_string()).await;
    assert_eq!(planned.status, 200, "{}", planned.text);
    let build = &planned.body["builds"][0];
    assert_eq!(build["reuse"]["module"], first, "{build}");
    assert!(build["reuse"]["reason"].as_str().unwrap().starts_with("Of 2 components 1 would be taken over"), "{build}");
    let of = |package: &str| {
        let components =
            build["batches"].as_array().unwrap().iter().flat_map(|batch| batch["components"].as_array().unwrap());
        components.clone().find(|component| component["package"] == package).unwrap().clone()
    };
    assert_eq!(
        (&of("again-kept")["reuse"]["rule"], &of("again-kept")["reuse"]["module"]),
        (&json!("unchanged"), &json!(nsvc))
    );
    assert_eq!(of("again-changed")["reuse"]["rule"], "commit");
    let printed = service.client(&["plan", &scmurl, "1"]);
    let page = String::from_utf8_lossy(&printed.stdout).into_owned();
    assert!(page.contains("Built, because its commit changed"), "{page}{}", String::from_utf8_lossy(&printed.stderr));

    let second = service.rest().submit(&body).await.id();
    service.rest().ready(second).await;
    for package in ["again-kept", "again-changed"] {
        let row = service.rows().await.component(second, package).await;
        let decided: Value = serde_json::from_str(&row.reuse.unwrap()).unwrap();
        assert_eq!(decided, of(package)["reuse"], "{package}");
        assert_eq!(of(package)["commit"].as_str(), row.reference.as_deref(), "{package}");
    }
    // A branch that is not there is told before.
    let gone = Part::new("again-kept", &service.git.url("again-kept")).reference("no-such-branch");
    let scmurl = service.git.module_at(&Module::new("again").part(gone), "2026-01-04T03:04:05Z");
    let body = json!({"scmurl": scmurl, "branch": "1"});
    let planned = service.rest().post("/module-builds/?dry_run=true", &[], body.to_string()).await;
    let problems = planned.body["builds"][0]["problems"].to_string();
    assert!(problems.contains("no-such-branch"), "{}", planned.text);
}
