//! `order_by` and `order_desc_by`, which may repeat; the newest come first otherwise.

use sea_orm::ColumnTrait;
use sea_orm::sea_query::{DynIden, Expr, ExprTrait, Order};

use super::Query;
use super::columns::{Kind, Named};
use crate::rest::failure::Failure;

/// What rows are ordered by, always ending with the id, so that no two rows are equal and pages never overlap.
#[derive(Clone, Debug)]
pub struct Sort {
    /// What the first differs by counts first.
    pub keys: Vec<Key>,
    /// Of all keys.
    pub direction: Order,
    /// The table that the keys are columns of.
    pub table: DynIden,
}

/// One thing that rows are ordered by.
#[derive(Clone, Debug)]
pub struct Key {
    /// The name that clients know.
    pub name: &'static str,
    /// Its value.
    pub value: Expr,
    /// What it is.
    pub kind: Kind,
    /// Rows may have none.
    pub is_optional: bool,
}

impl Sort {
    /// Reads what the query asks for.
    pub fn of<C: ColumnTrait>(query: &Query, columns: &[Named<C>], id: C) -> Result<Self, Failure> {
        let ascending: Vec<_> = query.all("order_by").collect();
        let descending: Vec<_> = query.all("order_desc_by").collect();
        let (names, direction) = match (ascending.is_empty(), descending.is_empty()) {
            (false, false) => return Err(Failure::invalid("You may not specify both order_by and order_desc_by")),
            (false, true) => (ascending, Order::Asc),
            (true, _) => (descending, Order::Desc),
        };
        let mut keys: Vec<Key> = Vec::new();
        let mut is_decided = false;
        for name in names {
            // All names have to be known. Rows never differ by what comes after the id, nor by what they were ordered by already.
            let found = if name == "id" { None } else { Some(key(columns, name)?) };
            is_decided |= found.is_none();
            keys.extend(found.filter(|found| !is_decided && keys.iter().all(|known| known.name != found.name)));
        }
        Ok(Self::by(keys, id, direction))
    }

    /// By these keys, then by id.
    pub fn by<C: ColumnTrait>(mut keys: Vec<Key>, id: C, direction: Order) -> Self {
        keys.push(Key::new("id", id, Kind::Number));
        Self { keys, direction, table: id.entity_name() }
    }

    /// Whether the largest come first.
    pub fn is_descending(&self) -> bool {
        self.direction == Order::Desc
    }

    /// Whether rows are ordered by nothing but their id.
    pub fn is_by_id(&self) -> bool {
        self.keys.len() == 1
    }

    /// The order in words, e.g. `module_builds desc name id`.
    pub fn describe(&self) -> String {
        let mut text = format!("{} {}", self.table, if self.is_descending() { "desc" } else { "asc" });
        for key in &self.keys {
            text.push(' ');
            text.push_str(key.name);
        }
        text
    }
}

impl Key {
    /// A column.
    pub fn new<C: ColumnTrait>(name: &'static str, column: C, kind: Kind) -> Self {
        let value = column.into_expr();
        let value = if kind == Kind::Version { value.cast_as("NUMERIC") } else { value };
        Self { name, value, kind, is_optional: column.def().is_null() }
    }
}

fn key<C: ColumnTrait>(columns: &[Named<C>], name: &str) -> Result<Key, Failure> {
    let found = columns.iter().find(|(known, _, _)| *known == name);
    let (name, column, kind) =
        found.ok_or_else(|| Failure::invalid(format!("An invalid ordering key of \"{name}\" was supplied")))?;
    Ok(Key::new(name, *column, *kind))
}
