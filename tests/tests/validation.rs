//! What is checked and looked up between a submission and its build.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;
use tests::fixtures::Part;
use tests::git::{Daemon, Gate, Git};
use tests::service::{Builder, SharedService};
use tests::srpm::source_package;
use tests::wait::{LONG, until_true};
use tests::{Component, Module, Service, Shared};

static SHARED: Shared = Shared::new();

async fn service() -> SharedService {
    SHARED.get(|service| service.option("MODULES_ALLOW_SCRATCH", true)).await
}

fn part(git: &Git, component: &Component) -> Part {
    Part::new(&component.name, &git.component(component))
}

/// The document with lines inside of its `xmd.mbs`.
fn with_mbs(document: &str, lines: &[&str]) -> String {
    let mbs: String = lines.iter().map(|line| format!("      {line}\n")).collect();
    let replaced = document.replace("    mbs:\n", &format!("    mbs:\n{mbs}"));
    assert_ne!(replaced, document);
    replaced
}

/// The document of a build.
async fn document(service: &Service, id: i64) -> String {
    service.rows().await.build(id).await.modulemd
}

/// Imports a document.
fn import(service: &Service, name: &str, text: &str) {
    let file = service.folder().join(name);
    std::fs::write(&file, text).unwrap();
    let output = service.manage(&["import_module", file.to_str().unwrap()]);
    assert!(output.status.success(), "import_module: {}", String::from_utf8_lossy(&output.stderr));
}

/// A module that also buildrequires others, each `name: stream`.
fn buildrequiring(module: &Module, others: &[(&str, &str)]) -> String {
    let mut lines = String::from("  - buildrequires:\n");
    for (name, stream) in others {
        writeln!(lines, "      {name}: [\"{stream}\"]").unwrap();
    }
    module.yaml().replace("  - buildrequires:\n", &lines)
}

