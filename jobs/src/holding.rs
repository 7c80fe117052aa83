//! Working under a lease: claimed before, renewed during, given back after.

use std::convert::Infallible;
use std::time::Duration;

use builders::Stop;
use entities::db;
use entities::lease::{self, Lease, LeaseError};
use sea_orm::DbErr;
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
    let Some(lease) = claim(context, name).await? else {
        return Ok(None);
    };
    let (stop, stopped) = watch::channel(*context.shutdown.borrow());
    // All three are polled together: the work may be inside a transaction that the renewal has to wait for.
    let result = tokio::select! {
        result = work(lease.clone(), stopped) => result,
        never = keep(context, &lease, &wanted, &stop) => match never {},
        never = stop_at_shutdown(context, &stop) => match never {},
    };
    if let Err(error) = release(context, &lease).await {
        tracing::warn!(lease = name, %error, "could not give back a lease; it will run out");
    }
    result.map(Some)
}

async fn claim(context: &Context, name: &str) -> Result<Option<Lease>, DbErr> {
    let _turn = db::turn(&context.db).await;
    lease::claim(&context.db, name, &context.holder, context.now(), context.settings.lease).await
}

async fn release(context: &Context, lease: &Lease) -> Result<(), DbErr> {
    if lease.was_given_back() {
        return Ok(());
    }
    let _turn = db::turn(&context.db).await;
    lease.release(&context.db, context.now()).await
}

/// Renews the lease and looks whether the work is still wanted, for as long as the work takes.
async fn keep<A, L>(context: &Context, lease: &Lease, wanted: &A, stop: &watch::Sender<bool>) -> Infallible
where
    A: Fn(Context) -> L,
    L: Future<Output = Result<bool, JobError>>,
{
    loop {
        tokio::time::sleep(LOOK).await;
        if !renew(context, lease).await || !wanted(context.clone()).await.unwrap_or(true) {
            stop.send_replace(true);
        }
    }
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

async fn stop_at_shutdown(context: &Context, stop: &watch::Sender<bool>) -> Infallible {
    let mut ending = context.shutdown.clone();
    if ending.wait_for(|ending| *ending).await.is_ok() {
        stop.send_replace(true);
    }
    std::future::pending().await
}

/// For short work that is always wanted.
pub async fn always(_context: Context) -> Result<bool, JobError> {
    Ok(true)
}
