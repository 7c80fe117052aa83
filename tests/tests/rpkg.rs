//! `rpkg` 1.70 against the real service: what it prints, how it ends, and what then stands in the database.

use std::net::TcpListener;

use entities::{ModuleState, module_build};
use serde_json::json;
use tests::fixtures::Part;
use tests::rpkg::{Rpkg, USER};
use tests::{Component, Module, Service, Shared};

/// Builds.
static SHARED: Shared = Shared::new();
/// Only serves, so that submissions stay as they are.
static IDLE: Shared = Shared::new();

async fn only_build(service: &Service, name: &str) -> module_build::Model {
    let mut builds = service.rows().await.builds_named(name).await;
    assert_eq!(builds.len(), 1, "{builds:?}");
    builds.remove(0)
}

fn says(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.contains(line), "{line:?} is missing in:\n{text}");
    }
}

/// What `module-overview` calls the names of the builds that it lists, in its order.
fn names(overview: &str) -> Vec<&str> {
    overview.lines().filter_map(|line| line.strip_prefix("Name:     ")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_checkout_to_ready() {
    let service = SHARED.get(|service| service).await;
    let rpkg = Rpkg::new(&service);
    let component = service.git.component(&Component::new("rpkg-a"));
    let scmurl = service.git.module(&Module::new("rpkg-good").part(Part::new("rpkg-a", &component)));
    let checkout = rpkg.checkout(&service.git.url("rpkg-good"), "1");

    let watched = rpkg.run_in(&checkout, &["module-build", "--watch"]).well();
    let build = only_build(&service, "rpkg-good").await;
    assert_eq!((build.state, build.scmurl.as_deref()), (ModuleState::Ready, Some(scmurl.as_str())));
    let (id, tag) = (build.id.to_string(), build.koji_tag.clone().unwrap());
    let nsvc = format!("{}-{}-{}-{}", build.name, build.stream, build.version, build.context);
    let link = format!("{}/module-build-service/2/module-builds/{id}", service.address());
    says(
        &watched,
        &[
            "Submitting the module build...",
            &format!("[Build #{id}] {nsvc} is in \"ready\" state."),
            &format!("Link: {link}"),
            "Components: 2 done, 0 failed",
        ],
    );

    let info = rpkg.run(&["module-build-info", &id]).well();
    says(
        &info,
        &["Name:           rpkg-good", "State:          ready", "Scratch:        False", "State:      COMPLETE"],
    );
    says(&info, &[&format!("Koji Tag:       {tag}"), &format!("Owner:          {USER}"), "    Name:       rpkg-a"]);
    for component in service.rows().await.components(build.id.into()).await {
        says(&info, &[&format!("    NVR:        {}", component.nvr.unwrap())]);
    }

    let again = rpkg.run(&["module-build-watch", &id]).well();
    says(&again, &[&format!("{nsvc} is in \"ready\" state."), &format!("Koji tag: {tag}")]);
    let overview = rpkg.run(&["module-overview", "--limit", "100"]).well();
    says(&overview, &[&format!("ID:       {id}\nName:     rpkg-good\nStream:   1\n"), "State:    ready"]);

    let refused = rpkg.run_in(&checkout, &["module-build"]).badly();
    says(&refused, &["The build failed with:\nModule (state=5) already exists."]);
    only_build(&service, "rpkg-good").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_told_by_watch_and_info() {
    let service = SHARED.get(|service| service).await;
    let rpkg = Rpkg::new(&service);
    let component = Component::new("rpkg-bad").build("echo 'fatal error: nothing works' >&2; exit 1");
    let module = Module::new("rpkg-failing").part(Part::new("rpkg-bad", &service.git.component(&component)));
    let scmurl = service.git.module(&module);
    let watched = rpkg.run(&["module-build", &scmurl, "1", "-w"]).well();
    says(&watched, &["is in \"failed\" state.", "1 done, 1 failed", "Reason: ", "rpkg-bad", "nothing works"]);
    let build = only_build(&service, "rpkg-failing").await;
    assert_eq!(build.state, ModuleState::Failed);
    let info = rpkg.run(&["module-build-info", &build.id.to_string()]).well();
    says(&info, &["State:          failed", "State:      FAILED", &build.state_reason.unwrap()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn scratch_from_a_file_to_done() {
    let service = SHARED.get(|service| service).await;
    let rpkg = Rpkg::new(&service);
    let part = Part::new("rpkg-scratch-a", &service.git.component(&Component::new("rpkg-scratch-a")));
    let file = rpkg.home().join("rpkg-file.yaml");
    std::fs::write(&file, Module::new("rpkg-file").part(part).yaml()).unwrap();
    // Outside of any checkout, so that `scmurl` and `branch` are null.
    let watched = rpkg.run(&["module-scratch-build", "--file", "rpkg-file.yaml", "--watch"]).well();
    says(&watched, &["is in \"done\" state.", "Components: 2 done, 0 failed"]);
    let build = only_build(&service, "rpkg-file").await;
    assert_eq!((build.scratch, build.scmurl), (Some(true), None));
    assert_eq!(build.state, ModuleState::Done);
    let info = rpkg.run(&["module-build-info", &build.id.to_string()]).well();
    says(&info, &["Scratch:        True", "State:          done"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn submissions_by_address() {
    let service = IDLE.get(|service| service.workers(0).platform("f29")).await;
    // An address with a version of the API, as old configurations have it.
    let rpkg = Rpkg::at(&format!("{}/module-build-service/1/", service.address()), service.git.folder());
    let module = Module::new("rpkg-plain");
    let scmurl = service.git.module(&module);
    let text = rpkg.run(&["module-build", &scmurl, "1", "--optional", "owner=ada"]).well();
    let build = only_build(&service, "rpkg-plain").await;
    let link = format!("{}/module-build-service/2/module-builds/{}", service.address(), build.id);
    says(&text, &[&format!("The build {} was submitted to the MBS", build.id), &link]);
    assert_eq!((build.owner.as_str(), build.scratch, build.state), ("ada", Some(false), ModuleState::Init));
    let info = rpkg.run(&["module-build-info", &build.id.to_string()]).well();
    says(&info, &["Owner:          ada", "State:          init", "Time Completed: None"]);
    let refused = rpkg.run(&["module-build", &scmurl, "1"]).badly();
    says(&refused, &["The build failed with:\nModule (state=0) already exists."]);

    let both = service.git.module(&Module::new("rpkg-both").platforms(&["f28", "f29"]));
    let text = rpkg.run(&["module-build", &both, "1"]).well();
    let builds = service.rows().await.builds_named("rpkg-both").await;
    let ids: Vec<_> = builds.iter().map(|build| build.id).collect();
    let [first, second] = ids[..] else { panic!("{ids:?}") };
    says(&text, &[&format!("The builds {first} and {second} were submitted to the MBS")]);

    let one = service.git.module(&Module::new("rpkg-one").platforms(&["f28", "f29"]));
    let overrides = ["--buildrequires", "platform:f29", "--requires", "platform:f29"];
    rpkg.run(&[&["module-build", &one, "1"][..], &overrides].concat()).well();
    let build = only_build(&service, "rpkg-one").await;
    let shown = service.rest().build(build.id.into()).await;
    assert_eq!(shown["buildrequires"]["platform"]["stream"], "f29", "{shown}");

    let scratch = service.git.module(&Module::new("rpkg-scratch"));
    rpkg.run(&["module-scratch-build", &scratch, "1"]).well();
    let build = only_build(&service, "rpkg-scratch").await;
    assert_eq!(build.scratch, Some(true));
    assert_eq!(build.scmurl, Some(scratch));
}

#[tokio::test(flavor = "multi_thread")]
async fn overview() {
    let service = Service::builder().workers(0).start().await;
    let (rpkg, rest) = (Rpkg::new(&service), service.rest());
    for (number, owner) in (0..).zip(["ada", "ada", USER, USER]) {
        let document = Module::new(&format!("seen-{number}")).yaml();
        let id = rest.submit(&json!({"modulemd": document, "owner": owner})).await.id();
        if number % 2 == 0 {
            assert_eq!(rest.patch(id, &json!({"state": "failed", "owner": owner})).await.status, 200);
        }
    }
    let overview = |arguments: &[&str]| {
        let text = rpkg.run(&[&["module-overview"], arguments].concat()).well();
        names(&text).join(" ")
    };
    // The base modules of the service are ready builds.
    assert!(overview(&[]).ends_with("platform seen-0 seen-2"), "{}", overview(&[]));
    assert_eq!(overview(&["--limit", "1"]), "seen-2");
    assert_eq!(overview(&["--unfinished"]), "seen-1 seen-3");
    assert_eq!(overview(&["--unfinished", "--limit", "1"]), "seen-3");
    assert_eq!(overview(&["--unfinished", "--owner", "ada"]), "seen-1");
    assert_eq!(overview(&["--owner", "ada"]), "seen-0");
    assert_eq!(overview(&["--owner", "eve"]), "");
    assert_eq!(overview(&["--mine"]), "seen-2");

    // It asks for 100 at a time, and for more pages while there are any.
    let many: Vec<_> = (0..101).map(|number| format!("many-{number}")).collect();
    for name in &many {
        rest.submit(&json!({"modulemd": Module::new(name).yaml(), "owner": "mary"})).await.id();
    }
    assert_eq!(overview(&["--unfinished", "--owner", "mary", "--limit", "101"]), many.join(" "));
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel() {
    let service = IDLE.get(|service| service.workers(0).platform("f29")).await;
    let (rpkg, rest, rows) = (Rpkg::new(&service), service.rest(), service.rows().await);
    let id = rest.submit_document(&Module::new("rpkg-mine").yaml()).await.id();
    let number = id.to_string();
    let text = rpkg.run(&["module-build-cancel", &number]).well();
    let said = format!("Cancelling module build #{id}...\nThe module build #{id} was cancelled\n");
    assert_eq!(text, said);
    let build = rows.build(id).await;
    assert_eq!((build.state, build.state_reason.unwrap()), (ModuleState::Failed, format!("Canceled by {USER}.")));

    let again = rpkg.run(&["module-build-cancel", &number]).badly();
    let states = "To cancel a module build, it must be in one of the following states: build, init, wait";
    says(&again, &[&format!("The cancellation of module build #{id} failed with:\n{states}")]);

    let document = Module::new("rpkg-adas").yaml();
    let id = rest.submit(&json!({"modulemd": document, "owner": "ada"})).await.id();
    let refused = rpkg.run(&["module-build-cancel", &id.to_string()]).badly();
    says(&refused, &["You are not owner of this build and therefore cannot modify it."]);
    assert_eq!(rows.build(id).await.state, ModuleState::Init);

    for command in ["module-build-info", "module-build-watch", "module-build-cancel"] {
        let unknown = rpkg.run(&[command, "999999"]).badly();
        says(&unknown, &["getting information on module build #999999:\nNo such module found."]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_service_refuses() {
    let service = Service::builder()
        .workers(0)
        .option("MODULES_ALLOW_SCRATCH", false)
        .option("ALLOW_CUSTOM_SCMURLS", false)
        .option("SCMURLS", json!([format!("file://{}/", std::env::temp_dir().display())]))
        .start()
        .await;
    let rpkg = Rpkg::new(&service);
    let scmurl = service.git.module(&Module::new("rpkg-refused"));
    let file = rpkg.home().join("rpkg-refused.yaml");
    std::fs::write(&file, Module::new("rpkg-refused").yaml()).unwrap();
    let elsewhere = "https://example.com/x.git?#1";
    let not_allowed = format!("The build failed with:\nThe submitted scmurl {elsewhere} is not allowed");
    let no_scratch = "The build failed with:\nScratch builds are not enabled";
    for (arguments, message) in [
        (&["module-build", elsewhere, "master"][..], not_allowed.as_str()),
        (&["module-scratch-build", &scmurl, "1"], no_scratch),
        (&["module-scratch-build", "--file", "rpkg-refused.yaml"], no_scratch),
        (&["module-build", &scmurl, "1", "--optional", "rebuild_strategy=all"], "rebuild"),
        (&["module-build", &scmurl, "1", "--optional", "shoe_size=43"], "shoe_size"),
        (&["module-build", &scmurl, "1", "--buildrequires", "platform:f99"], "The build failed with:\n"),
    ] {
        let refused = rpkg.run(arguments).badly();
        says(&refused, &[message]);
        assert!(!refused.contains("unexpected error"), "{refused}");
    }
    assert!(service.rows().await.builds_named("rpkg-refused").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_down() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let rpkg = Rpkg::at(&format!("http://127.0.0.1:{closed}/module-build-service/"), "/nowhere".as_ref());
    for arguments in
        [&["module-build-info", "1"][..], &["module-overview"], &["module-build", "https://example.com/x.git?#1", "1"]]
    {
        says(&rpkg.run(arguments).badly(), &["Connection refused"]);
    }
}
