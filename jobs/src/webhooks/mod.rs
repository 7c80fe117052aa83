//! Tells webhooks what happens: takes events from the feed, sends them, and writes down what became of that.
//!
//! One worker at a time does it, under the lease `webhooks`. A webhook gets its events in their order, one at a time, each at least
//! once: a delivery is written with the number up to which the feed was looked at, and is done once the receiver says so (2xx). One
//! that fails is sent again after a pause that grows; the others of this webhook wait behind it. After a number of attempts it has
//! failed, and the webhook is switched off, with a reason, until its owner switches it on again. (docs/adr/0025)
//!
//! | file | subject |
//! | --- | --- |
//! | `take_up` | from the feed to deliveries |
//! | `deliver` | sends what is due |
//! | [`target`] | where may be sent to, and how |
//! | [`signature`] | what receivers know us by |

mod deliver;
pub mod signature;
mod take_up;
pub mod target;

use std::time::Duration;

use builders::Stop;
use chrono::TimeDelta;
use entities::lease::Lease;
use sea_orm::{DbErr, FromQueryResult, Statement};

use crate::holding::{always, holding};
use crate::{Context, JobError};

/// Options of webhooks.
#[derive(Clone, Copy, Debug)]
pub struct WebhookSettings {
    /// `WEBHOOKS_ALLOW_PRIVATE`: addresses of this machine and of networks that are not the internet may be sent to.
    pub allow_private: bool,
    /// `WEBHOOK_TIMEOUT_SECONDS`: how long a receiver may take.
    pub timeout: Duration,
    /// `WEBHOOK_MAX_ATTEMPTS`: of one delivery.
    pub max_attempts: i32,
    /// `WEBHOOK_RETRY_SECONDS`: the pause after the first attempt that failed; each is twice as long as the one before.
    pub retry: TimeDelta,
}

/// Sends until nothing is due.
pub async fn run(context: &Context) -> Result<(), JobError> {
    holding(context, "webhooks", always, |lease, stop| send_all(context, lease, stop)).await?;
    Ok(())
}

async fn send_all(context: &Context, lease: Lease, stop: Stop) -> Result<(), JobError> {
    let client = target::client(&context.settings.webhooks).map_err(|error| JobError::Retry(error.to_string()))?;
    loop {
        let taken_up = take_up::run(context, &lease).await?;
        let sent = deliver::run(context, &lease, &client, &stop).await?;
        if *stop.borrow() || (!taken_up && !sent) {
            return Ok(());
        }
    }
}

/// Whether there is something to take up, or to send now.
pub async fn is_due(context: &Context) -> Result<bool, DbErr> {
    #[derive(FromQueryResult)]
    struct Due {
        due: bool,
    }
    let query = "SELECT EXISTS (SELECT 1 FROM webhooks w WHERE w.active AND (w.position < (SELECT newest FROM feed WHERE id = 1) \
        OR EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = 'waiting' AND d.time_due <= $1))) AS due";
    let statement = Statement::from_sql_and_values(context.db.get_database_backend(), query, [context.now().into()]);
    Ok(Due::find_by_statement(statement).one(&context.db).await?.is_some_and(|row| row.due))
}
