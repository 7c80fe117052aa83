//! Deciding for other builds, too, in the transaction that made slots theirs.
//!
//! A component that ends frees a slot, and more often than not it is somebody else's. To wake that build is another transaction, and
//! a slot that stays empty until then. So it is decided for at once, if nobody else holds its row: rows of others are never waited
//! for, so that nobody waits in a circle. Who is held, or too many, is woken. (docs/adr/0031)

use entities::module_build;
use sea_orm::DatabaseTransaction;

use super::{Decided, decide};
use crate::{Context, JobError};

/// So many others in one transaction: it holds up everybody else who gives out slots.
const OTHERS: usize = 3;

/// Decides inside a transaction that holds the row of a build, for it and for builds whose slots are free then. What was decided
/// has to be carried out after the commit.
pub async fn decide_with_others(
    context: &Context,
    tx: &DatabaseTransaction,
    row: module_build::Model,
) -> Result<Decided, JobError> {
    let mut decided = Decided::default();
    let mut seen = vec![row.id];
    decide(context, tx, (row, false), &mut decided).await?;
    for _ in 0..OTHERS {
        let is_open = |build: &i32| !seen.contains(build) && !context.woken.is_left_alone(*build);
        let Some(build) = decided.due.iter().map(|due| due.0).find(is_open) else { break };
        seen.push(build);
        let Some(row) = module_build::lock_if_free(tx, build).await? else { continue };
        decide(context, tx, (row, true), &mut decided).await.map_err(|error| {
            // Whatever is wrong with it must not be in the way of this build a second time.
            context.woken.leave_alone(build);
            JobError::Retry(error.to_string())
        })?;
    }
    Ok(decided)
}
