//! Columns that clients may filter and order by, and how their values are read.

use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Expr, ExprTrait};

use super::{Query, is_true};
use crate::rest::failure::Failure;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text; compared as it is.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Float,
    /// True or false; what is neither is refused.
    Boolean,
    /// True or false; what is not true is false.
    Switch,
    /// Text that orders as a number.
    Version,
    /// A whole number, only for ordering.
    Number,
    /// A time, only for ordering.
    Time,
}

impl Kind {
    /// Whether clients may ask for rows with a given value.
    fn is_filter(self) -> bool {
        !matches!(self, Self::Number | Self::Time)
    }
}

/// A column by the name that clients know.
pub type Named<C> = (&'static str, C, Kind);

/// Conditions that all have to hold; none are fulfilled by every row.
pub type Filter = Vec<Expr>;

/// A condition for every column that the query names. The first value of a name counts.
pub fn equal<C: ColumnTrait>(query: &Query, columns: &[Named<C>]) -> Result<Filter, Failure> {
    let mut all = Filter::new();
    for (name, column, kind) in columns {
        if let (Some(value), true) = (query.first(name), kind.is_filter()) {
            all.push(is(column.into_expr(), name, *kind, value)?);
        }
    }
    Ok(all)
}

/// `column = value`, or 400 where the column cannot hold such a value.
pub fn is(column: Expr, name: &str, kind: Kind, value: &str) -> Result<Expr, Failure> {
    Ok(match kind {
        Kind::Text | Kind::Version | Kind::Time => column.eq(value),
        Kind::Integer | Kind::Number => column.eq(integer(name, value)?),
        Kind::Float => column.eq(float(name, value)?),
        Kind::Boolean => column.eq(boolean(name, value)?),
        Kind::Switch => column.eq(is_true(value)),
    })
}

fn integer(name: &str, value: &str) -> Result<i64, Failure> {
    let problem = || Failure::invalid(format!("The \"{name}\" filter takes a whole number"));
    value.trim().parse().map_err(|_| problem())
}

/// Reads the number of a filter.
pub fn float(name: &str, value: &str) -> Result<f64, Failure> {
    let problem = || Failure::invalid(format!("The \"{name}\" filter takes a number"));
    value.trim().parse().map_err(|_| problem())
}

fn boolean(name: &str, value: &str) -> Result<bool, Failure> {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "on" | "1" => Ok(true),
        "false" | "f" | "no" | "n" | "off" | "0" => Ok(false),
        _ => Err(Failure::invalid(format!("The \"{name}\" filter takes true or false"))),
    }
}
