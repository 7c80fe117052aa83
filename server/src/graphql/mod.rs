//! The GraphQL API: what REST shows and does, as one graph; read by the statements and changed by the functions of REST.
//!
//! | file or folder | subject |
//! | --- | --- |
//! | `query`, `mutation`, `subscription` | where a request begins |
//! | `module_build`, `component_build`, `state_change`, `log_message`, `log` | what builds are made of |
//! | `tree`, `difference`, `statistics`, `queue`, `plan`, `viewer` | what else can be asked |
//! | `node`, `id`, `scalars` | ids, times, states |
//! | `paging`, `build_filter`, `component_filter`, `pairs` | lists, with the filters and orders of REST |
//! | [`load`] | what many objects of one answer need, read at once |
//! | [`guard`] | what a query may cost |
//! | `http`, `socket`, `explorer` | requests, websockets, and the page for people |
//! | `error` | errors with codes |
//!
//! To add a field: a method on its type, and a reading in `load` where it comes from another table (what has no revision says so by
//! [`load::Loaders::note_volatile`]); then write `schema.graphql` anew with `mbs-manager schema`.

mod build_filter;
mod component_build;
mod component_filter;
mod difference;
mod error;
pub(crate) mod explorer;
mod guard;
mod http;
mod id;
mod load;
mod log;
mod log_message;
mod module_build;
mod mutation;
mod node;
mod paging;
mod pairs;
mod plan;
mod progress;
mod query;
mod queue;
mod scalars;
mod socket;
mod state_change;
mod statistics;
mod subscription;
mod tree;
mod viewer;

use std::sync::Arc;

use async_graphql::{SchemaBuilder, ValidationMode};

use crate::App;
use crate::config::Graphql;
use crate::rest::cache::Cache;

pub(crate) use http::{Service, get, post};

/// Where requests begin.
pub type Schema = async_graphql::Schema<query::Query, mutation::Mutation, subscription::Subscription>;

/// Selection sets within one another that are followed; `guard` has refused what is deeper than is allowed.
const FOLLOWED: usize = 210;

/// All that requests are answered with.
pub(crate) fn service(app: &App, cache: Arc<Cache>) -> Service {
    let limits: &Graphql = &app.config.graphql;
    let complexity =
        guard::complexity::Complexity { most: limits.complexity, most_of_subscription: limits.subscription_complexity };
    let checking = builder().extension(complexity).finish();
    let schema = builder().validation_mode(ValidationMode::Fast).finish();
    Service { schema, checking, persisted: Arc::new(http::Persisted::new(limits)), cache }
}

/// The schema in its own language, as kept in `schema.graphql`.
pub fn sdl() -> String {
    builder().finish().sdl()
}

fn builder() -> SchemaBuilder<query::Query, mutation::Mutation, subscription::Subscription> {
    Schema::build(query::Query, mutation::Mutation, subscription::Subscription).limit_recursive_depth(FOLLOWED)
}
