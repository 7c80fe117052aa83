//! The recorded cases and what corrects them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{self, Answer};

/// Cases, corrections, seed.
pub struct Contract {
    pub corrections: HashMap<i64, Value>,
    /// Rows of the seed by table and id.
    pub rows: HashMap<(String, i64), Value>,
    cases: BTreeMap<i64, Case>,
}

/// A recorded request with its answer.
pub struct Case {
    pub id: i64,
    pub group: String,
    pub section: String,
    pub method: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Option<String>,
    pub answer: Answer,
    /// Where PostgreSQL answered otherwise.
    pub on_postgresql: Option<Answer>,
    pub volatile: Vec<String>,
    pub pre_sql: Option<String>,
}

impl Contract {
    pub fn read() -> Self {
        let folder = support::contract();
        let source = std::env::var_os("MBS_CONTRACT_CASES").map_or_else(|| folder.clone(), PathBuf::from);
        let index = json(&source.join("index.json"));
        let files = index.as_array().unwrap().iter().map(|entry| source.join("cases").join(text(&entry["file"])));
        let cases: BTreeMap<_, _> = files.map(|file| case(&json(&file))).map(|case| (case.id, case)).collect();
        Self {
            corrections: corrections(&json(&folder.join("corrections.json"))),
            rows: rows(&json(&folder.join("seed/seed_rows.json"))),
            cases,
        }
    }

    pub fn case(&self, id: i64) -> &Case {
        &self.cases[&id]
    }

    pub fn groups(&self) -> BTreeSet<String> {
        self.cases.values().map(|case| case.group.clone()).collect()
    }

    pub fn sections_of(&self, group: &str) -> Vec<String> {
        let mut sections: Vec<String> = Vec::new();
        for case in self.cases.values().filter(|case| case.group == group) {
            if !sections.contains(&case.section) {
                sections.push(case.section.clone());
            }
        }
        sections
    }

    pub fn cases_of<'a>(&'a self, group: &'a str, section: &'a str) -> impl Iterator<Item = &'a Case> {
        self.cases.values().filter(move |case| case.group == group && case.section == section)
    }
}

fn case(file: &Value) -> Case {
    let request = &file["request"];
    Case {
        id: file["id"].as_i64().unwrap(),
        group: text(&file["group"]),
        section: text(&file["section"]),
        method: text(&request["method"]),
        path: text(&request["path"]),
        headers: headers(&request["headers"]),
        body: request["body"].as_str().map(str::to_owned),
        answer: answer(&file["response"]),
        on_postgresql: file.get("response_postgresql").map(answer),
        volatile: file["volatile"].as_array().unwrap().iter().map(text).collect(),
        pre_sql: file["pre_sql"].as_str().map(str::to_owned),
    }
}

fn answer(recorded: &Value) -> Answer {
    Answer {
        status: recorded["status"].as_u64().unwrap().try_into().unwrap(),
        headers: headers(&recorded["headers"]),
        text: recorded["body_text"].as_str().unwrap_or_default().to_owned(),
        body: recorded.get("body").cloned(),
    }
}

fn headers(object: &Value) -> BTreeMap<String, String> {
    object.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

/// Corrections of single cases by their id.
fn corrections(list: &Value) -> HashMap<i64, Value> {
    let mut by_id = HashMap::new();
    for correction in list.as_array().unwrap() {
        for id in correction["ids"].as_array().into_iter().flatten() {
            by_id.insert(id.as_i64().unwrap(), correction.clone());
        }
    }
    by_id
}

fn rows(tables: &Value) -> HashMap<(String, i64), Value> {
    let mut rows = HashMap::new();
    for table in ["module_builds", "component_builds"] {
        for row in tables[table].as_array().unwrap() {
            rows.insert((table.to_owned(), row["id"].as_i64().unwrap()), row.clone());
        }
    }
    rows
}

fn json(file: &Path) -> Value {
    let text = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_slice(&text).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