mod source_packages {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn replace_components_of_scratch_builds() {
        let service = service().await;
        let git = &service.git;
        let patched = source_package(service.folder(), &Component::new("patched").info("from the package"));
        let user = Component::new("patched-user").build("grep 'from the package' /usr/share/patched/info");
        let module = Module::new("with-srpm")
            // It is never looked up.
            .part(Part::new("patched", "file:///nowhere/patched"))
            .part(part(git, &user).buildorder(1));
        let body = json!({"modulemd": module.yaml(), "scratch": true, "srpms": [patched]});
        let id = service.rest().submit(&body).await.id();
        let is_over = |build: &serde_json::Value| matches!(build["state_name"].as_str(), Some("done" | "failed"));
        let build = service.rest().when(id, "ended", is_over).await;
        assert_eq!(build["state_name"], "done", "{}", build["state_reason"]);
        let rows = service.rows().await;
        let row = rows.component(id, "patched").await;
        assert_eq!((row.scmurl.as_str(), row.reference, row.batch), (patched.to_str().unwrap(), None, Some(2)));
        assert!(row.nvr.unwrap().starts_with("patched-1.0-1.scrmod+"));
        assert!(rows.component(id, "patched-user").await.reference.is_some());
        assert!(document(&service, id).await.contains("patched:\n          ref:"));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn wrong_ones_are_told_together_with_everything_else() {
        let service = service().await;
        let folder = service.folder();
        let good = source_package(folder, &Component::new("good"));
        let again = folder.join("again.src.rpm");
        std::fs::copy(&good, &again).unwrap();
        let stranger = source_package(folder, &Component::new("stranger"));
        let text = folder.join("text.src.rpm");
        std::fs::write(&text, "no package").unwrap();
        let fifo = folder.join("fifo.src.rpm");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
        assert!(made.success());
        let module = Module::new("wrong-srpms")
            .part(Part::new("good", "file:///nowhere/good"))
            .part(Part::new("lost", "file:///nowhere/lost"))
            .part(Part::new("scheme", "ext::sh -c id"))
            .part(Part::new("option", &service.git.url("x")).reference("-x"))
            .part(Part::new("module-build-macros", "file:///nowhere/x"));
        let srpms =
            json!([good, again, stranger, text, fifo, "relative.src.rpm", "/nowhere/x.src.rpm", "-x", "http://h/x"]);
        let body = json!({
            "modulemd": module.yaml(), "scratch": true, "srpms": srpms,
            "rpm_component_ref_overrides": {"nobody": "main", "lost": "main"},
        });
        let id = service.rest().submit(&body).await.id();
        let reason = service.rest().failed(id).await;
        let shown = |path: &Path| format!("{path:?}");
        for words in [
            "A component cannot be named module-build-macros".to_owned(),
            "(component lost)".to_owned(),
            "(component scheme): The repository address 'ext::sh -c id' is not valid".to_owned(),
            "(component option): The git reference '-x' is not valid".to_owned(),
            "The ref of \"nobody\" is overridden, but the module has no such component".to_owned(),
            format!("srpms: {} and {} are both for good", shown(&good), shown(&again)),
            format!("srpms: {} is for stranger, and the module has no such component", shown(&stranger)),
            format!("srpms: {} is no source package", shown(&text)),
            format!("srpms: the source package {} does not exist on the builder", shown(&fifo)),
            "srpms: the source package \"relative.src.rpm\" has to be an absolute path on the builder".to_owned(),
            "srpms: the source package \"/nowhere/x.src.rpm\" does not exist on the builder".to_owned(),
            "srpms: the source package \"-x\" has to be".to_owned(),
            "srpms: the source package \"http://h/x\" has to be".to_owned(),
        ] {
            assert!(reason.contains(&words), "{words:?} is missing in:\n{reason}");
        }
        assert!(!reason.contains("component good"), "it has a source package: {reason}");
        assert_eq!(reason.lines().count(), 14, "{reason}");
        assert!(service.rows().await.components(id).await.is_empty());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn only_for_scratch_builds() {
        let service = service().await;
        for scratch in [json!(false), json!(null)] {
            let body = json!({"modulemd": Module::new("a").yaml(), "scratch": scratch, "srpms": ["/x"]});
            let answer = service.rest().submit(&body).await;
            let expected = (403, "srpms may only be specified for scratch builds");
            assert_eq!((answer.status, answer.message()), expected);
        }
    }
}

mod refs {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn are_overridden_by_the_submission() {
        let service = service().await;
        let git = &service.git;
        let url = git.component(&Component::new("moving").info("old"));
        let newer = git.commit("moving", "main", &Component::new("moving").info("new").files());
        let older = git.commit("moving", "main", &Component::new("moving").info("newest").files());
        let module = Module::new("overridden").part(Part::new("moving", &url));
        let body = json!({"modulemd": module.yaml(), "rpm_component_ref_overrides": {"moving": newer}});
        let id = service.rest().submit(&body).await.id();
        service.rest().ready(id).await;
        let row = service.rows().await.component(id, "moving").await;
        assert_eq!(row.reference.as_deref(), Some(newer.as_str()));
        assert_ne!(newer, older);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_components_that_do_not_exist_are_told() {
        let service = service().await;
        let module = Module::new("unknown-override").part(part(&service.git, &Component::new("known")));
        let body = json!({"modulemd": module.yaml(), "rpm_component_ref_overrides": {"knwon": "main"}});
        let id = service.rest().submit(&body).await.id();
        let reason = service.rest().failed(id).await;
        assert_eq!(reason, "The ref of \"knwon\" is overridden, but the module has no such component");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn repositories_and_caches_need_a_permission() {
        let service = Service::builder().option("RPMS_ALLOW_REPOSITORY", false).start().await;
        let module = Module::new("custom").part(Part::new("own", "file:///x/own"));
        let text = module.yaml().replace("        ref: main\n", "        cache: http://h/cache\n");
        let id = service.rest().submit_document(&text).await.id();
        let reason = service.rest().failed(id).await;
        for line in [
            "Custom component repositories aren't allowed.  \"own\" bears repository \"file:///x/own\"",
            "Custom component caches aren't allowed.  \"own\" bears cache \"http://h/cache\"",
        ] {
            assert!(reason.lines().any(|told| told == line), "{line} is missing in:\n{reason}");
        }
    }
}

mod default_modules {
    use super::*;

    /// A document that makes `stream` the default of a module.
    fn default(module: &str, stream: &str) -> (String, String) {
        let text =
            format!("document: modulemd-defaults\nversion: 1\ndata:\n  module: {module}\n  stream: \"{stream}\"\n");
        (format!("{module}.yaml"), text)
    }

