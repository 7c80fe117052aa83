//! `corrections.json`: where the recorded answer is a defect.

use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::Value;

use super::json;

/// What is right instead of the recorded answer.
#[derive(Clone, Debug)]
pub enum Correction {
    /// What PostgreSQL answered, on either database.
    AsOnPostgresql,
    /// An error, with this message if there is one.
    Error { status: u16, message: Option<String> },
    /// 200, the rows as they are shown elsewhere; `unreadable` if their documents cannot be read here.
    Rows { unreadable: bool },
}

/// Corrections of single cases by their id. Those that are rules are in [`crate::compare`].
pub struct Corrections(HashMap<i64, Correction>);

impl Corrections {
    /// Reads files; what a later one says wins.
    pub fn read<'a>(files: impl Iterator<Item = &'a PathBuf>) -> Self {
        let mut corrections = HashMap::new();
        for file in files {
            for entry in json(file).as_array().unwrap() {
                let ids = entry["ids"].as_array().into_iter().flatten().filter_map(Value::as_i64);
                corrections.extend(ids.map(|id| (id, correction(entry))));
            }
        }
        Self(corrections)
    }

    pub fn of(&self, id: i64) -> Option<&Correction> {
        self.0.get(&id)
    }
}

fn correction(entry: &Value) -> Correction {
    if entry["use"] == "response_postgresql" {
        return Correction::AsOnPostgresql;
    }
    let message = entry["message"].as_str().map(str::to_owned);
    match entry["status"].as_u64().and_then(|status| u16::try_from(status).ok()) {
        Some(200) => Correction::Rows { unreadable: entry["body"].is_string() },
        Some(status) if status >= 400 => Correction::Error { status, message },
        _ => panic!("this correction is not understood: {entry}"),
    }
}
