//! Components that take more than they may.

use std::time::{Duration, Instant};

use builders::{FailureKind, Phase};

use builders::Builder;

use crate::fixture::{Place, TRIVIAL, module, processes_with};

#[tokio::test(flavor = "multi_thread")]
async fn time() {
    let place = Place::with(|settings| settings.limits.time = Duration::from_secs(2));
    let started = Instant::now();
    let failure = place.failure("slow", place.spec("slow", "%build\nsetsid sleep 7771 &\nsleep 7771\n")).await;
    assert_eq!((failure.kind, failure.phase), (FailureKind::Timeout, Phase::Build));
    assert_eq!(failure.message, "it took longer than the time limit of 2 s and was stopped");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(processes_with("sleep\u{0}7771").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn processes() {
    let place = Place::with(|settings| settings.limits.processes = 50);
    // A shell that cannot fork gives up; this one does not.
    let body = "%build\ncat > bomb.py <<END\nimport os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\nEND\npython3 bomb.py 7772\n";
    let failure = place.failure("bomb", place.spec("bomb", body)).await;
    assert_eq!(failure.kind, FailureKind::User);
    assert_eq!(failure.message, "it ran more processes at once than the limit of 50 and was stopped");
    assert_eq!(processes_with("7772").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn memory() {
    let place = Place::with(|settings| settings.limits.memory = 256 << 20);
    let hog = "python3 -c 'import time; held = [bytearray(b\"x\" * (8 << 20)) for i in range(8)]; time.sleep(7773)'";
    // No one of them is over the limit.
    let body = format!("%build\nfor i in 1 2 3 4 5 6; do {hog} & done\nsleep 7773\n");
    let failure = place.failure("hog", place.spec("hog", &body)).await;
    assert_eq!(failure.kind, FailureKind::User);
    assert_eq!(failure.message, "it used more than the memory limit of 256 MiB and was stopped");
    assert_eq!(processes_with("7773").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn disk() {
    let place = Place::with(|settings| settings.limits.disk = 32 << 20);
    let many = "%build\nfor i in $(seq 100); do head -c 4M /dev/zero > file$i; sleep 0.1; done\n";
    let one = "%build\nhead -c 200M /dev/zero > /tmp/one\n";
    for (name, body) in [("many", many), ("one", one)] {
        let failure = place.failure(name, place.spec(name, body)).await;
        assert_eq!(failure.kind, FailureKind::User, "{name}: {failure}");
        assert_eq!(failure.message, "it wrote more to disk than the limit of 32 MiB and was stopped", "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn log() {
    let place = Place::with(|settings| settings.limits.log = 1 << 20);
    let failure = place.failure("talker", place.spec("talker", "%build\nyes 7775\n")).await;
    assert_eq!(failure.message, "it wrote more log than the limit of 1 MiB and was stopped");
    assert_eq!(processes_with("yes\u{0}7775").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn none() {
    let place = Place::with(|settings| {
        let limits = &mut settings.limits;
        (limits.memory, limits.processes, limits.disk, limits.log) = (u64::MAX, u64::MAX, u64::MAX, u64::MAX);
    });
    let module = module("unlimited", &["a"]);
    place.builder.prepare_buildroot(&module).await.unwrap();
    place.built(&module, "a", place.spec("a", TRIVIAL), 0).await;
}
