//! Filters on the base module that a build was built against: `base_module_br=name:stream:version:context`, or parts of it.

use entities::module_build::{self, Column};
use entities::module_build_buildrequire as link;
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Order, Query as Sql, SelectStatement};

use super::Query;
use super::columns::{Kind, float, is};
use crate::rest::failure::Failure;

/// Filters on a part of it.
pub const PARTS: [(&str, Column, Kind); 5] = [
    ("base_module_br_name", Column::Name, Kind::Text),
    ("base_module_br_stream", Column::Stream, Kind::Text),
    ("base_module_br_version", Column::Version, Kind::Text),
    ("base_module_br_context", Column::Context, Kind::Text),
    ("base_module_br_stream_version", Column::StreamVersion, Kind::Float),
];

/// Filters on its stream version, with the bound that each sets.
pub const BOUNDS: [(&str, &str); 2] =
    [("base_module_br_stream_version_lte", "at most"), ("base_module_br_stream_version_gte", "at least")];

/// The name of the table of base modules within the subquery.
const BASE: &str = "base_module";

/// Conditions that one of the base modules of a build has to fulfil, all of them.
#[derive(Clone, Debug)]
pub struct BaseModule(Vec<Expr>);

/// Reads the conditions; `None` where there are none.
pub fn base_module(query: &Query) -> Result<Option<BaseModule>, Failure> {
    let mut conditions = whole(query)?;
    for (name, column, kind) in PARTS {
        if let Some(value) = query.given(name) {
            conditions.push(is(of_base(column), name, kind, value)?);
        }
    }
    let [(at_most, _), (at_least, _)] = BOUNDS;
    if let Some(value) = query.given(at_most) {
        conditions.push(of_base(Column::StreamVersion).lte(float(at_most, value)?));
    }
    if let Some(value) = query.given(at_least) {
        conditions.push(of_base(Column::StreamVersion).gte(float(at_least, value)?));
    }
    Ok((!conditions.is_empty()).then_some(BaseModule(conditions)))
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

impl BaseModule {
    /// Builds that were built against such a base module.
    pub fn any(&self) -> Expr {
        let mut select = Sql::select();
        select.column((link::Entity, link::Column::ModuleId)).from(link::Entity).join_as(
            JoinType::InnerJoin,
            module_build::Entity,
            BASE,
            of_base(Column::Id).equals((link::Entity, link::Column::ModuleBuildrequireId)),
        );
        Column::Id.into_expr().in_subquery(self.fulfilled(&mut select))
    }

    /// The same, but only the first `limit` of each base module in the order of ids that also fulfil `others`. PostgreSQL would
    /// else look at all that were ever built against `platform:f28` to find the ten newest; it is made to walk down the index of
    /// links, and to look each build up (`OFFSET` keeps it from joining the whole table instead).
    pub fn first(&self, others: &[Expr], direction: &Order, limit: u64) -> Expr {
        let linked = || Expr::col((link::Entity, link::Column::ModuleId));
        let mut build = Sql::select();
        build.column((module_build::Entity, Column::Id)).from(module_build::Entity).offset(0);
        build.and_where(Column::Id.into_expr().eq(linked()));
        for condition in others {
            build.and_where(condition.clone());
        }
        let mut of_one = Sql::select();
        of_one
            .expr_as(linked(), "id")
            .from(link::Entity)
            .join_lateral(JoinType::InnerJoin, build, "build", Expr::cust("1 = 1"))
            .and_where(of_base(Column::Id).equals((link::Entity, link::Column::ModuleBuildrequireId)))
            .order_by_expr(linked(), direction.clone())
            .limit(limit);
        let mut select = Sql::select();
        select.column(("built", "id")).from_as(module_build::Entity, BASE).join_lateral(
            JoinType::InnerJoin,
            of_one,
            "built",
            Expr::cust("1 = 1"),
        );
        Column::Id.into_expr().in_subquery(self.fulfilled(&mut select))
    }

    fn fulfilled(&self, select: &mut SelectStatement) -> SelectStatement {
        for condition in &self.0 {
            select.and_where(condition.clone());
        }
        select.take()
    }
}
