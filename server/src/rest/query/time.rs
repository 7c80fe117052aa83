//! `submitted_before`, `modified_after` and the like.

use chrono::NaiveDateTime;
use entities::module_build::Column;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbBackend};

use super::Query;
use super::columns::Filter;
use crate::rest::failure::Failure;

const COLUMNS: [(&str, Column); 3] =
    [("submitted", Column::TimeSubmitted), ("modified", Column::TimeModified), ("completed", Column::TimeCompleted)];

/// The filters: name, what happened then, and whether it is an upper bound.
pub fn bounds() -> impl Iterator<Item = (String, &'static str, bool)> {
    let both = |item| [(format!("{item}_before"), item, true), (format!("{item}_after"), item, false)];
    COLUMNS.into_iter().flat_map(move |(item, _)| both(item))
}

/// Conditions on the three times of a build, both bounds inclusive.
pub fn filter(query: &Query, backend: DbBackend) -> Result<Filter, Failure> {
    let mut all = Filter::new();
    for (item, column) in COLUMNS {
        for (bound, is_upper) in [("before", true), ("after", false)] {
            all.extend(time_bound(query, &format!("{item}_{bound}"), column.into_expr(), is_upper, backend)?);
        }
    }
    Ok(all)
}

/// The condition that the parameter `name` sets on a time, the bound inclusive.
pub fn time_bound(
    query: &Query,
    name: &str,
    column: Expr,
    is_upper: bool,
    backend: DbBackend,
) -> Result<Option<Expr>, Failure> {
    let Some(value) = query.given(name) else { return Ok(None) };
    let time = zulu(value).ok_or_else(|| {
        Failure::invalid(format!("An invalid Zulu ISO 8601 timestamp was provided for the \"{name}\" parameter"))
    })?;
    Ok(Some(within(column, time, is_upper, backend)))
}

/// SQLite compares times as text, of which some have a fraction (`12:00:00.000000`) and some have none (`12:00:00`): the upper
/// bound is written as the longer one, the lower bound as the shorter one, so that both kinds of text compare right.
fn within(column: Expr, time: NaiveDateTime, is_upper: bool, backend: DbBackend) -> Expr {
    match (backend, is_upper) {
        (DbBackend::Sqlite, true) => column.lte(time.format("%Y-%m-%d %H:%M:%S.000000").to_string()),
        (DbBackend::Sqlite, false) => column.gte(time.format("%Y-%m-%d %H:%M:%S").to_string()),
        (_, true) => column.lte(time),
        (_, false) => column.gte(time),
    }
}

/// `2019-03-01T12:00:00`, with a fraction (which is left out) and a zone that is UTC, if any.
fn zulu(text: &str) -> Option<NaiveDateTime> {
    const SHAPE: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    let (time, rest) = text.split_at_checked(SHAPE.len())?;
    let fits = |(byte, shape): (u8, &u8)| if *shape == b'd' { byte.is_ascii_digit() } else { byte == *shape };
    if !time.bytes().zip(SHAPE).all(fits) {
        return None;
    }
    let zone = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            (zone.len() < fraction.len()).then_some(zone)?
        }
    };
    if !matches!(zone, "" | "Z" | "+00" | "-00" | "+00:00" | "-00:00") {
        return None;
    }
    NaiveDateTime::parse_from_str(time, "%Y-%m-%dT%H:%M:%S").ok()
}

#[cfg(test)]
mod tests {
    use super::zulu;

    #[test]
    fn only_utc_is_taken() {
        for good in ["", "Z", ".123Z", ".1", "+00", "-00:00", ".000001+00:00"] {
            let text = format!("2019-03-01T12:00:00{good}");
            assert_eq!(zulu(&text).unwrap().to_string(), "2019-03-01 12:00:00", "{text}");
        }
        for bad in ["+01:00", "z", ".", ".Z", "+0000", " ", "ZZ", "€"] {
            assert_eq!(zulu(&format!("2019-03-01T12:00:00{bad}")), None, "{bad}");
        }
        for bad in [
            "",
            "2019",
            "2019-13-01T12:00:00",
            "2019-02-30T12:00:00",
            "2019-03-01 12:00:00",
            "2019-03-01T12:00:0€",
            "+019-03-01T12:00:00",
        ] {
            assert_eq!(zulu(bad), None, "{bad}");
        }
    }
}
