//! Whatever is killed, stopped or emptied meanwhile: a build ends as it would have, no component is built again after it was
//! complete, no message is missing.
//!
//! Each test builds the same module twice, the first time undisturbed, and prints both times
//! (`cargo test -p tests --test nothing_is_lost -- --nocapture`).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::Command;
use std::time::{Duration, Instant};

use tests::fixtures::Part;
use tests::git::{Daemon, Gate};
use tests::wait::{LONG, until, until_true};
use tests::witness::{Witness, sleeper};
use tests::{Component, Module, Service, checks};

/// Two batches; every build of `first` and `second` is seen by a witness.
struct Subject {
    module: Module,
    first: String,
    second: String,
}

impl Subject {
    fn new(service: &Service, name: &str) -> Self {
        let first = Component::new(&format!("{name}-first")).sleeps(2);
        let second = Component::new(&format!("{name}-second")).sleeps(2).tag(&format!("BuildRequires: {name}-first"));
        let module = Module::new(name)
            .part(Part::new(&first.name, &service.git.component(&first)))
            .part(Part::new(&second.name, &service.git.component(&second)).buildorder(1));
        Self { module, first: first.marker.unwrap(), second: second.marker.unwrap() }
    }

    async fn submit(&self, service: &Service, version: u64) -> i64 {
        service.rest().submit_document(&self.module.clone().version(version).yaml()).await.id()
    }

    /// Builds it undisturbed; returns how long that took.
    async fn undisturbed(&self, service: &Service) -> Duration {
        let start = Instant::now();
        let id = self.submit(service, 1).await;
        service.rest().ready(id).await;
        start.elapsed()
    }
}

/// The build ended well, and everything that has to hold does. Prints how long it took.
async fn ended_well(service: &Service, id: i64, what: &str, undisturbed: Duration, start: Instant) {
    service.rest().ready(id).await;
    let (alone, disturbed) = (undisturbed.as_secs_f64(), start.elapsed().as_secs_f64());
    println!("| {what} | {alone:.1} s | {disturbed:.1} s | {:+.1} s |", disturbed - alone);
    checks::went_straight(&service.rows().await, id).await;
}

