//! Values of columns, as SQLite and PostgreSQL read them.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike as _, Timelike as _};

/// A value.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// None.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any number.
    Float(f64),
    /// Text.
    Text(&'a str),
    /// Seconds since the epoch, kept as a date with time (UTC).
    Time(i64),
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Value::Null, Value::Text)
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(number: Option<i64>) -> Self {
        number.map_or(Value::Null, Value::Int)
    }
}

/// Adds a row in the text format of PostgreSQL's COPY.
pub fn copy_row(row: &[Value], to: &mut String) {
    for (index, value) in row.iter().enumerate() {
        if index > 0 {
            to.push('\t');
        }
        match value {
            Value::Null => to.push_str("\\N"),
            Value::Bool(truth) => to.push(if *truth { 't' } else { 'f' }),
            Value::Text(text) => copy_text(text, to),
            value => plain(*value, to),
        }
    }
    to.push('\n');
}

fn copy_text(text: &str, to: &mut String) {
    for part in text.split_inclusive(['\\', '\n', '\t', '\r']) {
        let (plain, special) = match part.char_indices().last() {
            Some((at, '\\')) => (&part[..at], "\\\\"),
            Some((at, '\n')) => (&part[..at], "\\n"),
            Some((at, '\t')) => (&part[..at], "\\t"),
            Some((at, '\r')) => (&part[..at], "\\r"),
            _ => (part, ""),
        };
        to.push_str(plain);
        to.push_str(special);
    }
}

/// Adds a row as one of the VALUES of an INSERT.
pub fn insert_row(row: &[Value], to: &mut String) {
    to.push_str(if to.is_empty() { "(" } else { ",(" });
    for (index, value) in row.iter().enumerate() {
        if index > 0 {
            to.push(',');
        }
        match value {
            Value::Null => to.push_str("NULL"),
            Value::Bool(truth) => to.push(if *truth { '1' } else { '0' }),
            Value::Text(text) => quoted(to, |to| to.push_str(&text.replace('\'', "''"))),
            Value::Time(_) => quoted(to, |to| {
                plain(*value, to);
                to.push_str(".000000");
            }),
            value => plain(*value, to),
        }
    }
    to.push(')');
}

fn quoted(to: &mut String, write: impl FnOnce(&mut String)) {
    to.push('\'');
    write(to);
    to.push('\'');
}

/// What both read in the same way.
fn plain(value: Value, to: &mut String) {
    let _always_fits = match value {
        Value::Int(number) => write!(to, "{number}"),
        Value::Float(number) => write!(to, "{number:?}"),
        Value::Time(seconds) => write!(to, "{}", time(seconds)),
        Value::Null | Value::Bool(_) | Value::Text(_) => Ok(()),
    };
}

fn time(seconds: i64) -> String {
    let time = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    let (year, month, day) = (time.year(), time.month(), time.day());
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
}

/// The same moment as the version of a module has it: `YYYYMMDDhhmmss`.
pub fn version(seconds: i64) -> String {
    time(seconds).replace(['-', ' ', ':'], "")
}