    fn platform(service: &Service, stream: &str, mbs: &[&str]) {
        let text = with_mbs(&tests::fixtures::platform(stream), mbs);
        import(service, &format!("platform-{stream}.yaml"), &text);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn are_buildrequired_without_being_named() {
        let folder = tempfile::tempdir().unwrap();
        let git = Git::new(folder.path());
        let overridden = default("named", "9");
        git.commit(
            "defaults",
            "f28",
            &[
                default("defaulted", "1"),
                default("absent", "7"),
                default("elsewhere", "1"),
                overridden.clone(),
                (format!("overrides/{}", overridden.0), default("named", "1").1),
                ("README".to_owned(), "no defaults".to_owned()),
            ],
        );
        let service =
            Service::builder().platform("f29").option("DEFAULT_MODULES_SCM_URL", git.url("defaults")).start().await;
        let (rest, sources) = (service.rest(), &service.git);
        platform(&service, "f28", &["use_default_modules: true"]);
        let component = |name: &str| Module::new(name).part(part(sources, &Component::new(&format!("{name}-rpm"))));
        for name in ["defaulted", "named"] {
            rest.ready(rest.submit_scm(&sources.module(&component(name)), "1").await.id()).await;
        }
        // Built for another base module only.
        let elsewhere = component("elsewhere").platforms(&["f29"]);
        rest.ready(rest.submit_scm(&sources.module(&elsewhere), "1").await.id()).await;

        let user = Component::new("user").build("rpm -q defaulted-rpm named-rpm");
        let text = Module::new("user").part(part(sources, &user)).yaml();
        let id = rest.submit_document(&buildrequiring_text(&text, "named", "1")).await.id();
        let build = rest.ready(id).await;
        let buildrequires = build["buildrequires"].as_object().unwrap();
        let names: Vec<_> = buildrequires.keys().map(String::as_str).collect();
        assert_eq!(names, ["defaulted", "named", "platform"], "{buildrequires:?}");
        assert_eq!(buildrequires["defaulted"]["stream"], "1");
        assert!(document(&service, id).await.contains("koji_tag: module-defaulted-1-"), "noted as if it were named");
        let log = rest.get(&format!("/module-builds/{id}/messages")).await.text;
        for words in [
            "Buildrequires the default module defaulted:1:",
            "The default module absent:7 of platform:f28:3:00000000 has no build for it",
            "The default module elsewhere:1 of platform:f28:3:00000000 has no build for it",
        ] {
            assert!(log.contains(words), "{words} is missing in {log}");
        }
        assert!(!log.contains("named:9"), "the override counts: {log}");
    }

    fn buildrequiring_text(text: &str, name: &str, stream: &str) -> String {
        text.replace("  - buildrequires:\n", &format!("  - buildrequires:\n      {name}: [\"{stream}\"]\n"))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn that_cannot_be_had_fail_the_build() {
        let service = service().await;
        let git = &service.git;
        git.commit("no-branch", "main", &[default("a", "1")]);
        git.commit("broken-defaults", "bad3", &[("a.yaml".to_owned(), "{ [".to_owned())]);
        let no_branch = git.url("no-branch");
        let cases = [
            ("bad1", "file:///nowhere/defaults".to_owned(), "does not exist or cannot be read".to_owned()),
            ("bad2", no_branch.clone(), format!("there is no branch bad2 in {no_branch}")),
            ("bad3", git.url("broken-defaults"), "a.yaml: line 2: not valid YAML".to_owned()),
        ];
        for (stream, url, words) in cases {
            platform(&service, stream, &[&format!("default_modules_scm_url: \"{url}\"")]);
            let module = Module::new("without-defaults").platforms(&[stream]);
            let id = service.rest().submit_document(&module.yaml()).await.id();
            let reason = service.rest().failed(id).await;
            assert!(reason.starts_with("Failed to retrieve the default modules: "), "{reason}");
            assert!(reason.contains(&words), "{words} is missing in: {reason}");
        }
    }
}

mod arches {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn come_from_privileged_modules_base_modules_and_options() {
        let host = std::env::consts::ARCH;
        let service = Service::builder()
            .workers(1)
            .option("ALLOWED_PRIVILEGED_MODULE_NAMES", json!(["product"]))
            .option("BASE_MODULE_ARCHES", json!({"platform:f31": [host, "s390x"]}))
            .platform("f31")
            .start()
            .await;
        let rest = service.rest();
        let tag_arches = format!("koji_tag_arches: [{host}, ppc64le]");
        let platform = with_mbs(&tests::fixtures::platform("f30"), &[&tag_arches]);
        import(&service, "platform-f30.yaml", &platform);
        let xmd = |text: &str, arches: &str| {
            text.replace("  summary:", &format!("  xmd:\n    mbs:\n      koji_tag_arches: [{arches}]\n  summary:"))
        };
        let product = xmd(&Module::new("product").yaml(), &format!("{host}, aarch64, i686"));
        let url = {
            let file = [("product.yaml".to_owned(), product.clone())];
            let commit = service.git.commit("product", "1", &file);
            format!("{}?#{commit}", service.git.url("product"))
        };
        rest.ready(rest.submit_scm(&url, "1").await.id()).await;
        let buildopts = |text: String| text.replace("  summary:", "  buildopts:\n    arches: [riscv64]\n  summary:");
        let cases = [
            ("plain", Module::new("plain").yaml(), vec![host]),
            ("of-option", Module::new("of-option").platforms(&["f31"]).yaml(), vec!["s390x", host]),
            ("of-base", Module::new("of-base").platforms(&["f30"]).yaml(), vec!["ppc64le", host]),
            (
                "of-product",
                buildrequiring(&Module::new("of-product"), &[("product", "1")]),
                vec!["aarch64", "i686", host],
            ),
            ("of-document", buildopts(Module::new("of-document").platforms(&["f31"]).yaml()), vec!["riscv64"]),
        ];
        for (name, text, expected) in cases {
            let id = rest.submit_document(&text).await.id();
            let build = rest.ended(id).await;
            let mut arches: Vec<_> =
                build["arches"].as_array().unwrap().iter().map(|arch| arch.as_str().unwrap()).collect();
            arches.sort_unstable();
            let mut expected = expected;
            expected.sort_unstable();
            assert_eq!(arches, expected, "{name}: {}", build["state_reason"]);
        }
        let answer = rest.submit_document(&xmd(&Module::new("unprivileged").yaml(), host)).await;
        assert_eq!((answer.status, answer.message()), (400, "The \"mbs\" xmd field is reserved for MBS"));
    }
}

mod collisions {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn packages_of_modules_go_before_those_of_base_modules() {
        let service = Service::builder().start().await;
        let (rest, git) = (service.rest(), &service.git);
        // A base module whose packages were built here, newer than those of the module.
        let of_base = Component::new("colliding").info("of the base module").version("9.0");
        let base = Module::new("basis").part(part(git, &of_base)).part(part(git, &Component::new("only-in-base")));
        let tag = rest.ready(rest.submit_scm(&git.module(&base), "1").await.id()).await["koji_tag"].clone();
        let platform = with_mbs(&tests::fixtures::platform("f40"), &[&format!("koji_tag: {}", tag.as_str().unwrap())]);
        import(&service, "platform-f40.yaml", &platform);

        git.remove("colliding");
        let library = Module::new("library")
            .platforms(&["f40"])
            .part(part(git, &Component::new("colliding").info("of the module")));
        let id = rest.submit_scm(&git.module(&library), "1").await.id();
        rest.ready(id).await;
        assert!(!document(&service, id).await.contains("ursine_rpms"), "nothing can collide");

        let user = Component::new("colliding-user")
            .build("grep 'of the module' /usr/share/colliding/info")
            .build("rpm -q only-in-base")
            .build("test $(rpm -q colliding | wc -l) = 1");
        let module = Module::new("colliding-user").platforms(&["f40"]).part(part(git, &user));
        let id = rest.submit_document(&buildrequiring(&module, &[("library", "1")])).await.id();
        rest.ready(id).await;
        let text = document(&service, id).await;
        let (_, noted) = text.split_once("ursine_rpms:\n").unwrap_or_else(|| panic!("nothing is noted in {text}"));
        let noted: Vec<_> = noted.lines().take_while(|line| line.trim_start().starts_with("- ")).collect();
        assert_eq!(noted.len(), 1, "{text}");
        assert!(noted[0].contains("colliding-0:9.0-1.module_") && noted[0].ends_with(".noarch"), "{text}");
    }
}

mod many_components {
    use super::*;

    /// One repository with as many branches, so that each component is a look-up of its own.
    fn branches(git: &Git, count: usize) {
        let commit = git.commit("branchy", "main", &Component::new("branchy").files());
        let folder = git.folder().join("branchy");
        let mut packed = String::from("# pack-refs with: peeled fully-peeled sorted \n");
        for number in 0..count {
            writeln!(packed, "{commit} refs/heads/b{number:03}").unwrap();
        }
        writeln!(packed, "{commit} refs/heads/main").unwrap();
        std::fs::write(folder.join(".git/packed-refs"), packed).unwrap();
    }

    fn module(name: &str, count: usize, url: &str) -> Module {
        let part = |number: usize| Part::new(&format!("c{number:03}"), url).reference(&format!("b{number:03}"));
        (0..count).fold(Module::new(name), |module, number| module.part(part(number)))
    }

    async fn validating(configure: impl FnOnce(Builder) -> Builder) -> Service {
        let service = Service::builder().option("SCM_NET_TIMEOUT", 100).option("NUM_CONCURRENT_BUILDS", 1);
        configure(service).start().await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn are_looked_up_together_but_not_all_at_once() {
        let service = validating(|service| service.option("SCM_CONCURRENT_LOOKUPS", 12)).await;
        branches(&service.git, 300);
        let daemon = Daemon::serve(&service.git).await;
        let gate = Gate::before(daemon.port).await;
        let url = format!("git://127.0.0.1:{}/branchy", gate.port);
        let id = service.rest().submit_document(&module("crowd", 300, &url).yaml()).await.id();
        // None of them gets an answer before all of these wait: ten at a time are 300 in the time of 30.
        until_true("look-ups at the same time", LONG, async || gate.connections() >= 12).await;
        assert_eq!(service.rest().build(id).await["state_name"], "init");
        assert_eq!(gate.connections(), 12, "no more than the operator allows");
        gate.open();
        service.rest().when(id, "validated", |build| build["state_name"] != "init").await;
        assert_eq!(service.rest().cancel(id).await.status, 200);
        let rows = service.rows().await.components(id).await;
        assert_eq!(rows.iter().filter(|row| row.batch == Some(2)).count(), 300);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_which_many_are_wrong_are_told_in_a_readable_way() {
        let service = validating(|service| service).await;
        branches(&service.git, 1);
        let module = module("mistaken", 150, &service.git.url("branchy"));
        let id = service.rest().submit_document(&module.yaml()).await.id();
        let reason = service.rest().failed(id).await;
        assert_eq!(reason.lines().count(), 101, "{reason}");
        assert!(reason.contains("(component c001): There is no branch, tag or commit b001"), "{reason}");
        assert!(reason.ends_with("… and 49 more"), "{reason}");
    }

    /// `cargo test -p tests --test validation -- --ignored --nocapture figure`
    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "a measurement"]
    async fn figure() {
        let delay = std::time::Duration::from_millis(500);
        let service = validating(|service| service).await;
        branches(&service.git, 300);
        let daemon = Daemon::serve(&service.git).await;
        let slow = Gate::slow(daemon.port, delay).await;
        let url = format!("git://127.0.0.1:{}/branchy", slow.port);
        let mut seconds = Vec::new();
        for (name, count) in [("one", 1), ("many", 300)] {
            let start = std::time::Instant::now();
            let id = service.rest().submit_document(&module(name, count, &url).yaml()).await.id();
            service.rest().when(id, "validated", |build| build["state_name"] != "init").await;
            seconds.push(start.elapsed().as_secs_f64());
            assert_eq!(service.rest().cancel(id).await.status, 200);
        }
        println!(
            "1 component: {:.2} s, 300 components: {:.2} s, that is the time of {:.1} look-ups one after the other",
            seconds[0],
            seconds[1],
            seconds[1] / seconds[0]
        );
    }
}
