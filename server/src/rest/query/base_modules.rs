//! Filters on the base module that a build was built against: `base_module_br=name:stream:version:context`, or parts of it.

use entities::module_build::{self, Column};
use entities::module_build_buildrequire as link;
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Query as Sql, SelectStatement};

use super::Query;
use super::columns::{Kind, float, is};
use crate::rest::failure::Failure;

const PARTS: [(&str, Column, Kind); 5] = [
    ("base_module_br_name", Column::Name, Kind::Text),
    ("base_module_br_stream", Column::Stream, Kind::Text),
    ("base_module_br_version", Column::Version, Kind::Text),
    ("base_module_br_context", Column::Context, Kind::Text),
    ("base_module_br_stream_version", Column::StreamVersion, Kind::Float),
];

/// The name of the table of base modules within the subquery.
const BASE: &str = "base_module";

/// Builds with a base module that fulfils all of the conditions; `None` where there are none.
pub fn filter(query: &Query) -> Result<Option<Expr>, Failure> {
    let mut conditions = whole(query)?;
    for (name, column, kind) in PARTS {
        if let Some(value) = query.given(name) {
            conditions.push(is(of_base(column), name, kind, value)?);
        }
    }
    if let Some(value) = query.given("base_module_br_stream_version_lte") {
        conditions.push(of_base(Column::StreamVersion).lte(float("base_module_br_stream_version_lte", value)?));
    }
    if let Some(value) = query.given("base_module_br_stream_version_gte") {
        conditions.push(of_base(Column::StreamVersion).gte(float("base_module_br_stream_version_gte", value)?));
    }
    Ok((!conditions.is_empty()).then(|| Column::Id.into_expr().in_subquery(built_against(conditions))))
}

fn whole(query: &Query) -> Result<Vec<Expr>, Failure> {
    let Some(nsvc) = query.given("base_module_br") else { return Ok(Vec::new()) };
    let parts: Vec<_> = nsvc.split(':').collect();
    let [name, stream, version, context] = parts.as_slice() else {
        let problem = "The filter argument for \"base_module_br\" must be in the format of N:S:V:C";
        return Err(Failure::invalid(problem));
    };
    Ok(vec![
        of_base(Column::Name).eq(*name),
        of_base(Column::Stream).eq(*stream),
        of_base(Column::Version).eq(*version),
        of_base(Column::Context).eq(*context),
    ])
}

fn of_base(column: Column) -> Expr {
    Expr::col((BASE, column))
}

fn built_against(conditions: Vec<Expr>) -> SelectStatement {
    let mut select = Sql::select();
    select.column((link::Entity, link::Column::ModuleId)).from(link::Entity).join_as(
        sea_orm::sea_query::JoinType::InnerJoin,
        module_build::Entity,
        BASE,
        of_base(Column::Id).equals((link::Entity, link::Column::ModuleBuildrequireId)),
    );
    for condition in conditions {
        select.and_where(condition);
    }
    select
}
