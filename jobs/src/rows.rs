//! From rows to what the planner and the builders understand.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use builders::{BuiltComponent, ComponentRequest, Dependency, ModuleRef, Source};
use entities::{ComponentState, ModuleState, component_build, module_arch, module_build, module_build_arch};
use modulemd::plan::{self, Progress, Stage};
use modulemd::read::read_stream;
use modulemd::yaml::Node;
use modulemd::{Limits, ModuleStream, Nsvc};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryOrder, QuerySelect, QueryTrait};

use crate::reuse::origin;
use crate::{Context, JobError, Settings, side_tag};

/// The module build with this id.
pub async fn module<C: ConnectionTrait>(db: &C, id: i32) -> Result<module_build::Model, JobError> {
    let found = module_build::Entity::find_by_id(id).one(db).await?;
    found.ok_or_else(|| JobError::Superseded(format!("there is no module build {id}")))
}

/// The same, kept from being changed by others until the transaction ends.
pub async fn lock_module(tx: &DatabaseTransaction, id: i32) -> Result<module_build::Model, JobError> {
    module_build::lock(tx, id).await?.ok_or_else(|| JobError::Superseded(format!("there is no module build {id}")))
}

/// All components of a module build, in the order of their ids.
pub async fn components<C: ConnectionTrait>(db: &C, module_id: i32) -> Result<Vec<component_build::Model>, DbErr> {
    component_build::Entity::find()
        .filter(component_build::Column::ModuleId.eq(module_id))
        .order_by_asc(component_build::Column::Id)
        .all(db)
        .await
}

/// The same for several module builds, by their ids.
pub async fn components_of<C: ConnectionTrait>(
    db: &C,
    modules: &[i32],
) -> Result<HashMap<i32, Vec<component_build::Model>>, DbErr> {
    let mut found: HashMap<i32, Vec<component_build::Model>> = HashMap::new();
    if modules.is_empty() {
        return Ok(found);
    }
    let rows = component_build::Entity::find()
        .filter(component_build::Column::ModuleId.is_in(modules.iter().copied()))
        .order_by_asc(component_build::Column::Id)
        .all(db)
        .await?;
    for row in rows {
        found.entry(row.module_id).or_default().push(row);
    }
    Ok(found)
}

/// The document of a build. One that does not parse was written by an older version; the build cannot go on.
pub fn document(build: &module_build::Model) -> Result<ModuleStream, JobError> {
    // It was checked when it came in, and has grown by what the service notes in it.
    let limits = Limits { max_bytes: usize::MAX, max_nodes: usize::MAX, ..Limits::default() };
    read_stream(&build.modulemd, &limits)
        .map_err(|error| JobError::user(format!("The stored modulemd cannot be read: {error}")))
}

/// What the planner has to know.
pub fn snapshot(
    context: &Context,
    build: &module_build::Model,
    components: &[component_build::Model],
    free_slots: usize,
) -> plan::Snapshot {
    snapshot_at(context.now(), context.settings.keep_going, build, components, free_slots)
}

/// The same for those who have no [`Context`] and only want to know what the plan is.
pub fn snapshot_at(
    now: DateTime,
    keep_going: bool,
    build: &module_build::Model,
    components: &[component_build::Model],
    free_slots: usize,
) -> plan::Snapshot {
    let ids: HashMap<&str, i32> = components.iter().map(|row| (row.package.as_str(), row.id)).collect();
    plan::Snapshot {
        stage: stage(build.state),
        scratch: build.is_scratch(),
        held_back: build.retry_at.is_some_and(|at| at > now),
        batch: build.batch.unwrap_or(0),
        components: components.iter().map(|row| component(row, &ids, now)).collect(),
        free_slots,
        keep_going,
    }
}

fn stage(state: ModuleState) -> Stage {
    match state {
        ModuleState::Init => Stage::Init,
        ModuleState::Wait => Stage::Wait,
        ModuleState::Build => Stage::Build,
        ModuleState::Done => Stage::Done,
        ModuleState::Failed | ModuleState::Ready | ModuleState::Garbage => Stage::Ended,
    }
}

