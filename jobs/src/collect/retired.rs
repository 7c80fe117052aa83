//! Packages of builds that were retired long ago are removed, unless another build that is still there took them over.

use entities::{CleanUp, ModuleState, component_build, db, module_build};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{QueryOrder, QuerySelect};

use super::AT_ONCE;
use crate::{Context, JobError};

/// Notes of which builds everything is to be removed; their ids.
pub async fn note(context: &Context) -> Result<Vec<i32>, JobError> {
    use module_build::{Column, Entity};
    let Some(patience) = context.settings.patience.retired else { return Ok(Vec::new()) };
    let due = || {
        Entity::find()
            .filter(Column::State.eq(ModuleState::Garbage))
            .filter(Column::CleanUp.eq(CleanUp::Nothing))
            .filter(Column::KojiTag.is_not_null())
            .filter(Column::TimeModified.lte(context.now() - patience))
            .filter(taken_over().not())
    };
    let ids: Vec<i32> = due()
        .select_only()
        .column(Column::Id)
        .order_by_asc(Column::Id)
        .limit(AT_ONCE)
        .into_tuple()
        .all(&context.db)
        .await?;
    let mut noted = Vec::new();
    for id in ids {
        let tx = db::begin_write(&context.db).await?;
        module_build::lock(&tx, id).await?;
        if due().filter(Column::Id.eq(id)).one(&tx).await?.is_some() {
            let everything = Entity::update_many().col_expr(Column::CleanUp, Expr::value(CleanUp::Everything));
            everything.filter(Column::Id.eq(id)).exec(&tx).await?;
            noted.push(id);
        }
        tx.commit().await?;
    }
    Ok(noted)
}

/// Whether a component of a build that is not gone has its packages from one of this build. It may have them by way of others, but
/// those are not gone either, as this holds for them, too.
fn taken_over() -> Expr {
    use component_build::Column;
    let (own, other, user) = (Alias::new("own"), Alias::new("other"), Alias::new("user_build"));
    let of_this_build =
        Expr::col((own.clone(), Column::ModuleId)).equals((module_build::Entity, module_build::Column::Id));
    let query = Query::select()
        .expr(Expr::val(1))
        .from_as(component_build::Entity, own.clone())
        .join_as(
            sea_orm::JoinType::InnerJoin,
            component_build::Entity,
            other.clone(),
            Expr::col((other.clone(), Column::ReusedComponentId)).equals((own.clone(), Column::Id)),
        )
        .join_as(
            sea_orm::JoinType::InnerJoin,
            module_build::Entity,
            user.clone(),
            Expr::col((user.clone(), module_build::Column::Id)).equals((other, Column::ModuleId)),
        )
        .and_where(of_this_build)
        .and_where(Expr::col((user, module_build::Column::CleanUp)).ne(CleanUp::Gone))
        .to_owned();
    Expr::exists(query)
}
