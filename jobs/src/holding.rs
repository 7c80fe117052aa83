//! Working under a lease: claimed before, renewed during, given back after.

use std::time::Duration;

use builders::Stop;
use entities::lease::{self, Lease, LeaseError};
use tokio::sync::watch;

use crate::{Context, JobError};

/// How often it is looked whether the work is still wanted.
const LOOK: Duration = Duration::from_secs(1);

/// Claims `name` and does `work`; `Ok(None)` if somebody else holds it. `work` is told to stop when the lease is lost, when the
/// process ends, or when `wanted` says no.
pub async fn holding<T, A, L, W, F>(context: &Context, name: &str, wanted: A, work: W) -> Result<Option<T>, JobError>
where
    A: Fn(Context) -> L,
    L: Future<Output = Result<bool, JobError>>,
    W: FnOnce(Lease, Stop) -> F,
    F: Future<Output = Result<T, JobError>>,
{
    let claimed = lease::claim(&context.db, name, &context.holder, context.now(), context.settings.lease).await?;
    let Some(lease) = claimed else {
        return Ok(None);
    };
    let (stop, stopped) = watch::channel(*context.shutdown.borrow());
    let work = work(lease.clone(), stopped);
    tokio::pin!(work);
    let mut ending = context.shutdown.clone();
    let result = loop {
        let stopping = is_true(&stop);
        tokio::select! {
            result = &mut work => break result,
            () = becomes_true(&mut ending), if !stopping => { stop.send_replace(true); }
            () = tokio::time::sleep(LOOK) => {
                if !renew(context, &lease).await || !wanted(context.clone()).await.unwrap_or(true) {
                    stop.send_replace(true);
                }
            }
        }
    };
    if let Err(error) = lease.release(&context.db, context.now()).await {
        tracing::warn!(lease = name, %error, "could not give back a lease; it will run out");
    }
    result.map(Some)
}

/// False if the lease was lost. A database that does not answer is no reason to throw hours of work away: the lease is checked
/// again when the outcome is written.
async fn renew(context: &Context, lease: &Lease) -> bool {
    match lease.renew(&context.db, context.now(), context.settings.lease).await {
        Ok(()) => true,
        Err(LeaseError::Lost(name)) => {
            tracing::warn!(lease = name, "lost a lease; stopping the work");
            false
        }
        Err(LeaseError::Database(error)) => {
            tracing::warn!(lease = lease.name(), %error, "could not renew a lease");
            true
        }
    }
}

fn is_true(stop: &watch::Sender<bool>) -> bool {
    *stop.borrow()
}

async fn becomes_true(ending: &mut watch::Receiver<bool>) {
    let _closed = ending.wait_for(|ending| *ending).await;
}

/// For short work that is always wanted.
pub async fn always(_context: Context) -> Result<bool, JobError> {
    Ok(true)
}
