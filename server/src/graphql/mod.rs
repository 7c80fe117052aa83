//! The GraphQL API: module builds with their components and histories, read by the statements that REST uses.
//!
//! One file a type of the schema: `module_build`, `component_build`, `progress`, `state_change`, `viewer`, `scalars`; `query` is where a query
//! begins, `loaders` reads what many objects of one answer need in one statement, `http` takes requests. To add a field: a
//! method on its type, and a loader where it comes from another table; then write `schema.graphql` anew with
//! `mbs-manager schema`.

mod component_build;
mod http;
mod loaders;
mod module_build;
mod progress;
mod query;
mod scalars;
mod state_change;
mod viewer;

use async_graphql::{EmptyMutation, EmptySubscription, SchemaBuilder};

use crate::App;

pub(crate) use http::answer;

/// The schema with all that it needs to answer.
pub type Schema = async_graphql::Schema<query::Query, EmptyMutation, EmptySubscription>;

/// How deep a query may be; introspection by common tools takes 15.
const DEPTH: usize = 20;
/// How many fields a query may ask for, those of a list counted as often as it may have items.
const COMPLEXITY: usize = 20_000;

/// The schema over the application's database.
pub fn schema(app: App) -> Schema {
    builder().data(loaders::Loaders::new(app.clone())).data(app).finish()
}

/// The schema in its own language, as kept in `schema.graphql`.
pub fn sdl() -> String {
    builder().finish().sdl()
}

fn builder() -> SchemaBuilder<query::Query, EmptyMutation, EmptySubscription> {
    Schema::build(query::Query, EmptyMutation, EmptySubscription).limit_depth(DEPTH).limit_complexity(COMPLEXITY)
}
