//! Makes the repository that the next components are built against.

use std::collections::HashSet;

use builders::Stop;
use entities::component_build;
use entities::lease::Lease;
use entities::{db, module_build};
use modulemd::plan::{Action, next_repository, plan};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;

use crate::holding::{always, holding};
use crate::{Context, JobError, advance, rows};

/// Runs the job for the module build with this id.
pub async fn run(context: &Context, id: i32) -> Result<(), JobError> {
    let lease = format!("module:{id}");
    let made = holding(context, &lease, always, |lease, stop| make(context, lease, stop, id)).await?;
    // Also where there was nothing to do: whoever came meanwhile with something to do found the lease taken.
    if made.is_some() {
        advance::run(context, id).await?;
    }
    Ok(())
}

/// True if a repository was made.
async fn make(context: &Context, lease: Lease, _stop: Stop, id: i32) -> Result<bool, JobError> {
    let build = rows::module(&context.db, id).await?;
    let components = rows::components(&context.db, id).await?;
    let snapshot = rows::snapshot(context, &build, &components, 0);
    if !plan(&snapshot).contains(&Action::RegenerateRepository) {
        return Ok(false);
    }
    let inside: HashSet<i32> = next_repository(&snapshot).into_iter().collect();
    let inside = components.iter().filter(|row| inside.contains(&row.id));
    let repository = build.new_repo_task_id.unwrap_or(0) + 1;
    let module = rows::module_ref(context, &build).await?;
    let packages = rows::built(&context.db, inside).await?;
    if context.builder.capabilities().needs_tagging {
        context.builder.add_to_buildroot(&module, &packages).await?;
    }
    context.builder.regenerate_repository(&module, repository, &packages).await?;
    record(context, &lease, &build, repository, packages.iter().map(|c| c.component_id).collect()).await?;
    Ok(true)
}

async fn record(
    context: &Context,
    lease: &Lease,
    build: &module_build::Model,
    repository: i32,
    inside: Vec<i32>,
) -> Result<(), JobError> {
    let tx = db::begin_write(&context.db).await?;
    lease.guard(&tx).await?;
    let current = rows::lock_module(&tx, build.id).await?;
    if current.state != build.state || current.resumed != build.resumed {
        return Err(JobError::Superseded(format!("module build {} was changed meanwhile", build.id)));
    }
    module_build::Entity::update_many()
        .col_expr(module_build::Column::NewRepoTaskId, Expr::value(repository))
        .col_expr(module_build::Column::Retries, Expr::value(0))
        .col_expr(module_build::Column::RetryAt, Expr::value(None::<DateTime>))
        .filter(module_build::Column::Id.eq(build.id))
        .exec(&tx)
        .await?;
    component_build::Entity::update_many()
        .col_expr(component_build::Column::Tagged, Expr::value(true))
        .filter(component_build::Column::Id.is_in(inside))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(())
}
