//! A worker says that it is there, by a lease on its own name that it renews for as long as it runs. Nothing depends on it: it is for people
//! who want to know which workers are idle and which are gone.

use chrono::TimeDelta;
use entities::db;
use entities::lease::{self, Lease, LeaseError, WORKER};

use crate::Context;

/// Missed renewals after which a worker counts as gone.
const MISSED: i32 = 3;

/// The worker's lease, once it has one.
#[derive(Default)]
pub struct Presence(Option<Lease>);

impl Presence {
    /// Says that the worker is there, and will say so again within [`upkeep_interval`](crate::Settings::upkeep_interval).
    pub async fn announce(&mut self, context: &Context) {
        if let Err(error) = self.try_to(context).await {
            tracing::debug!(%error, "could not say that this worker is there");
        }
    }

    async fn try_to(&mut self, context: &Context) -> Result<(), LeaseError> {
        let interval = TimeDelta::from_std(context.settings.upkeep_interval).unwrap_or(context.settings.lease);
        let duration = context.settings.lease.max(interval * MISSED);
        let now = context.now();
        let _turn = db::turn(&context.db).await;
        if let Some(lease) = &self.0 {
            match lease.renew(&context.db, now, duration).await {
                // It was forgotten while the database was away: it is claimed anew.
                Err(LeaseError::Lost(_)) => {}
                renewed => return renewed,
            }
        }
        self.0 =
            lease::claim(&context.db, &format!("{WORKER}{}", context.holder), &context.holder, now, duration).await?;
        Ok(())
    }

    /// Says that the worker has ended as it should.
    pub async fn leave(&mut self, context: &Context) {
        let Some(lease) = self.0.take() else { return };
        let _turn = db::turn(&context.db).await;
        if let Err(error) = lease.forget(&context.db).await {
            tracing::debug!(%error, "could not say that this worker ended");
        }
    }
}
