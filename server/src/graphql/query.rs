//! Where a query begins.

use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{Context, Error, ID, Object, Result};
use entities::module_build::{Column, Model};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};

use super::loaders::failed;
use super::module_build::ModuleBuild;
use super::scalars::ModuleState;
use super::viewer::{Viewer, viewer};
use crate::App;
use crate::rest::rows;

/// Builds on a page unless the client says how many.
const DEFAULT: i32 = 10;
/// Builds on the largest page.
const LARGEST: i32 = 100;

/// What can be asked.
pub struct Query;

#[Object]
impl Query {
    /// Who is asking; an error, with the status that REST would answer with, where that is not known.
    async fn viewer(&self, context: &Context<'_>) -> Result<Viewer> {
        viewer(context).await
    }

    /// A module build by its number.
    async fn module_build(&self, context: &Context<'_>, id: ID) -> Result<Option<ModuleBuild>> {
        let Ok(id) = id.parse::<i32>() else { return Ok(None) };
        let db = &context.data::<App>()?.db;
        let select = rows::module_builds(false).filter(Column::Id.eq(id)).into_model::<Model>();
        Ok(select.one(db).await.map_err(failed)?.map(ModuleBuild))
    }

    /// Module builds, newest first, `first` (at most 100) of those after the cursor `after`.
    #[graphql(complexity = "1 + page_size(first) * child_complexity")]
    async fn module_builds(
        &self,
        context: &Context<'_>,
        #[graphql(default_with = "DEFAULT")] first: i32,
        after: Option<String>,
        #[graphql(desc = "Only builds in one of these states.")] state: Option<Vec<ModuleState>>,
        #[graphql(desc = "Only builds of this module.")] name: Option<String>,
    ) -> Result<Connection<i32, ModuleBuild>> {
        if !(0..=LARGEST).contains(&first) {
            return Err(Error::new(format!("`first` has to be from 0 to {LARGEST}")));
        }
        let mut select = rows::module_builds(false);
        if let Some(after) = &after {
            let id: i32 = after.parse().map_err(|_| Error::new("`after` has to be the cursor of an edge"))?;
            select = select.filter(Column::Id.lt(id));
        }
        if let Some(states) = state {
            select = select.filter(Column::State.is_in(states.into_iter().map(entities::ModuleState::from)));
        }
        if let Some(name) = name {
            if name.contains('\0') {
                return Err(Error::new("`name` contains a NUL character"));
            }
            select = select.filter(Column::Name.eq(name));
        }
        let size = page_size(first);
        let select = select.order_by_desc(Column::Id).limit(size as u64 + 1).into_model::<Model>();
        let found = select.all(&context.data::<App>()?.db).await.map_err(failed)?;
        Ok(connection(found, size, after.is_some()))
    }
}

fn page_size(first: i32) -> usize {
    usize::try_from(first.clamp(0, LARGEST)).unwrap_or_default()
}

/// `found` holds one build more than the page where there is a next page.
fn connection(mut found: Vec<Model>, size: usize, has_previous: bool) -> Connection<i32, ModuleBuild> {
    let has_next = found.len() > size;
    found.truncate(size);
    let mut connection = Connection::<_, _, EmptyFields, EmptyFields>::new(has_previous, has_next);
    connection.edges.extend(found.into_iter().map(|build| Edge::new(build.id, ModuleBuild(build))));
    connection
}
