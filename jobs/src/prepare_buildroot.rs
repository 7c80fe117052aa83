//! Makes the buildroot and lets the components begin.

use std::collections::{BTreeMap, HashMap};

use builders::Stop;
use entities::lease::Lease;
use entities::{ModuleState, component_build, db, message, module_build, transition};
use modulemd::plan::MACROS_BATCH;
use modulemd::{ModuleStream, disttag};
use sea_orm::Set;

use crate::holding::{always, holding};
use crate::slots::note_expected;
use crate::validate::new_row;
use crate::{Context, JobError, advance, estimate, reuse, rows, side_tag};

/// Runs the job for the module build with this id.
pub async fn run(context: &Context, id: i32) -> Result<(), JobError> {
    if rows::module(&context.db, id).await?.state != ModuleState::Wait {
        return Ok(());
    }
    let lease = format!("module:{id}");
    let prepared = holding(context, &lease, always, |lease, stop| prepare(context, lease, stop, id)).await?;
    // Also where there was nothing to do: whoever came meanwhile with something to do found the lease taken.
    if prepared.is_some() {
        context.announce().await;
        advance::run(context, id).await?;
    }
    Ok(())
}

/// True if the build went on to `build`.
async fn prepare(context: &Context, lease: Lease, _stop: Stop, id: i32) -> Result<bool, JobError> {
    let mut build = rows::module(&context.db, id).await?;
    if build.state != ModuleState::Wait {
        return Ok(false);
    }
    if build.disttag.is_none() {
        build.disttag = Some(disttag(context, &build).await?);
    }
    let module = rows::module_ref(context, &build).await?;
    side_tag::check(context, &module).await?;
    if build.resumed > 0 {
        // It may have been cancelled in the moment in which it was published.
        context.builder.withdraw(&module).await?;
    }
    context.builder.prepare_buildroot(&module).await?;
    let reuse = plan_reuse(context, &build, &module.modulemd).await?;
    let estimates = estimates(context, build.id, &module.arches).await?;
    record(context, &lease, &build, module.tag, (&reuse, &estimates)).await?;
    Ok(true)
}

/// How long its components are expected to take, that which the service adds included.
async fn estimates(context: &Context, id: i32, arches: &[String]) -> Result<BTreeMap<String, i32>, JobError> {
    let rows = rows::components(&context.db, id).await?;
    let packages: Vec<_> = rows.iter().map(|row| row.package.as_str()).chain([rows::MACROS]).collect();
    Ok(estimate::of(&context.db, &packages, arches).await?)
}

/// What of it is there already. Components do not change between this and the record: nobody else works on the build.
async fn plan_reuse(
    context: &Context,
    build: &module_build::Model,
    document: &ModuleStream,
) -> Result<reuse::Plan, JobError> {
    let components: Vec<_> = rows::components(&context.db, build.id).await?.iter().map(reuse::standing).collect();
    let new = reuse::NewBuild {
        nsvc: &build.nsvc(),
        document,
        components: &components,
        strategy: &build.rebuild_strategy,
        asked_for: build.reused_module_id,
    };
    reuse::plan(&context.db, Some(&*context.builder), &context.settings.expansion, new).await
}

/// All contexts of one submission share a number, the smallest of their ids.
async fn disttag(context: &Context, build: &module_build::Model) -> Result<String, JobError> {
    let siblings = message::siblings(&context.db, build).await?;
    let index = siblings.into_iter().chain([build.id]).min().unwrap_or(build.id);
    let marking = marking(context, build).await?;
    let prefix = &context.settings.disttag_prefix;
    let tag = disttag::disttag(&build.nsvc(), index, marking.as_deref(), build.is_scratch(), prefix);
    Ok(format!(".{tag}"))
}

/// The base module (or a privileged one) decides what stands before the number.
async fn marking(context: &Context, build: &module_build::Model) -> Result<Option<String>, JobError> {
    let document = rows::document(build)?;
    let settings = &context.settings;
    let (privileged, base) = (&settings.privileged_module_names, &settings.base_module_names);
    let mut documents = HashMap::new();
    for name in privileged.iter().chain(base) {
        let dependency = document.mbs().and_then(|mbs| mbs.get("buildrequires")?.get(name));
        let Some(dependency) = dependency else { continue };
        if let Some(found) = rows::dependency(&context.db, name, dependency).await? {
            documents.extend(rows::document(&found).ok().map(|document| (found.nsvc(), document)));
        }
    }
    Ok(disttag::marking(&document, privileged, base, |nsvc| documents.get(nsvc).cloned()))
}

async fn record(
    context: &Context,
    lease: &Lease,
    build: &module_build::Model,
    tag: String,
    (reuse, estimates): (&reuse::Plan, &BTreeMap<String, i32>),
) -> Result<(), JobError> {
    let now = context.now();
    let tx = db::begin_write(&context.db).await?;
    lease.guard(&tx).await?;
    let components = rows::components(&tx, build.id).await?;
    let needs_macros = !components.is_empty() && !components.iter().any(rows::is_macros);
    if needs_macros && !reuse.everything {
        transition::create_component(&tx, now, macros(build.id)).await?;
    }
    note_expected(&tx, build.id).await?;
    let disttag = build.disttag.clone();
    let batch = match components.iter().filter_map(|row| row.batch).max() {
        None => 0,
        // Nothing is built: it is through at once.
        Some(last) if reuse.everything => last,
        Some(_) => MACROS_BATCH,
    };
    transition::module(&tx, now, build, ModuleState::Build, None, |row| {
        row.koji_tag = Set(Some(tag));
        row.disttag = Set(disttag);
        row.new_repo_task_id = Set(None);
        row.batch = Set(Some(batch));
        if let Ok(earlier) = &reuse.earlier {
            row.reused_module_id = Set(Some(earlier.build.id));
        }
    })
    .await?;
    reuse::write_down(&tx, now, build.id, reuse, &components).await?;
    estimate::write_down(&tx, build.id, estimates).await?;
    tx.commit().await?;
    Ok(())
}

fn macros(module_id: i32) -> component_build::ActiveModel {
    component_build::ActiveModel {
        package: Set(rows::MACROS.to_owned()),
        scmurl: Set(rows::MACROS.to_owned()),
        batch: Set(Some(MACROS_BATCH)),
        build_time_only: Set(Some(true)),
        buildonly: Set(Some(false)),
        ..new_row(module_id)
    }
}
