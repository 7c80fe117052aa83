//! Filters of module builds.

use std::collections::HashMap;

use entities::module_build::Column;
use entities::{ModuleState, module_build_virtual_stream as link, virtual_stream};
use sea_orm::sea_query::{Expr, ExprTrait, Query as Sql};
use sea_orm::{ColumnTrait, DbBackend};

use super::columns::{Filter, Kind, Named, equal};
use super::{Query, Sort, time};
use crate::config::{Config, System};
use crate::rest::failure::Failure;
use crate::service::ServiceError;

/// Columns of the Python service; ours are not part of the API.
pub const COLUMNS: [Named<Column>; 25] = [
    ("id", Column::Id, Kind::Number),
    ("name", Column::Name, Kind::Text),
    ("stream", Column::Stream, Kind::Text),
    ("version", Column::Version, Kind::Version),
    ("context", Column::Context, Kind::Text),
    ("build_context", Column::BuildContext, Kind::Text),
    ("build_context_no_bms", Column::BuildContextNoBms, Kind::Text),
    ("runtime_context", Column::RuntimeContext, Kind::Text),
    ("state", Column::State, Kind::Number),
    ("state_reason", Column::StateReason, Kind::Text),
    ("modulemd", Column::Modulemd, Kind::Text),
    ("koji_tag", Column::KojiTag, Kind::Text),
    ("cg_build_koji_tag", Column::CgBuildKojiTag, Kind::Text),
    ("scmurl", Column::Scmurl, Kind::Text),
    ("scratch", Column::Scratch, Kind::Boolean),
    ("srpms", Column::Srpms, Kind::Text),
    ("owner", Column::Owner, Kind::Text),
    ("time_submitted", Column::TimeSubmitted, Kind::Time),
    ("time_modified", Column::TimeModified, Kind::Time),
    ("time_completed", Column::TimeCompleted, Kind::Time),
    ("new_repo_task_id", Column::NewRepoTaskId, Kind::Integer),
    ("rebuild_strategy", Column::RebuildStrategy, Kind::Text),
    ("reused_module_id", Column::ReusedModuleId, Kind::Integer),
    ("batch", Column::Batch, Kind::Integer),
    ("stream_version", Column::StreamVersion, Kind::Float),
];

/// What `nsvc` is made of.
const NSVC: [&str; 4] = ["name", "stream", "version", "context"];

/// What to order by.
pub fn order(query: &Query) -> Result<Sort, Failure> {
    Sort::of(query, &COLUMNS, Column::Id)
}

/// The builds that the query asks for; what it asks of their base modules is [`super::base_module`]'s.
pub fn filter(query: &Query, config: &Config, backend: DbBackend) -> Result<Filter, Failure> {
    let mut all: Filter = states(query)?.into_iter().collect();
    rpm(query, config)?;
    all.extend(time::filter(query, backend)?);
    all.extend(virtual_streams(query));
    all.extend(stream_version_lte(query)?);
    all.extend(equal(&with_nsvc(query), &COLUMNS)?);
    Ok(all)
}

/// Builds in any of the states, given by name or number.
fn states(query: &Query) -> Result<Option<Expr>, Failure> {
    let mut numbers = Vec::new();
    for state in query.all("state") {
        let is_number = !state.is_empty() && state.bytes().all(|byte| byte.is_ascii_digit());
        let number = if is_number {
            // No build is in a state beyond 64 bits.
            state.parse().unwrap_or(i64::MAX)
        } else {
            let known = ModuleState::from_name(state).map(|state| i64::from(state.number()));
            known.ok_or_else(|| Failure::invalid(format!("Invalid state was supplied: {state}")))?
        };
        numbers.push(number);
    }
    Ok((!numbers.is_empty()).then(|| Column::State.into_expr().is_in(numbers)))
}

/// Builds that contain an RPM can only be found by Koji.
fn rpm(query: &Query, config: &Config) -> Result<(), Failure> {
    match (query.given("rpm"), config.builder.system) {
        (None, _) => Ok(()),
        (Some(_), System::Koji) => {
            Err(ServiceError::Unavailable("The build system cannot be reached".to_owned()).into())
        }
        (Some(_), _) => Err(Failure::invalid("Configured builder does not allow to search by rpm binary name!")),
    }
}

/// `nsvc=name:stream:version:context`, of which the end may be left out, wins over the single parts.
fn with_nsvc(query: &Query) -> Query {
    let Some(nsvc) = query.given("nsvc") else { return query.clone() };
    let parts: HashMap<_, _> = NSVC.into_iter().zip(nsvc.split(':')).collect();
    let others = query.pairs().iter().filter(|(name, _)| !parts.contains_key(name.as_str())).cloned();
    let mut pairs: Vec<_> = others.collect();
    pairs.extend(parts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Query(pairs)
}

/// Base modules with any of the virtual streams.
fn virtual_streams(query: &Query) -> Option<Expr> {
    let names: Vec<_> = query.all("virtual_stream").collect();
    if names.is_empty() {
        return None;
    }
    let with = Sql::select()
        .column((link::Entity, link::Column::ModuleBuildId))
        .from(link::Entity)
        .inner_join(
            virtual_stream::Entity,
            Expr::col((virtual_stream::Entity, virtual_stream::Column::Id))
                .equals((link::Entity, link::Column::VirtualStreamId)),
        )
        .and_where(Expr::col((virtual_stream::Entity, virtual_stream::Column::Name)).is_in(names))
        .take();
    Some(Column::Id.into_expr().in_subquery(with))
}

/// Base modules of the same major version up to this stream version: 280102 finds 280000 to 280102.
fn stream_version_lte(query: &Query) -> Result<Filter, Failure> {
    let Some(value) = query.first("stream_version_lte") else { return Ok(Filter::new()) };
    let problem = "An invalid value of stream_version_lte was provided. It must be an integer or float greater than or \
                   equal to 10000.";
    let most: f64 = value.trim().parse().map_err(|_| Failure::invalid(problem))?;
    if most < 10_000.0 {
        return Err(Failure::invalid(problem));
    }
    if !most.is_finite() {
        // Neither infinity nor "not a number" has a major version.
        return Ok(vec![Expr::cust("1 = 0")]);
    }
    let least = (most / 10_000.0).floor() * 10_000.0;
    Ok(vec![Column::StreamVersion.lte(most), Column::StreamVersion.gte(least)])
}
