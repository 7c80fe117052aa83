//! Components that cannot be built, and components that mean harm.

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use builders::{Builder, BuilderError, FailureKind, Phase, Source};

use crate::fixture::{Place, TRIVIAL, module, request, spec};

#[tokio::test(flavor = "multi_thread")]
async fn sources_that_are_not_there() {
    let place = Place::new();
    let Source::Scm { url, commit } = place.spec("a", TRIVIAL) else { unreachable!() };
    for (name, source, phase, expected) in [
        ("no-spec", place.git("no-spec", &[("README", "x")]), Phase::Spec, "the sources of no-spec hold no spec file"),
        ("empty", place.git("empty", &[]), Phase::Spec, "the sources of empty hold no spec file"),
        ("no-commit", Source::Scm { url, commit: "1".repeat(40) }, Phase::Source, "has no commit 1111"),
        (
            "no-repository",
            Source::Scm { url: "file:///nowhere/x".into(), commit: commit.clone() },
            Phase::Source,
            "there is no git repository at",
        ),
        (
            "other-transport",
            Source::Scm { url: "ext::sh -c id".into(), commit: commit.clone() },
            Phase::Source,
            "cannot be fetched from",
        ),
        (
            "option",
            Source::Scm { url: "--upload-pack=id".into(), commit: commit.clone() },
            Phase::Source,
            "cannot be fetched from",
        ),
        ("spaces", Source::Scm { url: "file:///a b".into(), commit: commit.clone() }, Phase::Source, "is not a URL"),
        (
            "branch",
            Source::Scm { url: "file:///x".into(), commit: "main".into() },
            Phase::Source,
            "not a full commit id",
        ),
        ("no-srpm", Source::Srpm { location: "/nowhere/x.src.rpm".into() }, Phase::Source, "does not exist"),
        ("bad-srpm", Source::Srpm { location: "/etc/passwd".into() }, Phase::Source, "cannot be unpacked"),
        (
            "missing-tarball",
            place.git(
                "missing-tarball",
                &[("x.spec", &spec("x", "%files\n").replace("License", "Source0: x-1.0.tar.gz\nLicense"))],
            ),
            Phase::Source,
            "x-1.0.tar.gz: No such file or directory",
        ),
        (
            "unreadable",
            place.git("unreadable", &[("x.spec", "Name: x\nFrobnicate: y\n")]),
            Phase::Spec,
            "line 2: Unknown tag: Frobnicate: y",
        ),
    ] {
        let failure = place.failure(name, source).await;
        assert!(failure.message.contains(expected), "{name}: {failure}");
        assert_eq!((failure.phase, failure.kind), (phase, FailureKind::User), "{name}: {failure}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_answers_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("git://{}/x.git", silent.local_addr().unwrap());
    let place = Place::with(|settings| settings.git_timeout = Duration::from_secs(1));
    let module = module("silent", &["a"]);
    place.builder.prepare_buildroot(&module).await.unwrap();
    let source = Source::Scm { url, commit: "1".repeat(40) };
    let started = Instant::now();
    let error = place.try_build(&request(&module, "a", source, 0)).await.unwrap_err();
    assert!(matches!(&error, BuilderError::Unavailable(text) if text.contains("did not answer within 1 s")), "{error}");
    assert!(started.elapsed() < Duration::from_secs(5));
    // Nothing is noted down: the next try may find the server.
    assert_eq!(place.builder.find_task(&request(&module, "a", Source::BuildMacros, 0)).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_name_phase_and_first_error() {
    let place = Place::new();
    for (name, body, phase, expected) in [
        (
            "prep",
            "%prep\ntar xf nothing.tar\n",
            Phase::Prep,
            "tar: nothing.tar: Cannot open: No such file or directory",
        ),
        (
            "compile",
            "%build\necho 'int main(void) { return x; }' > a.c\ngcc a.c\n",
            Phase::Build,
            "a.c:1:25: error: ‘x’ undeclared (first use in this function)",
        ),
        ("command", "%install\nfrobnicate\n", Phase::Install, "frobnicate: "),
        (
            "check",
            "%check\npython3 -c 'import nothing'\n",
            Phase::Check,
            "ModuleNotFoundError: No module named 'nothing'",
        ),
        ("files", "%files\n/usr/bin/nothing\n", Phase::Package, "error: File not found: /usr/bin/nothing"),
    ] {
        let failure = place.failure(name, place.spec(name, body)).await;
        assert!(failure.message.contains(expected), "{name}: {failure}");
        assert_eq!((failure.phase, failure.kind), (phase, FailureKind::User), "{name}: {failure}");
        assert!(failure.log_line.is_some(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_paths_are_refused() {
    let place = Place::new();
    let module = module("names", &[]);
    for name in ["../../x", "a/b", "a\nb", "", &"a".repeat(10_000)] {
        let error = place.try_build(&request(&module, name, Source::BuildMacros, 0)).await.unwrap_err();
        assert!(matches!(error, BuilderError::Impossible(_)), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_host_is_writable() {
    let place = Place::with(|settings| settings.hidden_paths = vec!["/etc/hostname".into(), "/usr/share/doc".into()]);
    let results = place.folder.path().canonicalize().unwrap();
    let outside = results.join("results");
    let body = format!(
        "%build
for path in / /etc /usr /usr/bin /var /dev /proc/sys/kernel /builddir/.. {outside} {outside}/other; do
    if echo x 2>/dev/null > $path/written; then echo \"WROTE $path\"; fi
done
echo x 2>/dev/null >> /etc/passwd && echo WROTE passwd
mkdir /newtop 2>/dev/null && echo WROTE newtop
mount -t tmpfs x /mnt 2>/dev/null && echo WROTE mount
unshare --user --map-root-user true 2>/dev/null && echo WROTE namespace
cat /etc/shadow 2>/dev/null && echo WROTE shadow
ls /root /home 2>/dev/null && echo WROTE home
ls {outside} 2>/dev/null && echo WROTE results
kill -0 {pid} 2>/dev/null && echo WROTE kill
test -s /etc/hostname && echo WROTE hidden file
ls /usr/share/doc 2>/dev/null | grep . && echo WROTE hidden folder
echo done with it
%files
",
        outside = outside.display(),
        pid = std::process::id(),
    );
    let module = module("writes", &["a"]);
    place.builder.prepare_buildroot(&module).await.unwrap();
    place.built(&module, "a", place.spec("a", &body), 0).await;
    let log = place.log(&module, "a");
    let lines: Vec<&str> = log.lines().filter(|line| !line.starts_with('+')).collect();
    assert!(lines.contains(&"done with it"), "{log}");
    assert!(!lines.iter().any(|line| line.starts_with("WROTE")), "{log}");
    assert!(!fs::read_to_string("/etc/passwd").unwrap().ends_with("x\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_network_is_not_there() {
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = service.local_addr().unwrap().port();
    let place = Place::new();
    let script = format!("import socket; socket.create_connection((\"127.0.0.1\", {port}), 5); print(\"REACHED\")");
    let failure = place.failure("net", place.spec("net", &format!("%build\npython3 -c '{script}'\n"))).await;
    assert_eq!(failure.message, "ConnectionRefusedError: [Errno 111] Connection refused");
    let failure = place
        .failure(
            "dns",
            place.spec(
                "dns",
                "%build\npython3 -c 'import urllib.request; urllib.request.urlopen(\"http://example.com\")'\n",
            ),
        )
        .await;
    assert!(failure.message.contains("name resolution") || failure.message.contains("unreachable"), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_with_links_out_of_the_buildroot_change_nothing() {
    let place = Place::new();
    let module = module("links", &["link", "behind"]);
    let target = place.folder.path().join("target");
    fs::create_dir(&target).unwrap();
    fs::set_permissions(&target, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let target = target.display().to_string();
    place.builder.prepare_buildroot(&module).await.unwrap();
    let link = format!(
        "%install\nmkdir -p %{{buildroot}}/opt\nln -s {target} %{{buildroot}}/opt/x\nln -s {target} %{{buildroot}}/srv\n%files\n/opt/x\n/srv\n"
    );
    let behind = "%install\nmkdir -p %{buildroot}/opt/x %{buildroot}/srv\necho bad > %{buildroot}/opt/x/evil\necho bad > %{buildroot}/srv/evil\n%files\n/opt/x/evil\n/srv/evil\n";
    let link = place.built(&module, "link", place.spec("link", &link), 0).await;
    let behind = place.built(&module, "behind", place.spec("behind", behind), 0).await;
    place.regenerate(&module, 1, &[&link]).await;
    place.regenerate(&module, 2, &[&link, &behind]).await;
    place.regenerate(&module, 3, &[&behind, &link]).await;
    let source = place.spec("reader", "%build\nls -la /opt /srv\n%files\n");
    place.built(&module, "reader", source, 3).await;
    assert_eq!(fs::read_dir(&target).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn results_that_are_links_are_not_taken() {
    let place = Place::new();
    let body = "%build\nrm -rf /builddir/RPMS /builddir/SRPMS\nln -s /etc /builddir/RPMS\nln -s /etc /builddir/SRPMS\n%files\n";
    let failure = place.failure("linked", place.spec("linked", body)).await;
    assert!(matches!(failure.phase, Phase::Package | Phase::Build | Phase::Prep), "{failure}");
    let body = "%build\nmkdir -p /builddir/RPMS\nln -s /etc/passwd /builddir/RPMS/a.rpm\n%files\n";
    let module = module("linked-file", &["a"]);
    place.builder.prepare_buildroot(&module).await.unwrap();
    place.built(&module, "a", place.spec("a", body), 0).await;
    assert!(!place.listing(&module, "components/a/0").contains(&"a.rpm".to_owned()));
}
