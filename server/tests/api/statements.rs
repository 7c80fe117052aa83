//! The number of SQL statements of an answer does not depend on how much it shows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::SECTION;
use crate::support::Application;

#[tokio::test]
async fn at_most_five_whatever_the_size_of_the_page() {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let application = Application::start_with(SECTION, None, |_, db| {
        db.set_metric_callback(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
        });
    })
    .await;
    let most = [
        ("2/module-builds/?short=1&", 2),
        ("2/module-builds/?", 4),
        ("2/module-builds/?verbose=1&", 5),
        ("2/module-builds/?verbose=1&base_module_br_stream=f28&virtual_stream=f28&", 5),
        ("2/component-builds/?", 2),
        ("2/component-builds/?verbose=1&", 3),
        ("2/module-builds/8?verbose=1&", 4),
        ("2/component-builds/8?verbose=1&", 2),
        ("2/module-builds/8/messages?", 3),
    ];
    for (path, most) in most {
        for per_page in [1, 10, 1000, 1_000_000] {
            count.store(0, Ordering::SeqCst);
            let answer = application.get(&format!("{path}per_page={per_page}")).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            let statements = count.load(Ordering::SeqCst);
            assert!((1..=most).contains(&statements), "{path}{per_page}: {statements} statements");
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
    for (name, platforms, dry_run, most) in [("one", "f28", 5, 14), ("three", "f28, f29.0.0, f29.1.0", 6, 27)] {
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
