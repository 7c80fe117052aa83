//! Where already built modules are known from.
//!
//! Stream expansion ([`modulemd::expand`]) names the modules that it needs; a [`Resolver`] finds all of them in one go. To add
//! one: a file beside `database.rs` that implements the trait, and a line where the server chooses one.

mod database;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use modulemd::expand::Known;

pub use database::Database;

/// The source did not answer.
#[derive(Debug, thiserror::Error)]
pub enum ResolverError {
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
}

/// A source of module builds.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// All builds in state `ready` of the modules with these names; a name without builds has an empty list. A build whose
    /// document cannot be read is left out with a warning: it must not take others down.
    async fn find(&self, names: &BTreeSet<String>) -> Result<BTreeMap<String, Vec<Known>>, ResolverError>;
}
