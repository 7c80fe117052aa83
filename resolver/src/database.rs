//! The service's own database.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use entities::{ModuleState, module_build, module_build_buildrequire, module_build_virtual_stream, virtual_stream};
use modulemd::expansion::{BuildState, Index, KnownBuild, Wanted};
use modulemd::{Limits, ModuleStream, Nsvc, read};
use sea_orm::entity::prelude::*;
use sea_orm::{DatabaseConnection, JoinType, QueryOrder, QuerySelect};

use crate::{Resolver, ResolverError};

/// Looks into `module_builds`: at most four queries, whatever is wanted.
#[derive(Clone, Debug)]
pub struct Database {
    db: DatabaseConnection,
}

/// Columns of `module_builds` that are needed, without the document.
type Row = (i32, String, String, String, String, ModuleState, Option<bool>, Option<String>, Option<f64>);

impl Database {
    /// Looks into this database.
    pub fn new(db: DatabaseConnection) -> Self {
        Self { db }
    }

    async fn rows(&self, names: &BTreeSet<&str>) -> Result<Vec<Row>, DbErr> {
        use module_build::{Column, Entity};
        Entity::find()
            .select_only()
            .columns([
                Column::Id,
                Column::Name,
                Column::Stream,
                Column::Version,
                Column::Context,
                Column::State,
                Column::Scratch,
                Column::KojiTag,
                Column::StreamVersion,
            ])
            .filter(Column::Name.is_in(names.iter().copied()))
            .order_by_asc(Column::Id)
            .into_tuple()
            .all(&self.db)
            .await
    }

    async fn virtual_streams(&self, names: &BTreeSet<&str>) -> Result<HashMap<i32, BTreeSet<String>>, DbErr> {
        use module_build_virtual_stream as link;
        let pairs: Vec<(i32, String)> = link::Entity::find()
            .select_only()
            .column(link::Column::ModuleBuildId)
            .column(virtual_stream::Column::Name)
            .join(JoinType::InnerJoin, link::Relation::VirtualStream.def())
            .join(JoinType::InnerJoin, link::Relation::Module.def())
            .filter(module_build::Column::Name.is_in(names.iter().copied()))
            .into_tuple()
            .all(&self.db)
            .await?;
        Ok(grouped(pairs))
    }

    async fn base_modules(&self, names: &BTreeSet<&str>) -> Result<HashMap<i32, BTreeSet<i64>>, DbErr> {
        use module_build_buildrequire as link;
        let pairs: Vec<(i32, i32)> = link::Entity::find()
            .select_only()
            .columns([link::Column::ModuleId, link::Column::ModuleBuildrequireId])
            .join(JoinType::InnerJoin, link::Relation::Module.def())
            .filter(module_build::Column::Name.is_in(names.iter().copied()))
            .into_tuple()
            .all(&self.db)
            .await?;
        Ok(grouped(pairs.into_iter().map(|(module, base)| (module, i64::from(base)))))
    }

    async fn add_builds(&self, names: &BTreeSet<&str>, index: &mut Index) -> Result<(), DbErr> {
        if names.is_empty() {
            return Ok(());
        }
        let mut virtual_streams = self.virtual_streams(names).await?;
        let mut base_modules = self.base_modules(names).await?;
        let mut builds: BTreeMap<String, Vec<KnownBuild>> =
            names.iter().map(|name| ((*name).to_owned(), Vec::new())).collect();
        for row in self.rows(names).await? {
            let (streams, bases) = (virtual_streams.remove(&row.0), base_modules.remove(&row.0));
            let build = known(row, streams.unwrap_or_default(), bases.unwrap_or_default());
            builds.entry(build.nsvc.name.clone()).or_default().push(build);
        }
        for (name, builds) in builds {
            index.add_builds(name, builds);
        }
        Ok(())
    }

    async fn add_documents(&self, ids: &BTreeSet<i32>, index: &mut Index) -> Result<(), DbErr> {
        use module_build::{Column, Entity};
        if ids.is_empty() {
            return Ok(());
        }
        let texts: Vec<(i32, String)> = Entity::find()
            .select_only()
            .columns([Column::Id, Column::Modulemd])
            .filter(Column::Id.is_in(ids.iter().copied()))
            .into_tuple()
            .all(&self.db)
            .await?;
        let mut documents: HashMap<i32, ModuleStream> =
            texts.into_iter().filter_map(|(id, text)| Some((id, document(id, &text)?))).collect();
        for id in ids {
            index.add_document(i64::from(*id), documents.remove(id));
        }
        Ok(())
    }
}

#[async_trait]
impl Resolver for Database {
    async fn look_up(&self, wanted: &BTreeSet<Wanted>, index: &mut Index) -> Result<(), ResolverError> {
        let (mut names, mut ids) = (BTreeSet::new(), BTreeSet::new());
        for one in wanted {
            match one {
                Wanted::Builds(name) => drop(names.insert(name.as_str())),
                Wanted::Document(id) => ids.extend(i32::try_from(*id)),
            }
        }
        self.add_builds(&names, index).await?;
        self.add_documents(&ids, index).await?;
        Ok(())
    }
}

fn grouped<T: Ord>(pairs: impl IntoIterator<Item = (i32, T)>) -> HashMap<i32, BTreeSet<T>> {
    let mut groups: HashMap<i32, BTreeSet<T>> = HashMap::new();
    for (id, value) in pairs {
        groups.entry(id).or_default().insert(value);
    }
    groups
}

fn known(row: Row, virtual_streams: BTreeSet<String>, base_modules: BTreeSet<i64>) -> KnownBuild {
    let (id, name, stream, version, context, state, scratch, koji_tag, stream_version) = row;
    KnownBuild {
        id: i64::from(id),
        nsvc: Nsvc::new(name, stream, version, context),
        // Both have the same numbers, held equal by a test.
        state: BuildState::from_number(state.number()).unwrap_or(BuildState::Garbage),
        scratch: scratch.unwrap_or(false),
        koji_tag,
        stream_version,
        virtual_streams,
        base_modules,
    }
}

fn document(id: i32, text: &str) -> Option<ModuleStream> {
    read::read_stream(text, &Limits::default())
        .inspect_err(
            |error| tracing::warn!(module_build = id, %error, "left out a build whose modulemd cannot be read"),
        )
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_the_same_numbers_and_names() {
        for state in ModuleState::ALL {
            assert_eq!(BuildState::from_number(state.number()).map(BuildState::name), Some(state.name()));
        }
    }
}
