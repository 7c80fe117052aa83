//! `?after=`: where a walk through a list stands, as text for URLs.
//!
//! It is the order and what the last row had in it, in JSON in base64. Clients send back what they were given; what they make up
//! is either a place in the order, too, or refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{Datelike as _, NaiveDateTime};
use sea_orm::DbBackend;
use sea_orm::sea_query::Value;
use serde::{Deserialize, Serialize};

use super::Sort;
use super::columns::Kind;
use crate::rest::failure::Failure;

/// Longest cursor that is looked at, in bytes: a few keys, of which none is longer than [`LONGEST`].
const LARGEST: usize = 8192;
/// Longest text that is written into a cursor, in bytes; of longer ones it says which row they are in.
const LONGEST: usize = 200;

/// A place between two rows: right after the row that has these values.
#[derive(Clone, Debug, PartialEq)]
pub struct Place(pub Vec<At>);

/// What the row has of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum At {
    /// Nothing.
    Null,
    /// This.
    Value(Value),
    /// What the row with this id has: a long text.
    Row(i32),
}

impl Place {
    /// The row that has to be there to tell where the place is, if there is one.
    pub fn row(&self) -> Option<i32> {
        self.0.iter().find_map(|at| if let At::Row(id) = at { Some(*id) } else { None })
    }
}

#[derive(Serialize, Deserialize)]
struct Written {
    order: String,
    at: Vec<Note>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Note {
    Null,
    Text(String),
    Row(i32),
}

/// The cursor after a row whose keys are `values`, as the database writes them ([`super::keyset::written`]).
pub fn write(sort: &Sort, values: Vec<Option<String>>) -> String {
    // The id comes last.
    let id = values.last().and_then(|id| id.as_deref()?.parse().ok()).unwrap_or_default();
    let note = |value: Option<String>| match value {
        None => Note::Null,
        Some(text) if text.len() > LONGEST => Note::Row(id),
        Some(text) => Note::Text(text),
    };
    let written = Written { order: sort.describe(), at: values.into_iter().map(note).collect() };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&written).unwrap_or_default())
}

/// Reads a cursor that was made for the same order.
pub fn read(text: &str, sort: &Sort, backend: DbBackend) -> Result<Place, Failure> {
    let unknown = || Failure::invalid("The \"after\" parameter is no cursor of this list; take it from \"next\"");
    if text.len() > LARGEST {
        return Err(unknown());
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| unknown())?;
    let written: Written = serde_json::from_slice(&bytes).map_err(|_| unknown())?;
    if written.order != sort.describe() {
        return Err(Failure::invalid("The \"after\" parameter is a cursor of another order; start again without it"));
    }
    let at = written.at.into_iter().zip(&sort.keys).map(|(note, key)| match note {
        Note::Null if key.is_optional => Some(At::Null),
        Note::Null => None,
        Note::Row(id) => Some(At::Row(id)),
        Note::Text(text) => value(&text, key.kind, backend).map(At::Value),
    });
    let at: Vec<_> = at.collect::<Option<_>>().ok_or_else(unknown)?;
    if at.len() == sort.keys.len() { Ok(Place(at)) } else { Err(unknown()) }
}

fn value(text: &str, kind: Kind, backend: DbBackend) -> Option<Value> {
    // PostgreSQL has no such text.
    if text.contains('\0') {
        return None;
    }
    if backend == DbBackend::Sqlite { literal(text) } else { typed(text, kind) }
}

/// What `QUOTE` makes of a value on SQLite, where a column may hold values of any type.
fn literal(text: &str) -> Option<Value> {
    if let Some(text) = text.strip_prefix('\'') {
        let inner = text.strip_suffix('\'')?.replace("''", "'");
        return Some(inner.into());
    }
    let whole = text.parse::<i64>().ok().map(Value::from);
    whole.or_else(|| text.parse::<f64>().ok().map(Value::from))
}

/// What a cast to text makes of a value on PostgreSQL.
fn typed(text: &str, kind: Kind) -> Option<Value> {
    Some(match kind {
        Kind::Text => text.into(),
        Kind::Integer | Kind::Number => text.parse::<i64>().ok()?.into(),
        Kind::Float => text.parse::<f64>().ok()?.into(),
        Kind::Boolean | Kind::Switch => text.parse::<bool>().ok()?.into(),
        Kind::Time => {
            let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok()?;
            // Others could not be sent to PostgreSQL.
            (1..=9999).contains(&time.year()).then(|| time.into())?
        }
        Kind::Version => {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.into())?
        }
    })
}

#[cfg(test)]
mod tests {
    use entities::module_build::Column;

    use super::super::Query;
    use super::super::module_builds::order;
    use super::*;

    fn sort(query: &str) -> Sort {
        order(&Query::parse(query).unwrap()).unwrap()
    }

    #[test]
    fn a_cursor_is_read_back_by_its_own_order_only() {
        let by_stream = sort("order_by=stream_version");
        let cursor = write(&by_stream, vec![Some("280102.0".to_owned()), Some("7".to_owned())]);
        for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
            let place = read(&cursor, &by_stream, backend).unwrap();
            assert_eq!(place.0, [At::Value(280_102.0.into()), At::Value(7_i64.into())]);
        }
        assert!(read(&cursor, &sort("order_desc_by=stream_version"), DbBackend::Postgres).is_err());
        assert!(read(&cursor, &sort(""), DbBackend::Postgres).is_err());
        assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')));
    }

    #[test]
    fn long_texts_stay_where_they_are() {
        let by_document = sort("order_by=modulemd");
        let cursor = write(&by_document, vec![Some("x".repeat(1_000_000)), Some("7".to_owned())]);
        let place = read(&cursor, &by_document, DbBackend::Sqlite).unwrap();
        assert_eq!(place.0, [At::Row(7), At::Value(7_i64.into())]);
    }

    #[test]
    fn what_is_made_up_is_refused() {
        let by_time = Sort::by(vec![], Column::TimeModified, sea_orm::sea_query::Order::Asc);
        let good = sort("order_by=time_modified");
        let order = good.describe();
        let forged = [
            "x".to_owned(),
            "€".to_owned(),
            "9".repeat(100_000),
            URL_SAFE_NO_PAD.encode("{}"),
            URL_SAFE_NO_PAD.encode(format!(r#"{{"order":"{order}","at":[]}}"#)),
            URL_SAFE_NO_PAD.encode(format!(r#"{{"order":"{order}","at":["null","null"]}}"#)),
            URL_SAFE_NO_PAD.encode(format!(r#"{{"order":"{order}","at":[{{"text":"x"}},{{"text":"1"}}]}}"#)),
            URL_SAFE_NO_PAD.encode(format!(r#"{{"order":"{order}","at":["null",{{"text":"\u0000"}}]}}"#)),
            URL_SAFE_NO_PAD
                .encode(format!(r#"{{"order":"{order}","at":[{{"text":"-9000-01-01 00:00:00"}},{{"text":"1"}}]}}"#)),
            URL_SAFE_NO_PAD
                .encode(format!(r#"{{"order":"{order}","at":[{{"text":"+20000-01-01 00:00:00"}},{{"text":"1"}}]}}"#)),
        ];
        for cursor in forged {
            assert!(read(&cursor, &good, DbBackend::Postgres).is_err(), "{cursor:.80}");
        }
        assert_ne!(by_time.describe(), order);
    }
}
