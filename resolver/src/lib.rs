//! Where already built modules are known from.
//!
//! Stream expansion ([`modulemd::expansion`]) names everything that it has to know; a [`Resolver`] looks it all up in one go. To
//! add one: a file beside `database.rs` that implements the trait, and a line where the server chooses one.

mod database;

use std::collections::BTreeSet;

use async_trait::async_trait;
use modulemd::expansion::{Index, Wanted};

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
    /// Looks up all of `wanted` and adds it to the index, also that something is not there. A build whose document cannot be read
    /// is left out with a warning: it must not take others down.
    async fn look_up(&self, wanted: &BTreeSet<Wanted>, index: &mut Index) -> Result<(), ResolverError>;
}