fn component(row: &component_build::Model, ids: &HashMap<&str, i32>, now: DateTime) -> plan::Component {
    let progress = match row.state {
        None => Progress::Waiting,
        Some(ComponentState::Building) => Progress::Building,
        Some(ComponentState::Complete) => Progress::Complete { in_repository: row.tagged.unwrap_or(false) },
        // Nobody knows what an unknown number means; only what is complete can be built on.
        Some(
            ComponentState::Deleted | ComponentState::Failed | ComponentState::Canceled | ComponentState::Unknown(_),
        ) => Progress::Failed,
    };
    plan::Component {
        id: row.id,
        batch: row.batch.unwrap_or(plan::MACROS_BATCH),
        needs: row.needs.as_deref().map(|names| needs(names, ids)),
        progress,
        weight: row.weight.unwrap_or(0.0),
        expected: row.expected_seconds,
        held_back: row.retry_at.is_some_and(|at| at > now),
    }
}

/// Ids of the components that `component_builds.needs` names, and of `module-build-macros`, which everything needs.
fn needs(names: &str, ids: &HashMap<&str, i32>) -> Vec<i32> {
    let names: Vec<String> = serde_json::from_str(names).unwrap_or_default();
    names.iter().map(String::as_str).chain([MACROS]).filter_map(|name| ids.get(name).copied()).collect()
}

/// What builders have to know of a module build.
pub async fn module_ref(context: &Context, build: &module_build::Model) -> Result<ModuleRef, JobError> {
    let document = document(build)?;
    let nsvc = build.nsvc();
    let tag = build.koji_tag.clone();
    let mut dependencies = dependencies(&document, &context.settings.base_module_names);
    side_tag::apply(context, &document, &mut dependencies).await?;
    Ok(ModuleRef {
        id: build.id,
        tag: tag.unwrap_or_else(|| context.builder.tag(&nsvc, build.is_scratch(), build.id)),
        disttag: build.disttag.clone().unwrap_or_default(),
        scratch: build.is_scratch(),
        arches: arches(&context.db, build.id).await?,
        dependencies,
        nsvc,
        modulemd: Arc::new(document),
    })
}

/// Architectures a build is for, sorted by name.
pub async fn arches<C: ConnectionTrait>(db: &C, module_id: i32) -> Result<Vec<String>, DbErr> {
    let ids = module_build_arch::Entity::find()
        .select_only()
        .column(module_build_arch::Column::ModuleArchId)
        .filter(module_build_arch::Column::ModuleBuildId.eq(module_id))
        .into_query();
    module_arch::Entity::find()
        .select_only()
        .column(module_arch::Column::Name)
        .filter(module_arch::Column::Id.in_subquery(ids))
        .order_by_asc(module_arch::Column::Name)
        .into_tuple()
        .all(db)
        .await
}

fn dependencies(document: &ModuleStream, base_modules: &[String]) -> Vec<Dependency> {
    let buildrequires = document.mbs().and_then(|mbs| mbs.get("buildrequires")).and_then(Node::as_map);
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
    let collisions = collisions(document);
    let dependency = |(name, node): (&String, &Node)| {
        let base = base_modules.contains(name);
        let collisions = collisions.iter().filter(|_| base);
        Dependency {
            nsvc: Nsvc::new(name, text(node, "stream"), text(node, "version"), text(node, "context")),
            tag: Some(text(node, "koji_tag")).filter(|tag| !tag.is_empty()),
            filtered_rpms: texts(node.get("filtered_rpms")).into_iter().chain(collisions.cloned()).collect(),
            base,
        }
    };
    buildrequires.into_iter().flatten().map(dependency).collect()
}

