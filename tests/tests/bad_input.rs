//! Hostile and mistaken input: every answer is a clear sentence, and the service goes on.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;
use std::net::TcpListener;

use serde_json::json;
use tests::fixtures::Part;
use tests::git::Gate;
use tests::rest::Answer;
use tests::service::{Builder, SharedService};
use tests::{Component, Module, Service, Shared};

static SHARED: Shared = Shared::new();

async fn service() -> SharedService {
    let limits = |service: Builder| {
        service
            .option("MAX_REQUEST_BYTES", "2M")
            .option("MAX_MODULEMD_BYTES", "1M")
            .option("BUILD_MEMORY_LIMIT", "256M")
            .option("BUILD_PROCESS_LIMIT", 100)
            .option("BUILD_DISK_LIMIT", "64M")
            .option("BUILD_TIMEOUT", 60)
            .option("MAX_RETRIES", 1)
            .option("ALLOW_CUSTOM_SCMURLS", true)
    };
    SHARED.get(limits).await
}

/// Refused with one of these statuses and a short sentence that holds all of `parts`.
fn refused(what: &str, answer: &Answer, statuses: &[u16], parts: &[&str]) {
    assert!(statuses.contains(&answer.status), "{what}: {} {}", answer.status, answer.text);
    let message = answer.message();
    assert!(!message.is_empty() && message.len() < 2000, "{what}: {message}");
    for leak in ["panicked", "stack backtrace", ".rs:", "/state/"] {
        assert!(!message.contains(leak), "{what} tells {leak:?}: {message}");
    }
    for part in parts {
        assert!(message.contains(part), "{what}: {part:?} is missing in: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents() {
    let service = service().await;
    let rest = service.rest();
    let document = |text: String| {
        let rest = rest.clone();
        async move { rest.submit_document(&text).await }
    };
    refused("empty", &rest.upload("a.yaml", Vec::new()).await, &[422], &["empty"]);
    refused("not YAML", &document("{ [".to_owned()).await, &[422], &["modulemd is invalid"]);
    refused("not a module", &document("just text".to_owned()).await, &[422], &["modulemd is invalid"]);
    let valid = Module::new("valid").yaml();
    let utf8 = rest.upload("a.yaml", [valid.as_bytes(), b"# \xff\xfe\n"].concat()).await;
    refused("not UTF-8", &utf8, &[422], &["UTF-8"]);
    let misspelt = valid.replace("  summary:", "  sumary:");
    refused("misspelt key", &document(misspelt).await, &[422], &["sumary", "line"]);
    let unknown = document(valid.replace("  summary:", "  shoe_size: 43\n  summary:")).await;
    assert_eq!(unknown.status, 201, "an unknown key is passed over, as libmodulemd does: {}", unknown.text);
    assert!(!unknown.text.contains("shoe_size"), "{}", unknown.text);
    let log = rest.get(&format!("/module-builds/{}/messages", unknown.id())).await;
    assert!(log.text.contains("shoe_size") && log.text.contains("line"), "the log says so: {}", log.text);
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    refused(
        "deeply nested",
        &document(valid.replace("  license:", &format!("  xmd: {{a: {deep}}}\n  license:"))).await,
        &[422],
        &["modulemd is invalid"],
    );
    refused(
        "alias bomb",
        &document(valid.replace("  license:", &format!("  xmd:\n{}  license:", bomb()))).await,
        &[422],
        &["modulemd is invalid"],
    );
    let huge = format!("{valid}# {}\n", "x".repeat(1_200_000));
    refused("document over its limit", &document(huge).await, &[413, 422], &[]);
    let larger = format!("{valid}# {}\n", "x".repeat(3_000_000));
    refused("request over its limit", &document(larger.clone()).await, &[413], &[]);
    refused("upload over its limit", &rest.upload("a.yaml", larger.into_bytes()).await, &[413], &[]);
    assert!(rest.answers().await);
}

/// Ten times ten times … of an alias.
fn bomb() -> String {
    let mut text = String::from("    a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(text, "    a{level}: &a{level} [{aliases}]").unwrap();
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn requests() {
    let service = service().await;
    let rest = service.rest();
    for (what, body) in [
        ("no body", &b""[..]),
        ("no JSON", b"{"),
        ("a list", b"[1]"),
        ("a text", b"\"x\""),
        ("null", b"null"),
        ("not UTF-8", b"{\"scmurl\": \"\xff\"}"),
    ] {
        refused(what, &rest.submit_bytes(body.to_vec()).await, &[400], &[]);
    }
    let deep = [vec![b'['; 200_000], vec![b']'; 200_000]].concat();
    refused("deep JSON", &rest.submit_bytes(deep).await, &[400], &[]);
    refused(
        "unknown parameter",
        &rest.submit(&json!({"scmurl": "https://example.com/x?#1", "branch": "b", "brnch": 1})).await,
        &[400],
        &["brnch"],
    );
    refused("scmurl is a number", &rest.submit(&json!({"scmurl": 1, "branch": "b"})).await, &[400], &["scmurl"]);
    refused("modulemd is a list", &rest.submit(&json!({"modulemd": [1]})).await, &[400], &["modulemd"]);
    assert!(rest.answers().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn names() {
    let service = service().await;
    let long = "n".repeat(10_000);
    let component = service.git.component(&Component::new("named"));
    for bad in ["a/b", "../up", "a\\nb", "-option", "", &long] {
        let quoted = format!("\"{bad}\"");
        for what in ["module", "stream", "component"] {
            let module = Module::new("named").part(Part::new("named", &component)).yaml();
            let text = match what {
                "module" => module.replacen("name: named", &format!("name: {quoted}"), 1),
                "stream" => module.replacen("stream: \"1\"", &format!("stream: {quoted}"), 1),
                _ => module.replacen("      named:\n", &format!("      {quoted}:\n"), 1),
            };
            let answer = service.rest().submit_document(&text).await;
            let shown: String = bad.chars().take(20).collect();
            refused(&format!("{what} {shown:?}"), &answer, &[400, 422], &[]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_of_modules() {
    let service = service().await;
    let rest = service.rest();
    let proof = service.folder().join("executed");
    let module =
        Module::new("addressed").part(Part::new("addressed-a", &service.git.component(&Component::new("addressed-a"))));
    let good = service.git.module(&module);
    let (url, commit) = good.split_once("?#").unwrap();
    let run = format!("touch {}", proof.display());
    for bad in [
        format!("ext::sh -c {run}?#{commit}"),
        format!("ext::sh%20-c%20true?#{commit}"),
        format!("fd::17?#{commit}"),
        format!("--upload-pack={run}?#{commit}"),
        format!("-u{run}?#{commit}"),
        format!("{url} --upload-pack={run}?#{commit}"),
        format!("{url}?#--output={}", proof.display()),
        format!("ssh://-oProxyCommand={run}/x?#{commit}"),
        format!("file://{}/../../etc?#{commit}", service.git.folder().display()),
        format!("{url}?../../../etc#{commit}"),
        format!("{url}?/etc#{commit}"),
        format!("{url}?#{commit}\n--all"),
        format!("{url}?#../../x"),
        format!("{url}?#"),
        url.to_owned(),
        String::new(),
        format!("https://{}?#{commit}", "h".repeat(10_000)),
    ] {
        let answer = rest.submit_scm(&bad, "1").await;
        refused(&bad.chars().take(80).collect::<String>(), &answer, &[400, 403, 422], &[]);
    }
    assert!(!proof.exists(), "nothing of an address is executed");
    let unknown = format!("{url}?#{}", "0".repeat(40));
    refused("unknown commit", &rest.submit_scm(&unknown, "1").await, &[422], &[&"0".repeat(40)]);
    refused("branch gone", &rest.submit_scm(&good, "gone").await, &[400, 422], &["gone"]);
    let absent = service.git.url("absent");
    refused("repository gone", &rest.submit_scm(&format!("{absent}?#{commit}"), "1").await, &[422], &["absent"]);
    refused("option as a branch", &rest.submit_scm(&good, "--upload-pack=x").await, &[400, 422], &[]);
    let silent = Gate::without_answer().await;
    let address = format!("git://127.0.0.1:{}/module?#{commit}", silent.port);
    refused("a host that never answers", &rest.submit_scm(&address, "1").await, &[503], &["10 seconds"]);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("git://127.0.0.1:{closed}/module?#{commit}");
    refused("nobody there", &rest.submit_scm(&address, "1").await, &[422, 503], &[]);
}

/// A module of one component; returns why it failed.
async fn failure(service: &Service, name: &str, part: Part) -> String {
    let answer = service.rest().submit_document(&Module::new(name).part(part).yaml()).await;
    let reason = service.rest().failed(answer.id()).await;
    assert!(reason.len() < 2000 && !reason.contains("panicked"), "{name}: {reason}");
    reason
}

fn says(what: &str, reason: &str, parts: &[&str]) {
    for part in parts {
        assert!(reason.contains(part), "{what}: {part:?} is missing in: {reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_of_components() {
    let service = service().await;
    let git = &service.git;
    git.commit("no-spec", "main", &[("README".to_owned(), "nothing".to_owned())]);
    let reason = failure(&service, "no-spec", Part::new("no-spec", &git.url("no-spec"))).await;
    says("no spec", &reason, &["no-spec", "spec"]);

    let nonsense = Component::new("nonsense").spec("Name: nonsense\nVersion: 1\n%if\n%{broken\n");
    let reason = failure(&service, "nonsense", Part::new("nonsense", &git.component(&nonsense))).await;
    says("a spec that does not parse", &reason, &["nonsense", "spec"]);

    let sourceless = Component::new("sourceless").tag("Source0: missing-1.0.tar.gz");
    let reason = failure(&service, "sourceless", Part::new("sourceless", &git.component(&sourceless))).await;
    says("a source that is missing", &reason, &["sourceless", "missing-1.0.tar.gz"]);

    // That of a later batch: what is not of the module may be the host's, where RPM does not know everything.
    let needy = Component::new("needy").tag("BuildRequires: needed-later");
    let module = Module::new("needy")
        .part(Part::new("needy", &git.component(&needy)))
        .part(Part::new("needed-later", &git.component(&Component::new("needed-later"))).buildorder(1));
    let id = service.rest().submit_document(&module.yaml()).await.id();
    let reason = service.rest().failed(id).await;
    says("a build requirement that is built later", &reason, &["needy", "needed-later"]);

    let url = git.component(&Component::new("twin"));
    let module = Module::new("twins").part(Part::new("twin", &url)).part(Part::new("other-twin", &url));
    let id = service.rest().submit_document(&module.yaml()).await.id();
    let reason = service.rest().failed(id).await;
    says("two components that make the same package", &reason, &["twin", "makes already"]);

    let url = git.component(&Component::new("module-build-macros"));
    let reason = failure(&service, "impostor", Part::new("module-build-macros", &url)).await;
    says("a component named as the service's own", &reason, &["module-build-macros"]);

    let url = git.component(&Component::new("present"));
    let reason = failure(&service, "branchless", Part::new("present", &url).reference("gone")).await;
    says("branch gone", &reason, &["present", "gone"]);
    let unknown = "0123456789012345678901234567890123456789";
    let reason = failure(&service, "commitless", Part::new("present", &url).reference(unknown)).await;
    says("commit unknown", &reason, &["present", unknown]);
    let reason = failure(&service, "vanished", Part::new("vanished-a", &git.url("vanished-a"))).await;
    says("repository gone", &reason, &["vanished-a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_on_a_host_that_never_answers() {
    let service = service().await;
    let silent = Gate::without_answer().await;
    let url = format!("git://127.0.0.1:{}/waiting", silent.port);
    let reason = failure(&service, "waiting", Part::new("waiting-a", &url)).await;
    says("a host that never answers", &reason, &["10 seconds"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn builds_that_misbehave() {
    let service = service().await;
    let proof = service.folder().join("written");
    let outside = Component::new("outside")
        .build(&format!("mkdir -p {0} && touch {0}/x || echo kept-inside", proof.display()))
        .build("echo x > /etc/mbs-test-escaped || echo etc-kept")
        .build("echo x > /usr/mbs-test-escaped || echo usr-kept")
        .build("exit 1");
    let part = Part::new("outside", &service.git.component(&outside));
    let reason = failure(&service, "outside", part).await;
    says("writes outside of its folder", &reason, &["outside", "%build"]);
    for path in [proof.as_path(), "/etc/mbs-test-escaped".as_ref(), "/usr/mbs-test-escaped".as_ref()] {
        assert!(!path.exists(), "{} was written", path.display());
    }

    // One of shells dies of its own limit, at times before anybody sees it: a shell that cannot fork gives up.
    let bomb = "python3 -c 'import os\nwhile True:\n    try: os.fork()\n    except OSError: pass'";
    let forks = Component::new("forks").build(bomb);
    let reason = failure(&service, "forks", Part::new("forks", &service.git.component(&forks))).await;
    says("forks without end", &reason, &["forks", "more processes at once than the limit of 100"]);

    let eats = Component::new("eats").build("python3 -c 'x = bytearray(1 << 30); import time; time.sleep(100)'");
    let reason = failure(&service, "eats", Part::new("eats", &service.git.component(&eats))).await;
    says("fills memory", &reason, &["eats", "memory limit of 256 MiB"]);

    let writes = Component::new("writes").build("head -c 200000000 /dev/zero > large; sleep 100");
    let reason = failure(&service, "writes", Part::new("writes", &service.git.component(&writes))).await;
    says("fills the disk", &reason, &["writes", "64 MiB"]);
    assert!(service.rest().answers().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_reads_the_network_reaches_nobody() {
    let service = service().await;
    let listener = Gate::without_answer().await;
    let reads = Component::new("reads").build(&format!("bash -c 'exec 3<>/dev/tcp/127.0.0.1/{}'", listener.port));
    let reason = failure(&service, "reads", Part::new("reads", &service.git.component(&reads))).await;
    says("reads the network", &reason, &["reads", "%build"]);
    assert_eq!(listener.connections(), 0);
}
