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
