//! `order_by` and `order_desc_by`, which may repeat; the newest come first otherwise.

use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Order};

use super::Query;
use super::columns::{Kind, Named};
use crate::rest::failure::Failure;

/// What to order by, always ending with `id` so that pages never overlap.
pub fn order<C: ColumnTrait>(query: &Query, columns: &[Named<C>], id: C) -> Result<Vec<(Expr, Order)>, Failure> {
    let ascending: Vec<_> = query.all("order_by").collect();
    let descending: Vec<_> = query.all("order_desc_by").collect();
    let (names, direction) = match (ascending.is_empty(), descending.is_empty()) {
        (false, false) => return Err(Failure::invalid("You may not specify both order_by and order_desc_by")),
        (false, true) => (ascending, Order::Asc),
        (true, _) => (descending, Order::Desc),
    };
    let mut order = Vec::with_capacity(names.len() + 1);
    for name in names.iter().filter(|name| **name != "id") {
        order.push((expression(columns, name)?, direction.clone()));
    }
    // Ordering by id and then by something else is ordering by id.
    let first_id = names.iter().position(|name| *name == "id").unwrap_or(order.len());
    order.truncate(first_id);
    order.push((id.into_expr(), direction));
    Ok(order)
}

fn expression<C: ColumnTrait>(columns: &[Named<C>], name: &str) -> Result<Expr, Failure> {
    let found = columns.iter().find(|(known, _, _)| *known == name);
    let (_, column, kind) =
        found.ok_or_else(|| Failure::invalid(format!("An invalid ordering key of \"{name}\" was supplied")))?;
    let column = column.into_expr();
    Ok(if *kind == Kind::Version { column.cast_as("NUMERIC") } else { column })
}
