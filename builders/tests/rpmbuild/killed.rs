//! Builds that are stopped, and builds whose worker dies.

use std::process::Command;
use std::time::{Duration, Instant};

use builders::{BuildStart, Builder, Outcome, TaskState};
use futures::FutureExt as _;
use tokio::sync::watch;

use crate::fixture::{Place, TRIVIAL, list, module, processes_with, request, until};

fn sleeper(number: u32) -> String {
    format!("%build\nsetsid sleep {number} &\necho started\nsleep {number}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_kills_every_process_and_leaves_no_result() {
    let place = Place::new();
    let module = module("stopped", &["a"]);
    place.builder.prepare_buildroot(&module).await.unwrap();
    let request = request(&module, "a", place.spec("a", &sleeper(7781)), 0);
    let (stop, stopped) = watch::channel(false);
    let build = {
        let (builder, request) = (place.builder.clone(), request.clone());
        tokio::spawn(async move { builder.build(&request, stopped).await.unwrap() })
    };
    until("both sleep", || processes_with("sleep\u{0}7781").len() >= 2).await;
    until("the log to be written while it runs", || place.log(&module, "a").contains("\nstarted\n")).await;
    assert_eq!(place.builder.find_task(&request).await.unwrap(), Some(TaskState::Running { task: 1 }));
    let asked = Instant::now();
    stop.send(true).unwrap();
    assert_eq!(build.await.unwrap(), BuildStart::Finished(Outcome::Canceled));
    assert!(asked.elapsed() < Duration::from_secs(2));
    until("all are dead", || processes_with("sleep\u{0}7781").is_empty()).await;
    assert!(asked.elapsed() < Duration::from_secs(2));
    assert_eq!(place.builder.find_task(&request).await.unwrap(), None);
    assert_eq!(list(&place.folder.path().join("results/.work/builds").join(&module.tag)).len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_the_future_kills_as_well() {
    let place = Place::new();
    let module = module("dropped", &["a"]);
    place.builder.prepare_buildroot(&module).await.unwrap();
    let request = request(&module, "a", place.spec("a", &sleeper(7782)), 0);
    let build = {
        let (builder, request, stop) = (place.builder.clone(), request.clone(), place.stop.clone());
        tokio::spawn(async move { builder.build(&request, stop).await })
    };
    until("both sleep", || processes_with("sleep\u{0}7782").len() >= 2).await;
    build.abort();
    until("all are dead", || processes_with("sleep\u{0}7782").is_empty()).await;
    // What wraps them holds the lock of the task, and dies after them.
    until("the task to be gone", || {
        place.builder.find_task(&request).now_or_never().is_some_and(|found| found.unwrap().is_none())
    })
    .await;
}

/// Started by the next test as a process of its own.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the other half of a_killed_worker_takes_its_builds_with_it"]
async fn worker_that_gets_killed() {
    let place = Place::new();
    std::fs::write(std::env::var("PLACE").unwrap(), place.folder.path().to_str().unwrap()).unwrap();
    let module = module("killed", &["a"]);
    place.builder.prepare_buildroot(&module).await.unwrap();
    place.build(&module, "a", place.spec("a", &sleeper(7783)), 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_takes_its_builds_with_it() {
    let note = tempfile::NamedTempFile::new().unwrap();
    let mut worker = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::worker_that_gets_killed", "--ignored", "--quiet"])
        .env("PLACE", note.path())
        .spawn()
        .unwrap();
    until("both sleep", || processes_with("sleep\u{0}7783").len() >= 2).await;
    worker.kill().unwrap();
    worker.wait().unwrap();
    let killed = Instant::now();
    until("all are dead", || processes_with("sleep\u{0}7783").is_empty()).await;
    assert!(killed.elapsed() < Duration::from_secs(2));

    // The next worker finds nothing, and builds it.
    let left = std::path::PathBuf::from(std::fs::read_to_string(note.path()).unwrap());
    let place = Place::with(|settings| {
        settings.results_dir = left.join("results");
        settings.work_dir = left.join("results/.work");
    });
    let module = module("killed", &["a"]);
    let request = request(&module, "a", place.spec("a", TRIVIAL), 0);
    assert_eq!(place.builder.find_task(&request).await.unwrap(), None);
    assert!(matches!(place.try_build(&request).await.unwrap(), Outcome::Complete { .. }));
    place.builder.clean_up(&module).await.unwrap();
    until("nothing is left but the result", || {
        list(&left.join("results/.work/builds")).is_empty()
            && list(&left.join("results/.work/trash")).is_empty()
            && list(&left.join("results").join(&module.tag).join("components/a")) == ["0"]
    })
    .await;
    assert_eq!(list(&left.join("results").join(&module.tag)), ["components", "logs"]);
    std::fs::remove_dir_all(left).unwrap();
}