/// Packages of base modules that other buildrequires have in another version, without their architectures.
fn collisions(document: &ModuleStream) -> BTreeSet<String> {
    let nevras = texts(document.mbs().and_then(|mbs| mbs.get("ursine_rpms")));
    nevras.iter().filter_map(|nevra| Some(nevra.rsplit_once('.')?.0.to_owned())).collect()
}

fn texts(node: Option<&Node>) -> Vec<String> {
    let list = node.and_then(Node::as_list).unwrap_or_default();
    list.iter().filter_map(Node::as_str).map(str::to_owned).collect()
}

/// The build that an entry of `xmd.mbs.buildrequires` stands for.
pub async fn dependency<C: ConnectionTrait>(
    db: &C,
    name: &str,
    node: &Node,
) -> Result<Option<module_build::Model>, DbErr> {
    use module_build::{Column, Entity};
    let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
    Entity::find()
        .filter(Column::Name.eq(name))
        .filter(Column::Stream.eq(text("stream")))
        .filter(Column::Version.eq(text("version")))
        .filter(Column::Context.eq(text("context")))
        .one(db)
        .await
}

/// What a builder is asked to build.
pub fn request(settings: &Settings, module: Arc<ModuleRef>, row: &component_build::Model) -> ComponentRequest {
    let restricted = settings.allow_arch_override;
    let arches = if restricted { component_arches(&module.modulemd, &row.package) } else { Vec::new() };
    ComponentRequest {
        component_id: row.id,
        package: row.package.clone(),
        attempt: row.attempt,
        source: source(row),
        repository: row.repository.unwrap_or(0),
        arches,
        module,
    }
}

/// The architectures that a component is restricted to. Those of a component of an included module stand beside its commit.
fn component_arches(document: &ModuleStream, package: &str) -> Vec<String> {
    if let Some(component) = document.rpm_components.get(package) {
        return component.arches.iter().cloned().collect();
    }
    let noted = document.mbs().and_then(|mbs| mbs.get("rpms")?.get(package)?.get("arches"));
    texts(noted)
}

fn source(row: &component_build::Model) -> Source {
    if is_macros(row) {
        return Source::BuildMacros;
    }
    match (&row.reference, row.scmurl.rsplit_once("?#")) {
        (Some(commit), Some((url, _))) => Source::Scm { url: url.to_owned(), commit: commit.clone() },
        _ => Source::Srpm { location: row.scmurl.clone() },
    }
}

/// Name of the component that the service adds to every module.
pub const MACROS: &str = "module-build-macros";

/// Whether this is the component that the service adds to every module.
pub fn is_macros(row: &component_build::Model) -> bool {
    row.package == MACROS && row.batch == Some(plan::MACROS_BATCH)
}

/// Complete components, as builders know them.
pub async fn built<'a, C: ConnectionTrait>(
    db: &C,
    rows: impl IntoIterator<Item = &'a component_build::Model>,
) -> Result<Vec<BuiltComponent>, JobError> {
    let complete: Vec<_> = rows.into_iter().filter(|row| row.state == Some(ComponentState::Complete)).collect();
    let taken_over = complete.iter().filter(|row| row.reused_component_id.is_some()).map(|row| row.id);
    let origins = origin::of(db, &taken_over.collect::<Vec<_>>()).await?;
    let built = |row: &&component_build::Model| {
        let origin = origins.get(&row.id);
        if row.reused_component_id.is_some() && origin.is_none() {
            return Err(JobError::user(format!(
                "The packages of component {} were taken over from a build that is gone. Submit the module with the rebuild \
                 strategy \"all\".",
                row.package
            )));
        }
        Ok(BuiltComponent {
            component_id: row.id,
            package: row.package.clone(),
            nvr: row.nvr.clone().unwrap_or_default(),
            attempt: origin.map_or(row.attempt, |origin| origin.attempt),
            build_time_only: row.unpublished(),
            reused_from: origin.map(|origin| origin.tag.clone()),
        })
    };
    complete.iter().map(built).collect()
}
