//! What every request needs.

use std::sync::Arc;

use entities::clock::Clock;
use jobs::queue::Queue;
use sea_orm::DatabaseConnection;

use crate::auth::Authenticator;
use crate::config::Config;

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
    /// Who is asking.
    pub authenticator: Arc<dyn Authenticator>,
}

impl App {
    /// Wakes a job. That the queue is down is no error: upkeep wakes it later.
    pub async fn wake(&self, job: jobs::Job) {
        if let Err(error) = self.queue.push(job, std::time::Duration::ZERO).await {
            tracing::warn!(?job, %error, "could not wake a job; upkeep will");
        }
    }
}
