//! Modules that include others: their components are built with them.

use std::fmt::Write as _;

use serde_json::json;
use tests::fixtures::{Include, Part};
use tests::git::{Daemon, Gate, Git};
use tests::service::SharedService;
use tests::wait::{LONG, until_true};
use tests::{Component, Module, Service, Shared, checks};

static SHARED: Shared = Shared::new();

async fn service() -> SharedService {
    SHARED
        .get(|service| {
            service.option("MODULES_ALLOW_REPOSITORY", true).option("MAX_INCLUSION_DEPTH", 4).option("MAX_RETRIES", 1)
        })
        .await
}

fn part(git: &Git, component: &Component) -> Part {
    Part::new(&component.name, &git.component(component))
}

/// Address of the repository of an included module.
fn included(git: &Git, module: &Module) -> Include {
    git.module(module);
    Include::new(&module.name, &git.url(&module.name))
}

/// What is wrong with a module, line by line.
async fn problems(service: &Service, module: &Module) -> Vec<String> {
    let id = service.rest().submit_document(&module.yaml()).await.id();
    let reason = service.rest().failed(id).await;
    assert!(service.rows().await.components(id).await.is_empty(), "nothing is written of what is wrong");
    reason.lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn components_are_built_in_the_order_that_the_modules_say() {
    let service = service().await;
    let git = &service.git;
    // `leaf` sees what was built before it, wherever that stands.
    let leaf = Component::new("leaf").build("test -f /usr/share/inner-early/info -a -f /usr/share/own-early/info");
    let deep = Module::new("deep").part(part(git, &leaf).buildorder(3)).macros("%not_taken over");
    let late =
        Component::new("inner-late").build("test -f /usr/share/leaf/info").info("%{?not_taken}%{!?not_taken:own}");
    let inner = Module::new("inner")
        .part(part(git, &Component::new("inner-early")))
        .part(part(git, &late).buildorder(9).buildonly())
        .include(included(git, &deep).buildorder(3));
    let last = Component::new("own-late").build("test -f /usr/share/inner-late/info");
    let main = Module::new("including")
        .part(part(git, &Component::new("own-early")))
        .part(part(git, &last).buildorder(10))
        .include(included(git, &inner));
    let id = service.rest().submit_scm(&git.module(&main), "1").await.id();
    let build = service.rest().ready(id).await;
    let rows = service.rows().await;
    checks::went_straight(&rows, id).await;

    let mut batches: Vec<_> =
        rows.components(id).await.into_iter().map(|row| (row.batch.unwrap(), row.package)).collect();
    batches.sort();
    let expected = [
        (1, "module-build-macros"),
        (2, "inner-early"),
        (2, "own-early"),
        (3, "leaf"),
        (4, "inner-late"),
        (5, "own-late"),
    ];
    assert_eq!(batches, expected.map(|(batch, name)| (batch, name.to_owned())));
    assert_eq!(rows.component(id, "inner-late").await.buildonly, Some(true));
    let tag = build["koji_tag"].as_str().unwrap();
    let text = rows.build(id).await.modulemd;
    let rpms = &text[text.find("      rpms:\n").unwrap()..];
    for row in rows.components(id).await.iter().filter(|row| row.batch != Some(1)) {
        let noted = format!("        {}:\n          ref: {}\n", row.package, row.reference.as_ref().unwrap());
        assert!(rpms.contains(&noted), "{noted}{text}");
    }
    let published = std::fs::read_dir(service.repository(tag)).unwrap();
    assert!(published.count() > 0);
    let log = service.rest().get(&format!("/module-builds/{id}/messages")).await.text;
    for name in ["Includes inner of ", "Includes deep of "] {
        assert!(log.contains(name), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn modules_without_a_repository_are_looked_for_at_the_operators() {
    let folder = tempfile::tempdir().unwrap();
    let git = Git::new(folder.path());
    let modules = format!("file://{}", folder.path().display());
    let service = Service::builder()
        .option("MODULES_DEFAULT_REPOSITORY", modules)
        .option("DEFAULT_BRANCH", "stable")
        .option("ALLOW_CUSTOM_SCMURLS", false)
        .option("SCMURLS", json!(["https://elsewhere.example.com/"]))
        .option("MODULES_ALLOW_SCRATCH", true)
        .start()
        .await;
    let plain = Component::new("plain");
    let url = service.git.component(&plain);
    let inner = Module::new("inner").part(Part::new("plain", &url));
    for branch in ["stable", "topic"] {
        git.commit(&format!("inner-{branch}"), branch, &[]);
    }
    git.commit("inner", "stable", &[("inner.yaml".to_owned(), inner.yaml())]);
    let main = Module::new("main").include(Include::somewhere("inner")).yaml();
    let id = service.rest().submit_document(&main).await.id();
    service.rest().ready(id).await;
    assert_eq!(service.rows().await.component(id, "plain").await.batch, Some(2));

    // With a branch, that is looked for; the operator's repositories need not be in the allow-list.
    let on_branch = json!({"modulemd": main, "branch": "topic", "scratch": true});
    let id = service.rest().submit(&on_branch).await.id();
    let reason = service.rest().failed(id).await;
    assert!(reason.starts_with("The included module \"inner\": ") && reason.contains("topic"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_where_the_operator_allows_it() {
    let service = Service::builder()
        .option("ALLOW_CUSTOM_SCMURLS", false)
        .option("SCMURLS", json!(["https://elsewhere.example.com/"]))
        .option("MODULES_ALLOW_REPOSITORY", true)
        .option("RPMS_ALLOW_REPOSITORY", false)
        .start()
        .await;
    let git = &service.git;
    let inner = Module::new("inner").part(part(git, &Component::new("plain")));
    let main = Module::new("main").include(included(git, &inner));
    let lines = problems(&service, &main).await;
    let url = git.url("inner");
    assert_eq!(lines, [format!("The included module \"inner\": The submitted scmurl {url}?#1 is not allowed")]);

    let service = Service::builder().option("RPMS_ALLOW_REPOSITORY", false).start().await;
    service.git.component(&Component::new("plain"));
    let answer = service.rest().submit_document(&main.yaml()).await;
    assert_eq!(answer.status, 403, "{}", answer.text);
    assert!(
        answer.message().starts_with("Custom module repositories aren't allowed.  'inner' bears"),
        "{}",
        answer.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn components_of_included_modules_follow_the_same_rules() {
    let folder = tempfile::tempdir().unwrap();
    let git = Git::new(folder.path());
    let modules = format!("file://{}/", folder.path().display());
    let service = Service::builder()
        .option("MODULES_DEFAULT_REPOSITORY", modules)
        .option("DEFAULT_BRANCH", "1")
        .option("RPMS_ALLOW_REPOSITORY", false)
        .start()
        .await;
    let deep = Module::new("deep").part(Part::new("plain", "file:///somewhere/plain"));
    let inner = Module::new("inner").include(Include::new("deep", "file:///somewhere/deep"));
    for module in [&deep, &inner] {
        git.module(module);
    }
    let main = Module::new("main").include(Include::somewhere("inner")).include(Include::somewhere("deep"));
    let lines = problems(&service, &main).await.join("\n");
    for line in [
        "In the included module \"deep\": Custom component repositories aren't allowed.  \"plain\" bears repository \
         \"file:///somewhere/plain\"",
        "In the included module \"inner\": Custom module repositories aren't allowed.  \"deep\" bears repository \
         \"file:///somewhere/deep\"",
    ] {
        assert!(lines.contains(line), "{line} is missing in:\n{lines}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicting_components_are_refused() {
    let service = service().await;
    let git = &service.git;
    let shared = Component::new("shared");
    let one = Module::new("one").part(part(git, &shared)).part(part(git, &Component::new("apart")));
    let two = Module::new("two").part(part(git, &shared));
    let main = Module::new("conflicting")
        .part(part(git, &Component::new("apart")))
        .include(included(git, &one))
        .include(included(git, &two));
    assert_eq!(
        problems(&service, &main).await,
        [
            "The included module \"one\" in \"conflicting\" have the following conflicting components: apart",
            "The included module \"two\" in \"conflicting\" have the following conflicting components: shared (the \
             included module \"one\" has them already)",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn circles_and_depths_are_told() {
    let service = service().await;
    let git = &service.git;
    let include = |name: &str| Include::new(name, &git.url(name));
    let link = |name: &str, next: &str| git.module(&Module::new(name).include(include(next)));
    link("ring-a", "ring-b");
    link("ring-b", "ring-c");
    link("ring-c", "ring-a");
    let lines = problems(&service, &Module::new("ringed").include(include("ring-a"))).await;
    assert_eq!(lines, ["The included module \"ring-a\": it includes itself: ring-a → ring-b → ring-c → ring-a"]);

    let own = link("selfish", "selfish");
    let id = service.rest().submit_scm(&own, "1").await.id();
    let reason = service.rest().failed(id).await;
    assert_eq!(reason, "The included module \"selfish\": it includes itself: selfish → selfish");

    for number in 0..100 {
        link(&format!("chain-{number}"), &format!("chain-{}", number + 1));
    }
    let lines = problems(&service, &Module::new("nested").include(include("chain-0"))).await;
    let expected = "The included module \"chain-4\": modules are included more than 4 deep, which is the limit: nested → \
                    chain-0 → chain-1 → chain-2 → chain-3 → chain-4";
    assert_eq!(lines, [expected]);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_includes() {
    let service = service().await;
    let mut many = String::from("  components:\n    modules:\n");
    for number in 0..10_000 {
        writeln!(many, "      m{number}: {{rationale: x}}").unwrap();
    }
    let answer = service.rest().submit_document(&format!("{}{many}", Module::new("crowded").yaml())).await;
    let reason = service.rest().failed(answer.id()).await;
    assert_eq!(reason, "crowded includes more modules than 100, which is the limit");

    let document = |name: &str| Module::new("named").include(Include::new(name, "file:///x")).yaml();
    for name in ["\"a/b\"", "\"..\"", "\"-rf\"", "\"\""] {
        let answer = service.rest().submit_document(&document(name)).await;
        assert_eq!(answer.status, 422, "{name}: {}", answer.text);
        assert!(answer.message().contains("module component"), "{}", answer.text);
    }

    let git = &service.git;
    git.module(&Module::new("other-name"));
    git.commit("no-document", "1", &[("README".to_owned(), "x".to_owned())]);
    git.commit("broken", "1", &[("broken.yaml".to_owned(), "{ [".to_owned())]);
    let misnamed = Module::new("other-name").yaml();
    git.commit("misnamed", "1", &[("misnamed.yaml".to_owned(), misnamed)]);
    let bad = [
        ("option", Include::new("option", &git.url("other-name")).reference("-x"), "must not start with '-'"),
        ("scheme", Include::new("scheme", "ext::sh -c id"), "has no scheme"),
        ("transport", Include::new("transport", "ftp://h/x"), "not supported"),
        ("gone", Include::new("gone", "file:///nowhere/gone"), "does not exist or cannot be read"),
        ("no-branch", Include::new("no-branch", &git.url("other-name")).reference("nope"), "nope"),
        ("no-document", Include::new("no-document", &git.url("no-document")), "doesn't contain a modulemd file"),
        ("broken", Include::new("broken", &git.url("broken")), "The modulemd broken.yaml is invalid: line"),
        ("misnamed", Include::new("misnamed", &git.url("misnamed")), "The name \"other-name\""),
    ];
    let mut module = Module::new("hostile");
    for (_, include, _) in &bad {
        module = module.include(include.clone());
    }
    // What is wrong with components is told with it.
    module = module.part(Part::new("lost", "file:///nowhere/lost"));
    let lines = problems(&service, &module).await;
    assert_eq!(lines.len(), bad.len() + 1, "{lines:#?}");
    for (name, _, words) in bad {
        let about = format!("The included module {name:?}: ");
        let told = lines.iter().any(|line| line.starts_with(&about) && line.contains(words));
        assert!(told, "{name}: {words:?} is missing in {lines:#?}");
    }
    assert!(lines.iter().any(|line| line.contains("component lost")), "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validation_that_died_is_done_again() {
    let service = Service::builder().workers(1).option("SCM_NET_TIMEOUT", 60).option("MODULES_ALLOW_REPOSITORY", true);
    let service = service.start().await;
    let git = &service.git;
    let inner = Module::new("inner").part(part(git, &Component::new("inside")));
    git.module(&inner);
    let daemon = Daemon::serve(git).await;
    let gate = Gate::before(daemon.port).await;
    let url = format!("git://127.0.0.1:{}/inner", gate.port);
    let main = Module::new("main").part(part(git, &Component::new("own"))).include(Include::new("inner", &url));
    let id = service.rest().submit_document(&main.yaml()).await.id();
    until_true("git to be asked", LONG, async || gate.connections() > 0).await;
    service.kill_workers();
    assert!(service.rows().await.components(id).await.is_empty());
    gate.open();
    service.start_worker();
    service.rest().ready(id).await;
    let rows = service.rows().await;
    let names: Vec<_> = rows.components(id).await.into_iter().map(|row| (row.package, row.batch.unwrap())).collect();
    let expected = [("own", 2), ("inside", 2), ("module-build-macros", 1)];
    assert_eq!(names, expected.map(|(name, batch)| (name.to_owned(), batch)));
    checks::went_straight(&rows, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_with_the_network_passes() {
    let service = Service::builder()
        .option("MODULES_ALLOW_REPOSITORY", true)
        .option("SCM_NET_RETRY_INTERVAL", 1)
        .option("SCM_NET_TIMEOUT", 10)
        .start()
        .await;
    let git = &service.git;
    git.module(&Module::new("inner").part(part(git, &Component::new("inside"))));
    let port = tests::process::free_port();
    let url = format!("git://127.0.0.1:{port}/inner");
    let id =
        service.rest().submit_document(&Module::new("main").include(Include::new("inner", &url)).yaml()).await.id();
    until_true("a retry", LONG, async || service.server_log().contains("trying again")).await;
    assert_eq!(service.rest().build(id).await["state_name"], "init");
    let _daemon = Daemon::serve_at(git, port).await;
    service.rest().ready(id).await;
}
