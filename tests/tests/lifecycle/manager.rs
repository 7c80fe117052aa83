//! `mbs-manager retire` and `mbs-manager import_module`.

use std::io::Write as _;
use std::process::{Output, Stdio};

use entities::ModuleState::{Garbage, Ready};
use tests::fixtures::platform;
use tests::wait::{LONG, until_true};
use tests::{Module, Service};

fn with_input(service: &Service, arguments: &[&str], input: &str) -> Output {
    let mut command = service.manager(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn builds_are_retired_by_name() {
    let service = Service::builder().start().await;
    let (rest, rows) = (service.rest(), service.rows().await);
    let build = async |stream: &str, version: u64| {
        let mut module = Module::new("pension").version(version);
        module.stream = stream.to_owned();
        let id = rest.submit_document(&module.yaml()).await.id();
        rest.ready(id).await;
        rows.build(id).await
    };
    let (first, second, other) = (build("1", 1).await, build("1", 2).await, build("2", 1).await);
    let state = async |id: i32| rows.build(id.into()).await.state;

    let none = service.manage(&["retire", "pension:9"]);
    assert!(none.status.success() && said(&none).contains("No module builds found."), "{none:?}");
    for answer in ["n\n", "", "maybe\n"] {
        let refused = with_input(&service, &["retire", "pension:1"], answer);
        assert!(refused.status.success() && said(&refused).contains("Module builds were NOT retired."), "{refused:?}");
    }
    for wrong in ["pension", "a:b:c:d:e", "pension:"] {
        let output = service.manage(&["retire", wrong]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }
    assert_eq!((state(first.id).await, state(second.id).await), (Ready, Ready));

    let nsvc = first.nsvc().to_string();
    let one = service.manage(&["retire", &nsvc, "--confirm"]);
    assert!(one.status.success() && said(&one).contains("Found 1 module builds:"), "{one:?}");
    assert!(said(&one).contains(&nsvc) && said(&one).contains("Module builds retired."), "{one:?}");
    assert_eq!((state(first.id).await, state(second.id).await), (Garbage, Ready));

    let rest_of_stream = with_input(&service, &["retire", "pension:1"], "y\n");
    assert!(rest_of_stream.status.success(), "{rest_of_stream:?}");
    assert_eq!((state(second.id).await, state(other.id).await), (Garbage, Ready));
    let retired = rest.build(second.id.into()).await;
    assert_eq!(retired["state_reason"], "Module build retired");
    // The service tells the world, although it was another process that did it.
    let told = async || {
        let messages = rows.messages(second.id.into()).await;
        messages.len() == 6 && messages.iter().all(|message| message.time_published.is_some())
    };
    until_true("the message about it to be published", LONG, told).await;
    let tag = rows.build(second.id.into()).await.koji_tag.unwrap();
    assert!(service.repository(&tag).exists(), "its repository stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_imported_from_files_and_from_standard_input() {
    let service = Service::builder().prepare().await;
    let rows = service.rows().await;
    let file = |stream: &str, text: &str| {
        let path = service.folder().join(format!("{stream}.yaml"));
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (one, two) = (file("g1", &platform("g1")), file("g2", &platform("g2")));
    let output = service.manage(&["import_module", &one, &two]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(said(&output), "Module platform:g1:3:00000000 imported\nModule platform:g2:3:00000000 imported\n");
    let again = service.manage(&["import_module", &one]);
    assert!(said(&again).contains("Updating existing module build platform:g1:3:00000000."), "{again:?}");
    let piped = with_input(&service, &["import_module", "-"], &platform("g3"));
    assert!(piped.status.success() && said(&piped).contains("platform:g3:3"), "{piped:?}");

    let broken = file("broken", "a: [");
    let stopped = service.manage(&["import_module", &file("g4", &platform("g4")), &broken]);
    let error = String::from_utf8_lossy(&stopped.stderr).into_owned();
    assert!(!stopped.status.success() && error.contains(&format!("cannot import {broken}")), "{error}");
    assert_eq!(service.manage(&["import_module"]).status.code(), Some(2));
    let streams = rows.builds_named("platform").await.into_iter().map(|build| build.stream);
    let mut streams: Vec<_> = streams.filter(|stream| stream.starts_with('g')).collect();
    streams.sort();
    assert_eq!(streams, ["g1", "g2", "g3", "g4"]);
}