async fn building(marker: &str) {
    until_true("the component to be built", LONG, async || sleeper(marker).is_some()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_is_killed_while_it_builds() {
    let service = Service::builder().workers(1).start().await;
    let subject = Subject::new(&service, "building");
    let undisturbed = subject.undisturbed(&service).await;
    let witness = Witness::start();
    let start = Instant::now();
    let id = subject.submit(&service, 2).await;
    building(&subject.second).await;
    service.kill_workers();
    until_true("the build to die with its worker", LONG, async || sleeper(&subject.second).is_none()).await;
    service.start_worker();
    ended_well(&service, id, "kill -9 of the worker while it builds", undisturbed, start).await;
    // The second was not complete when its worker died; that beginning may have been too short to be seen.
    assert_eq!(witness.builds(&subject.first), 1);
    assert!(witness.builds(&subject.second) <= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_is_killed_between_two_batches() {
    let service = Service::builder().workers(1).start().await;
    let subject = Subject::new(&service, "between");
    let undisturbed = subject.undisturbed(&service).await;
    let witness = Witness::start();
    let start = Instant::now();
    let id = subject.submit(&service, 2).await;
    let rows = service.rows().await;
    building(&subject.first).await;
    let complete = async || rows.component(id, "between-first").await.nvr.is_some();
    until_true("the first component to be complete", LONG, complete).await;
    service.kill_workers();
    service.start_worker();
    ended_well(&service, id, "kill -9 of the worker between two batches", undisturbed, start).await;
    assert_eq!((witness.builds(&subject.first), witness.builds(&subject.second)), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_is_killed_while_it_validates() {
    let service = Service::builder().workers(1).option("SCM_NET_TIMEOUT", 60).start().await;
    let subject = Subject::new(&service, "validating");
    let undisturbed = subject.undisturbed(&service).await;
    let daemon = Daemon::serve(&service.git).await;
    let gate = Gate::before(daemon.port).await;
    let url = |name: &str| format!("git://127.0.0.1:{}/{name}", gate.port);
    let module = Module::new("validating")
        .version(2)
        .part(Part::new("validating-first", &url("validating-first")))
        .part(Part::new("validating-second", &url("validating-second")).buildorder(1));
    let start = Instant::now();
    let id = service.rest().submit_document(&module.yaml()).await.id();
    until_true("git to be asked", LONG, async || gate.connections() > 0).await;
    service.kill_workers();
    gate.open();
    service.start_worker();
    ended_well(&service, id, "kill -9 of the worker while it validates", undisturbed, start).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_killed_right_after_its_answer() {
    let service = Service::builder().start().await;
    let subject = Subject::new(&service, "answered");
    let undisturbed = subject.undisturbed(&service).await;
    let start = Instant::now();
    let id = subject.submit(&service, 2).await;
    service.kill_server();
    service.start_server().await;
    ended_well(&service, id, "kill -9 of the server right after the 201", undisturbed, start).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_are_on_one_build() {
    let service = Service::builder().workers(2).start().await;
    let subject = Subject::new(&service, "doubled");
    let undisturbed = subject.undisturbed(&service).await;
    let witness = Witness::start();
    let start = Instant::now();
    let id = subject.submit(&service, 2).await;
    ended_well(&service, id, "two workers on one build", undisturbed, start).await;
    assert_eq!((witness.builds(&subject.first), witness.builds(&subject.second)), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_worker_comes_back_after_another_took_over() {
    let service = Service::builder().workers(1).option("LEASE_SECONDS", 4).option("UPKEEP_SECONDS", 1).start().await;
    let subject = Subject::new(&service, "thawed");
    let undisturbed = subject.undisturbed(&service).await;
    let witness = Witness::start();
    let start = Instant::now();
    let id = subject.submit(&service, 2).await;
    building(&subject.first).await;
    service.freeze_worker();
    service.start_worker();
    let rows = service.rows().await;
    let lease = format!("component:{}", rows.component(id, "thawed-first").await.id);
    until_true("another worker to claim the component", LONG, async || rows.claims(&lease).await >= 2).await;
    service.thaw_worker();
    ended_well(&service, id, "worker frozen until its lease was taken (lease 4 s)", undisturbed, start).await;
    assert_eq!((witness.builds(&subject.first), witness.builds(&subject.second)), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_away_for_20_seconds_and_comes_back_empty() {
    let service = Service::builder().redis().start().await;
    let subject = Subject::new(&service, "away");
    let undisturbed = subject.undisturbed(&service).await;
    let witness = Witness::start();
    let start = Instant::now();
    let id = subject.submit(&service, 2).await;
    building(&subject.first).await;
    let redis = service.redis.as_ref().unwrap();
    redis.kill();
    tokio::time::sleep(Duration::from_secs(20)).await;
    redis.restart().await;
    ended_well(&service, id, "Redis killed for 20 s, back empty", undisturbed, start).await;
    assert_eq!((witness.builds(&subject.first), witness.builds(&subject.second)), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_frozen_for_20_seconds() {
    let service = Service::builder().redis().start().await;
    let subject = Subject::new(&service, "frozen");
    let undisturbed = subject.undisturbed(&service).await;
    let witness = Witness::start();
    let start = Instant::now();
    let id = subject.submit(&service, 2).await;
    building(&subject.first).await;
    let redis = service.redis.as_ref().unwrap();
    redis.freeze();
    tokio::time::sleep(Duration::from_secs(20)).await;
    redis.thaw();
    ended_well(&service, id, "Redis frozen for 20 s", undisturbed, start).await;
    assert_eq!((witness.builds(&subject.first), witness.builds(&subject.second)), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_flushed_in_the_middle_of_a_build() {
    let service = Service::builder().redis().workers(1).start().await;
    let subject = Subject::new(&service, "flushed");
    let undisturbed = subject.undisturbed(&service).await;
    let witness = Witness::start();
    let start = Instant::now();
    let id = subject.submit(&service, 2).await;
    building(&subject.first).await;
    service.redis.as_ref().unwrap().flush();
    building(&subject.second).await;
    service.redis.as_ref().unwrap().flush();
    ended_well(&service, id, "FLUSHALL, twice", undisturbed, start).await;
    assert_eq!((witness.builds(&subject.first), witness.builds(&subject.second)), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_results_folder_is_full_for_a_while() {
    let Some(disk) = SmallDisk::mount() else {
        println!("left out: a small file system cannot be mounted here (that takes root)");
        return;
    };
    let service = Service::builder().results(disk.folder.path()).start().await;
    let subject = Subject::new(&service, "full");
    let undisturbed = subject.undisturbed(&service).await;
    let start = Instant::now();
    let id = subject.submit(&service, 2).await;
    building(&subject.first).await;
    disk.fill();
    let rows = service.rows().await;
    let told = async || rows.component(id, "full-first").await.state_reason.filter(|reason| reason.contains("full"));
    let reason = until("the component to say that the disk is full", LONG, told).await;
    disk.free();
    println!("(told: {reason})");
    service.rest().ready(id).await;
    let (alone, disturbed) = (undisturbed.as_secs_f64(), start.elapsed().as_secs_f64());
    println!("| results folder full | {alone:.1} s | {disturbed:.1} s | {:+.1} s |", disturbed - alone);
    checks::went_straight(&rows, id).await;
}

/// A file system that is soon full.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::TempDir::with_prefix("mbs-small-").ok()?;
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", "size=16M,mode=755", "small"]).arg(folder.path());
        let mounted = command.output().is_ok_and(|output| output.status.success());
        mounted.then_some(Self { folder })
    }

    fn fill(&self) {
        let file = std::fs::File::create(self.folder.path().join("filler")).unwrap();
        let mut file = std::io::BufWriter::new(file);
        let full = std::io::copy(&mut std::io::Read::take(std::io::repeat(7), 64 << 20), &mut file);
        assert!(full.is_err(), "the file system is full");
        // Its buffer cannot be written either.
        let _unwritten = file.into_parts();
    }

    fn free(&self) {
        std::fs::remove_file(self.folder.path().join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("--lazy").arg(self.folder.path()).status();
    }
}
