//! The number of SQL statements of an answer does not depend on how much it shows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::SECTION;
use crate::support::Application;

/// Path, and most statements for something that was not asked before.
const MOST: [(&str, usize); 11] = [
    ("2/module-builds/?short=1&", 4),
    ("2/module-builds/?", 5),
    ("2/module-builds/?state=ready&", 5),
    ("2/module-builds/?verbose=1&", 5),
    ("2/module-builds/?verbose=1&base_module_br_stream=f28&virtual_stream=f28&", 5),
    ("2/module-builds/?verbose=1&after=&order_by=name&", 4),
    ("2/component-builds/?", 2),
    ("2/component-builds/?verbose=1&", 3),
    ("2/module-builds/8?verbose=1&", 3),
    ("2/component-builds/8?verbose=1&", 2),
    ("2/module-builds/8/messages?", 3),
];

struct Counted {
    application: Application,
    count: Arc<AtomicUsize>,
}

impl Counted {
    async fn start(cache_bytes: usize) -> Self {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&count);
        let application = Application::start_with(SECTION, None, |config, db| {
            config.rest.cache_bytes = cache_bytes;
            db.set_metric_callback(move |_| {
                counter.fetch_add(1, Ordering::SeqCst);
            });
        })
        .await;
        Self { application, count }
    }

    /// Statements that the answer to a request took, and its tag.
    async fn ask(&self, path: &str, tag: &str) -> (usize, String) {
        self.count.store(0, Ordering::SeqCst);
        let path = format!("/module-build-service/{path}");
        let answer = self.application.send("GET", &path, &[("Host", "h"), ("If-None-Match", tag)], b"").await;
        assert!(matches!(answer.status, 200 | 304), "{path}: {}", answer.text);
        (self.count.load(Ordering::SeqCst), answer.headers["etag"].clone())
    }
}

#[tokio::test]
async fn at_most_five_whatever_the_size_of_the_page() {
    for cache_bytes in [0, 1 << 24] {
        let counted = Counted::start(cache_bytes).await;
        for (path, cold) in MOST {
            for per_page in [1, 10, 1000, 1_000_000] {
                let path = format!("{path}per_page={per_page}");
                let (first, _) = counted.ask(&path, "").await;
                assert!((1..=cold).contains(&first), "{path}: {first} statements");
                let (again, tag) = counted.ask(&path, "").await;
                let most = if cache_bytes == 0 { cold } else { 1 };
                assert!((1..=most).contains(&again), "{path}: {again} statements again");
                let (unchanged, _) = counted.ask(&path, &tag).await;
                assert_eq!(unchanged, 1, "{path}: nothing has changed");
                let (changed, _) = counted.ask(&path, "\"another\"").await;
                assert!(
                    (1..=5).contains(&changed),
                    "{path}: {changed} statements for a client that has something else"
                );
            }
        }
    }
}

/// Expanding takes 3 for builds by name and 1 a round for documents; then 1 looks for builds that exist; writing takes 6 for each
/// that is made; answering 3.
#[tokio::test]
async fn a_submission_takes_a_handful() {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let application = Application::start_with(SECTION, None, |_, db| {
        db.set_metric_callback(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
        });
    })
    .await;
    let document = |name: &str, platforms: &str| {
        format!(
            "document: modulemd\nversion: 2\ndata:\n  name: {name}\n  stream: s\n  summary: s\n  description: d\n  license:\n    \
             module: [MIT]\n  dependencies:\n  - buildrequires:\n      platform: [{platforms}]\n    requires:\n      \
             platform: [{platforms}]\n"
        )
    };
    let builds = "/module-build-service/2/module-builds/";
    for (name, platforms, dry_run, most) in [("one", "f28", 5, 14), ("three", "f28, f29.0.0, f29.1.0", 6, 28)] {
        let body = serde_json::json!({ "modulemd": document(name, platforms) }).to_string();
        for (path, status, most) in [(format!("{builds}?dry_run=1"), 200, dry_run), (builds.to_owned(), 201, most)] {
            count.store(0, Ordering::SeqCst);
            let answer = application.send("POST", &path, &[], body.as_bytes()).await;
            assert_eq!(answer.status, status, "{}", answer.text);
            let statements = count.load(Ordering::SeqCst);
            assert!((1..=most).contains(&statements), "{platforms} {path}: {statements} statements");
        }
    }
}

/// Many modules are looked up as few are: those that the document names at once, and what they require at once, level by level.
#[tokio::test]
async fn a_submission_against_many_modules_takes_as_many_as_against_few() {
    let mut taken = Vec::new();
    for modules in [3, 60] {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&count);
        let application = Application::start_with(SECTION, None, |_, db| {
            db.set_metric_callback(move |_| {
                counter.fetch_add(1, Ordering::SeqCst);
            });
        })
        .await;
        let (names, deeper): (Vec<_>, Vec<_>) = (0..modules).map(|n| (format!("many{n}"), format!("deep{n}"))).unzip();
        for (name, required) in names.iter().zip(&deeper) {
            import(&application, required, "platform: [f28]").await;
            import(&application, name, &format!("platform: [f28], {required}: [s]")).await;
        }
        let buildrequires: Vec<_> = names.iter().map(|name| format!("{name}: [s]")).collect();
        let document = format!("{}  - buildrequires: {{platform: [f28], {}}}\n", head("app"), buildrequires.join(", "));
        let body = serde_json::json!({ "modulemd": document }).to_string();
        for query in ["?dry_run=1", ""] {
            count.store(0, Ordering::SeqCst);
            let path = format!("/module-build-service/2/module-builds/{query}");
            let answer = application.send("POST", &path, &[], body.as_bytes()).await;
            assert!(matches!(answer.status, 200 | 201), "{}", answer.text);
            taken.push(count.load(Ordering::SeqCst));
        }
        let answer = application.get("2/module-builds/?name=app&verbose=1").await.body.expect("JSON");
        assert!(answer["items"][0]["modulemd"].as_str().expect("text").contains("deep2:"), "requirements are found");
    }
    assert_eq!(taken[..2], taken[2..], "whatever the number of modules");
    assert!(taken.iter().all(|statements| *statements < 30), "{taken:?}");
}

fn head(name: &str) -> String {
    format!(
        "document: modulemd\nversion: 2\ndata:\n  name: {name}\n  stream: s\n  summary: s\n  description: d\n  license: {{module: \
         [MIT]}}\n  dependencies:\n"
    )
}

/// A ready build of a module that was built against `platform:f28` and requires this.
async fn import(application: &Application, name: &str, requires: &str) {
    let document = format!("{}  - requires: {{{requires}}}\n    buildrequires: {{platform: [f28]}}\n", head(name));
    let xmd = "  version: 1\n  context: c0ffee00\n  xmd: {mbs: {commit: c, mse: TRUE, buildrequires: {platform: {ref: virtual, \
               stream: f28, version: '3', context: '00000000'}}}}\n";
    let app = &application.app;
    let imported =
        server::service::import::import(&app.db, &app.clock, &app.config, "importer", &(document + xmd)).await;
    imported.expect("imported");
}
