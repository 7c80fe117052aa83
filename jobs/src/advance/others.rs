//! Deciding for other builds, too, in the transaction that made slots theirs.
//!
//! A component that ends frees a slot, and more often than not it is somebody else's. To wake that build is another transaction, and
//! a slot that stays empty until then. So it is decided for at once, if nobody else holds its row: rows of others are never waited
//! for, so that nobody waits in a circle. Who is held, or too many, is woken. (docs/adr/0031)

use entities::db::Transaction;
use entities::module_build;
use sea_orm::DbErr;

use super::{Build, Decided, decide};
use crate::slots::Line;
use crate::{Context, JobError, rows};

/// So many others in one transaction: it holds up everybody else who gives out slots.
const OTHERS: usize = 3;

/// Decides inside a transaction that holds the row of a build, for it and for builds whose slots are free then. What was decided
/// has to be carried out after the commit.
pub async fn decide_with_others(
    context: &Context,
    tx: &Transaction,
    row: module_build::Model,
) -> Result<Decided, JobError> {
    let (mut decided, mut line) = (Decided::default(), Line::new(context));
    let components = rows::components(tx, row.id).await?;
    decide(context, tx, (Build { row, components }, false), &mut line, &mut decided).await?;
    for build in others(context, tx, &decided).await? {
        let id = build.row.id;
        if !decided.due.contains(&id) {
            continue;
        }
        decide(context, tx, (build, true), &mut line, &mut decided).await.map_err(|error| {
            // Whatever is wrong with it must not be in the way of this build a second time.
            context.sharing.leave_alone(id);
            JobError::Retry(error.to_string())
        })?;
    }
    line.write(tx, context.now());
    Ok(decided)
}

/// Those whose slots are free and whose rows nobody holds, read before anybody is kept from giving out slots.
async fn others(context: &Context, tx: &Transaction, decided: &Decided) -> Result<Vec<Build>, DbErr> {
    let due = decided.due.iter().copied().filter(|build| !context.sharing.is_left_alone(*build));
    let due: Vec<i32> = due.take(OTHERS).collect();
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let mut builds = module_build::lock_those_free(tx, &due).await?;
    builds.sort_by_key(|row| due.iter().position(|id| *id == row.id));
    let ids: Vec<i32> = builds.iter().map(|row| row.id).collect();
    let mut components = rows::components_of(tx, &ids).await?;
    let build = |row: module_build::Model| Build { components: components.remove(&row.id).unwrap_or_default(), row };
    Ok(builds.into_iter().map(build).collect())
}
