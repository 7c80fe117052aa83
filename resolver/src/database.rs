//! The service's own database.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use entities::{ModuleState, module_build, module_build_virtual_stream, virtual_stream};
use modulemd::expand::Known;
use modulemd::{Limits, read};
use sea_orm::entity::prelude::*;
use sea_orm::{DatabaseConnection, QueryOrder, QuerySelect};

use crate::{Resolver, ResolverError};

/// Looks into `module_builds`: two queries, whatever the number of names.
#[derive(Clone, Debug)]
pub struct Database {
    db: DatabaseConnection,
}

impl Database {
    /// Looks into this database.
    pub fn new(db: DatabaseConnection) -> Self {
        Self { db }
    }

    async fn ready_builds(&self, names: &BTreeSet<String>) -> Result<Vec<module_build::Model>, DbErr> {
        use module_build::{Column, Entity};
        Entity::find()
            .filter(Column::Name.is_in(names))
            .filter(Column::State.eq(ModuleState::Ready))
            .order_by_asc(Column::Id)
            .all(&self.db)
            .await
    }

    async fn virtual_streams(&self, names: &BTreeSet<String>) -> Result<HashMap<i32, BTreeSet<String>>, DbErr> {
        use module_build_virtual_stream as link;
        let pairs: Vec<(i32, String)> = link::Entity::find()
            .select_only()
            .column(link::Column::ModuleBuildId)
            .column(virtual_stream::Column::Name)
            .join(sea_orm::JoinType::InnerJoin, link::Relation::VirtualStream.def())
            .join(sea_orm::JoinType::InnerJoin, link::Relation::Module.def())
            .filter(module_build::Column::Name.is_in(names))
            .into_tuple()
            .all(&self.db)
            .await?;
        let mut streams: HashMap<i32, BTreeSet<String>> = HashMap::new();
        for (module, name) in pairs {
            streams.entry(module).or_default().insert(name);
        }
        Ok(streams)
    }
}

#[async_trait]
impl Resolver for Database {
    async fn find(&self, names: &BTreeSet<String>) -> Result<BTreeMap<String, Vec<Known>>, ResolverError> {
        let mut found: BTreeMap<String, Vec<Known>> = names.iter().map(|name| (name.clone(), Vec::new())).collect();
        let mut virtual_streams = self.virtual_streams(names).await?;
        for row in self.ready_builds(names).await? {
            let streams = virtual_streams.remove(&row.id).unwrap_or_default();
            if let Some(known) = known(row, streams) {
                found.entry(known.nsvc.name.clone()).or_default().push(known);
            }
        }
        Ok(found)
    }
}

fn known(row: module_build::Model, virtual_streams: BTreeSet<String>) -> Option<Known> {
    match read::read_stream(&row.modulemd, &Limits::default()) {
        Ok(document) => Some(Known {
            nsvc: row.nsvc(),
            document,
            koji_tag: row.koji_tag,
            virtual_streams,
            stream_version: row.stream_version,
        }),
        Err(error) => {
            tracing::warn!(module_build = row.id, %error, "left out a build whose modulemd cannot be read");
            None
        }
    }
}
