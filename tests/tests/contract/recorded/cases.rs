//! Recorded requests with their answers.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::{json, text};
use crate::exchange::Answer;
use crate::messages::Message;

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
    /// What the request published.
    pub messages: Vec<Message>,
    /// Parts of the body that differ from run to run.
    pub volatile: Vec<String>,
    /// Runs on the fresh seed.
    pub pre_sql: Option<String>,
}

impl Case {
    /// The path without its query.
    pub fn path_only(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// The query, decoded.
    pub fn query(&self) -> Vec<(String, String)> {
        let query = self.path.split_once('?').map_or("", |(_, query)| query);
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }
}

/// The cases that `index.json` in this folder names, in its order.
pub fn read(folder: &Path) -> Vec<Case> {
    let index = json(&folder.join("index.json"));
    let files = index.as_array().unwrap().iter().map(|entry| folder.join("cases").join(text(&entry["file"])));
    files.map(|file| case(&json(&file))).collect()
}

fn case(file: &Value) -> Case {
    let request = &file["request"];
    let messages = file["messages"].as_array().into_iter().flatten();
    Case {
        id: file["id"].as_i64().unwrap(),
        group: text(&file["group"]),
        section: text(&file["section"]),
        method: text(&request["method"]),
        path: text(&request["path"]),
        headers: headers(&request["headers"]),
        body: request["body"].as_str().map(str::to_owned),
        answer: answer(&file["response"]),
        on_postgresql: file.get("response_postgresql").filter(|other| other.is_object()).map(answer),
        messages: messages.map(|one| Message { topic: text(&one["topic"]), body: one["msg"].clone() }).collect(),
        volatile: file["volatile"].as_array().into_iter().flatten().map(text).collect(),
        pre_sql: file["pre_sql"].as_str().map(str::to_owned),
    }
}

fn answer(recorded: &Value) -> Answer {
    Answer {
        status: recorded["status"].as_u64().unwrap().try_into().unwrap(),
        headers: headers(&recorded["headers"]),
        body: recorded.get("body").cloned(),
    }
}

fn headers(object: &Value) -> BTreeMap<String, String> {
    object.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect()
}
