//! `mbs-build plan` against the real service: the sentences, and that they are about what is built then.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::PathBuf;
use std::process::Output;

use serde_json::{Value, json};
use tests::Service;

/// A module that is ready without having been built, for `platform:PLATFORM`. `requires` is what else it requires.
fn import(service: &Service, (name, stream, version): (&str, &str, u64), platform: &str, requires: &str) {
    let context = format!("c0ffee{}", &platform[1..]);
    let text = format!(
        "document: modulemd\nversion: 2\ndata:\n  name: {name}\n  stream: \"{stream}\"\n  version: {version}\n  \
         context: {context}\n  summary: s\n  description: d\n  license: {{module: [MIT]}}\n  xmd:\n    mbs:\n      \
         buildrequires: {{platform: {{stream: {platform}, version: \"3\", context: \"00000000\", ref: virtual}}}}\n      \
         requires: {{}}\n      commit: abc\n      mse: TRUE\n  dependencies:\n  - buildrequires: {{platform: [{platform}]}}\n    \
         requires: {{platform: [{platform}]{requires}}}\n"
    );
    let file = service.folder().join(format!("{name}-{stream}-{version}-{platform}.yaml"));
    std::fs::write(&file, text).unwrap();
    let output = service.manage(&["import_module", file.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// `libuv` in streams 1 and 2, of which the first requires `deeper` at run time.
async fn service() -> Service {
    let service =
        Service::builder().workers(0).platform("f29").option("RPMS_DEFAULT_REPOSITORY", "https://h/").start().await;
    for platform in ["f28", "f29"] {
        import(&service, ("deeper", "7", 5), platform, "");
        import(&service, ("libuv", "1", 10), platform, ", deeper: ['7']");
        import(&service, ("libuv", "2", 10), platform, "");
    }
    import(&service, ("libuv", "1", 12), "f28", ", deeper: ['7']");
    service
}

fn write(service: &Service, name: &str, buildrequires: &str) -> PathBuf {
    let file = service.folder().join(format!("{name}.yaml"));
    let text = format!(
        "document: modulemd\nversion: 2\ndata:\n  version: 20\n  summary: s\n  description: d\n  license: {{module: [MIT]}}\n  \
         dependencies:\n  - buildrequires: {buildrequires}\n  components:\n    rpms:\n      \
         first: {{rationale: r, ref: main, buildorder: 1}}\n      second: {{rationale: r, ref: main, buildorder: 2}}\n"
    );
    std::fs::write(&file, text).unwrap();
    file
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn plan(service: &Service, file: &std::path::Path, arguments: &[&str]) -> String {
    printed(&service.client(&[&["plan", "--file", file.to_str().unwrap(), "--stream", "1"], arguments].concat()))
}

/// One blank between two words; how lines are aligned is tested with the client.
fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn has(page: &str, lines: &[&str]) {
    for line in lines {
        assert!(page.lines().any(|printed| words(printed).ends_with(&words(line))), "no line \"{line}\" in:\n{page}");
    }
}

/// There is one base module more, which has the name of the host: it may share the line.
fn has_stream(page: &str, stream: &str, reason: &str) {
    let is_it = |line: &str| line.contains(stream) && line.ends_with(reason);
    assert!(page.lines().any(is_it), "no {stream}, {reason} in:\n{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_context_is_explained() {
    let service = service().await;
    let file = write(&service, "app", "{platform: [f28, f29], libuv: ['-2']}");
    let page = plan(&service, &file, &[]);
    let trees: Vec<&str> = page.split("\n\n").collect();
    assert_eq!(trees.len(), 2, "{page}");
    let (f28, f29) = if trees[0].contains("platform:f28:3:00000000  the document names this stream, and f29") {
        (trees[0], trees[1])
    } else {
        (trees[1], trees[0])
    };
    has(
        f28,
        &[
            "├─ context  computed from the streams that it is built against and those that it requires",
            "├─ built against",
            "│  ├─ deeper:7:5:c0ffee28       libuv:1 requires it at run time",
            "│  ├─ libuv:1:12:c0ffee28       the document takes every stream except 2, and no other one works",
            "│  └─ platform:f28:3:00000000  the document names this stream, and f29 for other builds",
            "├─ not built against",
            "libuv:2:10:c0ffee28        the document excludes this stream",
            "platform:f29:3:00000000   another build of this submission is built against it",
            "├─ batch 1",
            "│  └─ module-build-macros",
            "├─ batch 2",
            "│  └─ first  https://h/first at main",
            "├─ batch 3",
            "│  └─ second  https://h/second at main",
        ],
    );
    has(
        f29,
        &[
            "│  ├─ libuv:1:10:c0ffee29       the document takes every stream except 2, and no other one works",
            "libuv:1:12:c0ffee28        it was built for platform:f28 only",
        ],
    );
    assert!(page.starts_with("Would build app:1:2"), "{page}");
    assert!(!page.contains('\u{1b}'), "no control characters into a pipe: {page}");
    it_comes_true(&service, &file);
}

/// What was planned is what is submitted, and planned again it is left alone.
fn it_comes_true(service: &Service, file: &std::path::Path) {
    let planned: Value = serde_json::from_str(&plan(service, file, &["--json"])).unwrap();
    let submitted = service.client(&["--json", "submit", "--stream", "1", "--file", file.to_str().unwrap()]);
    let submitted: Value = serde_json::from_str(&printed(&submitted)).unwrap();
    let contexts = |builds: &Value| {
        let builds = builds.as_array().unwrap().iter();
        builds.map(|build| (build["context"].clone(), build["buildrequires"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(contexts(&planned), contexts(&submitted));
    for build in planned.as_array().unwrap() {
        let against = build["explanation"]["against"].as_array().unwrap();
        let of = |field: &str| against.iter().map(|one| (one["name"].clone(), one[field].clone())).collect::<Vec<_>>();
        let buildrequires = build["buildrequires"].as_object().unwrap();
        let versions: Vec<_> = buildrequires.iter().map(|(name, one)| (json!(name), one["version"].clone())).collect();
        assert_eq!(of("version"), versions, "what is explained is what is built against");
    }
    let refused = service.client(&["plan", "--stream", "1", "--file", file.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("already exists"));

    // Something newer came meanwhile, and a third combination is new.
    import(service, ("libuv", "1", 13), "f28", ", deeper: ['7']");
    service.import_platform("f30");
    import(service, ("deeper", "7", 5), "f30", "");
    import(service, ("libuv", "1", 10), "f30", ", deeper: ['7']");
    let page = plan(service, &write(service, "app", "{platform: [], libuv: ['-2']}"), &[]);
    has(
        &page,
        &[
            "libuv:1:13:c0ffee28       it is newer, but the build was made before and keeps what it was made with",
            "│  ├─ libuv:1:12:c0ffee28       the document takes every stream except 2, and no other one works",
        ],
    );
    assert!(page.contains("Would leave app:1:") && page.contains("Would build app:1:"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn overrides_and_refusals() {
    let service = service().await;
    let file = write(&service, "over", "{platform: [f28, f29], libuv: ['-2']}");
    let page = plan(&service, &file, &["--buildrequires", "libuv:2", "--buildrequires", "platform:f29"]);
    has(
        &page,
        &[
            "│  ├─ libuv:2:10:c0ffee29       the request (in place of the document) names this stream",
            "│  └─ platform:f29:3:00000000  the request (in place of the document) names this stream",
        ],
    );
    has_stream(&page, "f28", "the request (in place of the document) names other streams");
    for (buildrequires, arguments, why) in [
        ("{platform: [f28], libuv: ['9']}", &[][..], "libuv:9"),
        ("{platform: [f99]}", &[], "platform:f99"),
        (
            "{platform: [f28]}",
            &["--buildrequires", "perl:5"],
            "overrides for the following modules aren't applicable: perl",
        ),
    ] {
        let file = write(&service, "refused", buildrequires);
        let command = ["plan", "--stream", "1", "--file", file.to_str().unwrap()];
        let output = service.client(&[&command, arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(3), &[][..]), "{buildrequires}: {said}");
        assert!(said.starts_with("mbs-build: ") && said.contains(why), "{buildrequires}: {said}");
    }
}
