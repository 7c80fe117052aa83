//! Rows after a place in an order, found without counting those before it.

use sea_orm::DbBackend;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query as Sql};

use super::cursor::{At, Place};
use super::{Key, Kind, Sort};

/// A key as the text that cursors are made of; nothing where there is no value.
pub fn written(key: Expr, backend: DbBackend) -> Expr {
    if backend == DbBackend::Sqlite {
        // The text "NULL" would be in quotes.
        let quoted = Func::cust("QUOTE").arg(key);
        Func::cust("NULLIF").arg(quoted).arg("NULL").into()
    } else {
        key.cast_as("TEXT")
    }
}

/// The rows that come after `place`. Both databases sort rows without a value where they would sort the smallest (SQLite) or the
/// largest (PostgreSQL) value.
pub fn after(sort: &Sort, place: &Place, backend: DbBackend) -> Expr {
    let nulls_last = (backend == DbBackend::Postgres) != sort.is_descending();
    let keys: Vec<_> = sort.keys.iter().zip(&place.0).collect();
    let is_plain = |(key, at): &(&Key, &At)| **at != At::Null && !(key.is_optional && nulls_last);
    if keys.iter().all(is_plain) {
        // Databases find the place in an index by such a comparison. Rows without a value are no part of it; they came before.
        let left = Expr::tuple(keys.iter().map(|(key, _)| key.value.clone()));
        let right = Expr::tuple(keys.iter().map(|(key, at)| value(sort, key, at)));
        return if sort.is_descending() { left.lt(right) } else { left.gt(right) };
    }
    let mut any: Option<Expr> = None;
    let mut same_so_far: Option<Expr> = None;
    for (key, at) in keys {
        let beyond = beyond(sort, key, at, nulls_last);
        let here = same_so_far.clone().map_or_else(|| beyond.clone(), |same| same.and(beyond.clone()));
        any = Some(any.map_or_else(|| here.clone(), |any| any.or(here.clone())));
        let same = same(sort, key, at);
        same_so_far = Some(same_so_far.map_or_else(|| same.clone(), |before| before.and(same.clone())));
    }
    any.unwrap_or_else(|| Expr::cust("1 = 1"))
}

/// The key comes after the place.
fn beyond(sort: &Sort, key: &Key, at: &At, nulls_last: bool) -> Expr {
    let own = || key.value.clone();
    match (at, nulls_last) {
        (At::Null, true) => Expr::cust("1 = 0"),
        (At::Null, false) => own().is_not_null(),
        _ => {
            let there = value(sort, key, at);
            let beyond = if sort.is_descending() { own().lt(there) } else { own().gt(there) };
            if key.is_optional && nulls_last { beyond.or(own().is_null()) } else { beyond }
        }
    }
}

fn same(sort: &Sort, key: &Key, at: &At) -> Expr {
    match at {
        At::Null => key.value.clone().is_null(),
        _ => key.value.clone().eq(value(sort, key, at)),
    }
}

fn value(sort: &Sort, key: &Key, at: &At) -> Expr {
    match at {
        At::Value(value) if key.kind == Kind::Version => Expr::val(value.clone()).cast_as("NUMERIC"),
        At::Value(value) => Expr::val(value.clone()),
        At::Null => Expr::null(),
        At::Row(id) => {
            let of_row = Expr::col((sort.table.clone(), "id")).eq(*id);
            let select = Sql::select().expr(key.value.clone()).from(sort.table.clone()).and_where(of_row).take();
            Expr::from(select)
        }
    }
}
