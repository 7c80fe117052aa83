//! What every request needs.

use std::sync::Arc;

use entities::clock::Clock;
use jobs::queue::Queue;
use sea_orm::DatabaseConnection;

use crate::auth::{Authenticator, Throttle};
use crate::config::Config;
use crate::events::Feed;
use crate::monitor::Monitor;
use crate::service::submit::product_pages::ProductPages;

/// Connections, options and the clock. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The truth.
    pub db: DatabaseConnection,
    /// The time.
    pub clock: Clock,
    /// All options.
    pub config: Arc<Config>,
    /// Carries wake-ups to workers.
    pub queue: Arc<dyn Queue>,
    /// Where documents are fetched from.
    pub git: Arc<scm::Git>,
    /// Who knows which base modules are released, where somebody is to be asked.
    pub product_pages: Option<Arc<ProductPages>>,
    /// Who is asking.
    pub authenticator: Arc<dyn Authenticator>,
    /// Clients that failed to log in.
    pub throttle: Arc<Throttle>,
    /// What happens, as it happens.
    pub feed: Arc<Feed>,
    /// What operators see of this process.
    pub monitor: Arc<Monitor>,
}

impl App {
    /// Wakes jobs, beside the request: that the queue is down or slow is no error, upkeep wakes them later.
    pub fn wake(&self, jobs: impl IntoIterator<Item = jobs::Job>) {
        let (queue, jobs) = (Arc::clone(&self.queue), jobs.into_iter().collect::<Vec<_>>());
        tokio::spawn(async move {
            for job in jobs {
                if let Err(error) = queue.push(job, std::time::Duration::ZERO).await {
                    tracing::warn!(?job, %error, "could not wake a job; upkeep will");
                }
            }
        });
    }
}
