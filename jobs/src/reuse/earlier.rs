//! Looks up the build that components are taken from.

use entities::{ModuleState, component_build, module_build};
use modulemd::expansion::{ExpandSettings, Index};
use modulemd::reuse::{
    Candidate, ComponentRow, EarlierBuildError, ModuleRows, NoEarlierBuild, SameBuildrequires, Strategy, earlier_build,
    same_buildrequires,
};
use modulemd::{ModuleStream, Nsvc};
use resolver::{Resolver, ResolverError};
use sea_orm::entity::prelude::*;
use sea_orm::{DatabaseConnection, QuerySelect};

use super::{NewBuild, standing};
use crate::{JobError, rows};

/// An earlier build with its components.
#[derive(Debug)]
pub struct Earlier {
    /// Its row.
    pub build: module_build::Model,
    nsvc: Nsvc,
    document: ModuleStream,
    /// Its components.
    pub components: Vec<component_build::Model>,
    /// The same, as the rules understand them.
    pub(super) standings: Vec<ComponentRow>,
}

impl Earlier {
    /// As the rules understand it.
    pub fn rows(&self) -> ModuleRows<'_> {
        ModuleRows { nsvc: &self.nsvc, document: &self.document, components: &self.standings }
    }
}

/// The build to take components of `new` from.
pub async fn find(
    db: &DatabaseConnection,
    settings: &ExpandSettings,
    new: NewBuild<'_>,
    strategy: Strategy,
) -> Result<Result<Earlier, NoEarlierBuild>, JobError> {
    if let Some(id) = new.asked_for {
        return load(db, id).await;
    }
    let contexts = match contexts(db, settings, new.document).await? {
        Ok(contexts) => contexts,
        Err(none) => return Ok(Err(none)),
    };
    let candidates = candidates(db, new.nsvc, &contexts).await?;
    match earlier_build(new.nsvc, strategy, &contexts, &candidates) {
        Ok(found) => load(db, found.id).await,
        Err(none) => Ok(Err(none)),
    }
}

/// Looks up what the rule asks for until it has an answer.
async fn contexts(
    db: &DatabaseConnection,
    settings: &ExpandSettings,
    document: &ModuleStream,
) -> Result<Result<Vec<SameBuildrequires>, NoEarlierBuild>, JobError> {
    let resolver = resolver::Database::new(db.clone());
    let mut index = Index::default();
    loop {
        match same_buildrequires(document, &index, settings) {
            Ok(contexts) => return Ok(Ok(contexts)),
            Err(EarlierBuildError::None(none)) => return Ok(Err(none)),
            Err(EarlierBuildError::Missing(wanted)) => {
                let ResolverError::Database(error) = match resolver.look_up(&wanted, &mut index).await {
                    Ok(()) => continue,
                    Err(error) => error,
                };
                return Err(error.into());
            }
        }
    }
}

/// Builds of the same name and stream that are ready, came from git, and have one of these contexts.
async fn candidates(
    db: &DatabaseConnection,
    new: &Nsvc,
    contexts: &[SameBuildrequires],
) -> Result<Vec<Candidate>, DbErr> {
    use module_build::{Column, Entity};
    type Row = (i32, String, String, Option<String>, String, Option<DateTime>);
    let rows: Vec<Row> = Entity::find()
        .select_only()
        .columns([
            Column::Id,
            Column::Version,
            Column::Context,
            Column::BuildContext,
            Column::RebuildStrategy,
            Column::TimeCompleted,
        ])
        .filter(Column::Name.eq(&new.name))
        .filter(Column::Stream.eq(&new.stream))
        .filter(Column::State.eq(ModuleState::Ready))
        .filter(Column::Scmurl.is_not_null())
        .filter(Column::BuildContext.is_in(contexts.iter().map(|context| context.build_context.as_str())))
        .into_tuple()
        .all(db)
        .await?;
    let candidate = |(id, version, context, build_context, strategy, completed): Row| Candidate {
        id,
        nsvc: Nsvc::new(&new.name, &new.stream, version, context),
        build_context: build_context.unwrap_or_default(),
        strategy,
        completed: completed.map(|time| time.and_utc().timestamp_micros()),
    };
    Ok(rows.into_iter().map(candidate).collect())
}

async fn load(db: &DatabaseConnection, id: i32) -> Result<Result<Earlier, NoEarlierBuild>, JobError> {
    let Some(build) = module_build::Entity::find_by_id(id).one(db).await? else {
        return Ok(Err(NoEarlierBuild::Gone));
    };
    let nsvc = build.nsvc();
    let Ok(document) = rows::document(&build) else {
        tracing::warn!(module_build = id, "took over nothing from a build whose modulemd cannot be read");
        return Ok(Err(NoEarlierBuild::Unreadable(Box::new(nsvc))));
    };
    let components = rows::components(db, id).await?;
    let standings = components.iter().map(standing).collect();
    Ok(Ok(Earlier { build, nsvc, document, components, standings }))
}
