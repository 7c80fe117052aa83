//! What many objects of one answer need, read in one statement for all of them.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Error;
use async_graphql::dataloader::{DataLoader, Loader};
use sea_orm::DbErr;

use crate::App;
use crate::rest::rows::{self, Component, Facts, Relatives, Step};
use crate::service::progress::{self, Progress};

/// Reads by id.
pub struct Loaders(DataLoader<Reader>);

impl Loaders {
    /// Loaders over the application's database. Nothing is kept between answers.
    pub fn new(app: App) -> Self {
        Self(DataLoader::new(Reader(app), tokio::spawn))
    }

    /// Components of a module build, in the order they are built.
    pub async fn components(&self, build: i32) -> Result<Vec<Component>, Error> {
        Ok(self.0.load_one(ComponentsOf(build)).await.map_err(failed)?.unwrap_or_default())
    }

    /// History, architectures and virtual streams of a module build.
    pub async fn facts(&self, build: i32) -> Result<Facts, Error> {
        Ok(self.0.load_one(FactsOf(build)).await.map_err(failed)?.unwrap_or_default())
    }

    /// Siblings and base modules of a module build.
    pub async fn relatives(&self, build: i32) -> Result<Relatives, Error> {
        Ok(self.0.load_one(RelativesOf(build)).await.map_err(failed)?.unwrap_or_default())
    }

    /// The document of a module build.
    pub async fn document(&self, build: i32) -> Result<String, Error> {
        Ok(self.0.load_one(DocumentOf(build)).await.map_err(failed)?.unwrap_or_default())
    }

    /// History of a component.
    pub async fn component_trace(&self, component: i32) -> Result<Vec<Step>, Error> {
        Ok(self.0.load_one(TraceOf(component)).await.map_err(failed)?.unwrap_or_default())
    }
}

impl Loaders {
    /// What its components wait for, and how long the rest will take.
    pub async fn progress(&self, build: i32) -> Result<Option<Arc<Progress>>, Error> {
        self.0.load_one(ProgressOf(build)).await.map_err(failed)
    }
}

/// A defect: the cause goes to the log, the client gets an id to ask the operator with.
pub fn failed(error: impl std::fmt::Display) -> Error {
    let id = uuid::Uuid::new_v4();
    tracing::error!(%id, cause = %error, "a GraphQL query failed");
    Error::new(format!("The service failed to answer. Its operator finds the reason in the log under {id}."))
}

struct Reader(App);

/// Asks for a module build's components.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct ComponentsOf(i32);

/// Asks for a module build's facts.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct FactsOf(i32);

/// Asks for a module build's relatives.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct RelativesOf(i32);

/// Asks for a module build's document.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct DocumentOf(i32);

/// Asks for a component's history.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct TraceOf(i32);

/// Asks how far a module build is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct ProgressOf(i32);

fn keyed<K: Eq + std::hash::Hash, V>(found: HashMap<i32, V>, key: fn(i32) -> K) -> HashMap<K, V> {
    found.into_iter().map(|(id, value)| (key(id), value)).collect()
}

impl Loader<ComponentsOf> for Reader {
    type Value = Vec<Component>;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[ComponentsOf]) -> Result<HashMap<ComponentsOf, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        Ok(keyed(rows::components_of(&self.0.db, &ids).await?, ComponentsOf))
    }
}

impl Loader<FactsOf> for Reader {
    type Value = Facts;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[FactsOf]) -> Result<HashMap<FactsOf, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        Ok(keyed(rows::facts(&self.0.db, &ids).await?, FactsOf))
    }
}

impl Loader<RelativesOf> for Reader {
    type Value = Relatives;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[RelativesOf]) -> Result<HashMap<RelativesOf, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        Ok(keyed(rows::relatives(&self.0.db, &ids, true).await?, RelativesOf))
    }
}

impl Loader<DocumentOf> for Reader {
    type Value = String;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[DocumentOf]) -> Result<HashMap<DocumentOf, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        Ok(keyed(rows::documents(&self.0.db, &ids).await?, DocumentOf))
    }
}

impl Loader<TraceOf> for Reader {
    type Value = Vec<Step>;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[TraceOf]) -> Result<HashMap<TraceOf, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        Ok(keyed(rows::component_traces(&self.0.db, &ids).await?, TraceOf))
    }
}

impl Loader<ProgressOf> for Reader {
    type Value = Arc<Progress>;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[ProgressOf]) -> Result<HashMap<ProgressOf, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = progress::of_builds(&self.0, &ids).await?;
        Ok(found.into_iter().map(|(id, progress)| (ProgressOf(id), Arc::new(progress))).collect())
    }
}
