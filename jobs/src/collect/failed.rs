//! Builds that ended long ago and will not be gone on with become garbage; everything of them is removed.

use chrono::TimeDelta;
use entities::db::Transaction;
use entities::{CleanUp, ComponentState, ModuleState, component_build, db, module_build, transition};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{Condition, QueryOrder, QuerySelect, Select, Set};

use super::{AT_ONCE, days};
use crate::{Context, JobError};

/// Ids of the builds that became garbage.
pub async fn collect(context: &Context) -> Result<Vec<i32>, JobError> {
    let patience = &context.settings.patience;
    let failed = Condition::all().add(module_build::Column::State.eq(ModuleState::Failed));
    let mut collected = all(context, failed, patience.failed, "it has failed").await?;
    if let Some(patience) = patience.scratch {
        let scratch = Condition::all()
            .add(module_build::Column::State.eq(ModuleState::Done))
            .add(module_build::Column::Scratch.eq(true));
        collected.extend(all(context, scratch, patience, "this scratch build was done").await?);
    }
    if !collected.is_empty() {
        context.announce().await;
    }
    Ok(collected)
}

async fn all(context: &Context, which: Condition, patience: TimeDelta, why: &str) -> Result<Vec<i32>, JobError> {
    let reason = format!("The module was garbage collected since {why} over {} ago", days(patience));
    let due = |query: Select<module_build::Entity>| {
        query.filter(which.clone()).filter(module_build::Column::TimeModified.lte(context.now() - patience))
    };
    let ids: Vec<i32> = due(module_build::Entity::find())
        .select_only()
        .column(module_build::Column::Id)
        .order_by_asc(module_build::Column::Id)
        .limit(AT_ONCE)
        .into_tuple()
        .all(&context.db)
        .await?;
    let mut collected = Vec::new();
    for id in ids {
        let tx = db::begin_write(&context.db).await?;
        // Somebody may have gone on with it meanwhile.
        let held = module_build::lock(&tx, id).await?;
        let still = due(module_build::Entity::find_by_id(id)).one(&tx).await?;
        if let (Some(build), Some(_)) = (held, still) {
            to_garbage(context, &tx, &build, &reason).await?;
            collected.push(id);
        }
        tx.commit().await?;
    }
    Ok(collected)
}

async fn to_garbage(
    context: &Context,
    tx: &Transaction,
    build: &module_build::Model,
    reason: &str,
) -> Result<(), JobError> {
    use component_build::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::Tagged, Expr::value(false))
        .col_expr(Column::TaggedInFinal, Expr::value(false))
        .filter(Column::ModuleId.eq(build.id))
        .filter(Column::State.eq(ComponentState::Complete))
        .exec(tx)
        .await?;
    transition::module(tx, context.now(), build, ModuleState::Garbage, Some(reason), |row| {
        row.clean_up = Set(CleanUp::Everything);
    })
    .await?;
    Ok(())
}
