//! What operators and their tools see of a process: metrics, and whether it is ready.
//!
//! | file | subject |
//! | --- | --- |
//! | `recorder` | collects the counters and histograms of all crates |
//! | `names` | every metric with its meaning |
//! | `process` | memory, CPU time and files of the process |
//! | `backlog` | what waits, read from database and queue when somebody asks |
//! | `readiness` | whether everything answers that requests and jobs need |
//! | `exposition` | the text format of Prometheus |
//! | `fresh` | shares an answer for a second, so that asking often costs nothing |
//!
//! To add a metric: count it where it happens with the macros of `metrics`, and describe it in `names`.

mod backlog;
mod exposition;
mod fresh;
mod names;
mod process;
mod readiness;
mod recorder;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use entities::clock::Clock;
use jobs::queue::Queue;
use sea_orm::DatabaseConnection;
use tokio::sync::watch;

use backlog::Backlog;
use exposition::Exposition;
use fresh::Fresh;
pub use names::{EVENT_STREAMS, EVENT_STREAMS_DROPPED, REQUEST_DURATION};
pub use readiness::Readiness;
use readiness::ResultsFolder;

/// Nothing that is asked here is waited for any longer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Watches one process.
pub struct Monitor {
    db: DatabaseConnection,
    clock: Clock,
    queue: Arc<dyn Queue>,
    results: OnceLock<ResultsFolder>,
    shutdown: OnceLock<watch::Receiver<bool>>,
    backlog: Fresh<Backlog>,
    readiness: Fresh<Readiness>,
}

impl Monitor {
    /// Begins to collect metrics, too. Several of one process share them.
    pub fn new(db: DatabaseConnection, clock: Clock, queue: Arc<dyn Queue>) -> Self {
        recorder::install();
        Self {
            db,
            clock,
            queue,
            results: OnceLock::new(),
            shutdown: OnceLock::new(),
            backlog: Fresh::default(),
            readiness: Fresh::default(),
        }
    }

    /// The process is ready only while this folder can be written to.
    pub fn needs_results(&self, folder: PathBuf) {
        let _watched_already = self.results.set(ResultsFolder::new(folder));
    }

    /// The process is not ready once this is true.
    pub fn ends_with(&self, shutdown: watch::Receiver<bool>) {
        let _watched_already = self.shutdown.set(shutdown);
    }

    /// Everything that is known, in the text format of Prometheus. What cannot be read in time is left out.
    pub async fn metrics(&self) -> String {
        let backlog = self.backlog.get(backlog::read(&self.db, &self.clock, self.queue.as_ref())).await;
        let mut text = Exposition::default();
        process::write(&mut text);
        names::write_database_events(&mut text);
        backlog.write(&mut text);
        text.finish(&recorder::install().render())
    }

    /// Whether everything answers that this process needs.
    pub async fn readiness(&self) -> Arc<Readiness> {
        let ending = self.shutdown.get().is_some_and(|shutdown| *shutdown.borrow());
        if ending {
            return Arc::new(Readiness::ending());
        }
        let checks = readiness::check(&self.db, self.queue.as_ref(), self.results.get());
        self.readiness.get(checks).await
    }
}
