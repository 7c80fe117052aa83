//! Builds that have not moved for long fail: neither they nor any of their components.

use entities::{ModuleState, component_build, component_build_trace, db, module_build, transition};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{Condition, QueryOrder, QuerySelect, Select};

use super::{AT_ONCE, days};
use crate::measure::{self, FailedBy};
use crate::{Context, JobError};

/// Ids of the builds that failed.
pub async fn give_up(context: &Context) -> Result<Vec<i32>, JobError> {
    let patience = &context.settings.patience;
    let Some(long) = patience.stuck.filter(|_| !patience.stuck_states.is_empty()) else { return Ok(Vec::new()) };
    let before = context.now() - long;
    let ids: Vec<i32> = stuck(module_build::Entity::find(), &patience.stuck_states, before)
        .select_only()
        .column(module_build::Column::Id)
        .order_by_asc(module_build::Column::Id)
        .limit(AT_ONCE)
        .into_tuple()
        .all(&context.db)
        .await?;
    let mut failed = Vec::new();
    for id in ids {
        let tx = db::begin_write(&context.db).await?;
        let held = module_build::lock(&tx, id).await?;
        let still = stuck(module_build::Entity::find_by_id(id), &patience.stuck_states, before).one(&tx).await?;
        if let (Some(build), Some(_)) = (held, still) {
            let reason = format!("The module was in {} for more than {}", build.state.name(), days(long));
            transition::module(&tx, context.now(), &build, ModuleState::Failed, Some(&reason), |_| {}).await?;
            failed.push(id);
        }
        tx.commit().await?;
    }
    if !failed.is_empty() {
        context.announce().await;
    }
    for _ in &failed {
        measure::build_failed(FailedBy::Unspecified);
    }
    Ok(failed)
}

/// A scratch build that is done has ended, and a component that starts or ends is a move of its module.
fn stuck(
    builds: Select<module_build::Entity>,
    states: &[ModuleState],
    before: DateTime,
) -> Select<module_build::Entity> {
    use module_build::{Column, Entity};
    let moved = Query::select()
        .expr(Expr::val(1))
        .from(component_build_trace::Entity)
        .inner_join(
            component_build::Entity,
            Expr::col((component_build::Entity, component_build::Column::Id))
                .equals((component_build_trace::Entity, component_build_trace::Column::ComponentId)),
        )
        .and_where(Expr::col((component_build::Entity, component_build::Column::ModuleId)).equals((Entity, Column::Id)))
        .and_where(Expr::col((component_build_trace::Entity, component_build_trace::Column::StateTime)).gte(before))
        .to_owned();
    let has_ended = Condition::all().add(Column::State.eq(ModuleState::Done)).add(Column::Scratch.eq(true));
    builds
        .filter(Column::State.is_in(states.iter().copied()))
        .filter(Column::TimeModified.lt(before))
        .filter(has_ended.not())
        .filter(Expr::exists(moved).not())
}
