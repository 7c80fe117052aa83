//! The right answer where rows should have been shown: made of recorded answers that show the same rows.

use serde_json::{Value, json};

use super::{Comparison, links};
use crate::exchange::Answer;

/// What the answer should have been. With `unreadable`, rows whose document is not that of the seed have no buildrequires.
pub fn expected(of: &Comparison, unreadable: bool) -> Result<Answer, String> {
    let last = of.case.path_only().rsplit('/').next().unwrap_or_default();
    match last.parse() {
        Ok(id) => {
            let record = of.contract.record(of.case, id).ok_or_else(|| format!("no answer shows {id} like this"))?;
            Ok(Answer { status: 200, headers: record.headers.clone(), body: Some(row(of, id, unreadable)?) })
        }
        Err(_) => list(of, unreadable),
    }
}

/// Which rows a list has is known from its short form. Where that was not recorded, only the rows that are there can be looked at.
fn list(of: &Comparison, unreadable: bool) -> Result<Answer, String> {
    let mut answer = match of.contract.short_twin(of.case) {
        Some(twin) => twin.answer.clone(),
        None => Answer { status: 200, ..of.received.answer.clone() },
    };
    let body = answer.body.as_mut().ok_or("the body is no JSON")?;
    links::without(body, "short");
    for item in body["items"].as_array_mut().into_iter().flatten() {
        let id = item["id"].as_i64().ok_or("a row has no id")?;
        *item = row(of, id, unreadable)?;
    }
    Ok(answer)
}

fn row(of: &Comparison, id: i64, unreadable: bool) -> Result<Value, String> {
    let record = of.contract.record(of.case, id).ok_or_else(|| format!("no answer shows {id} like this"))?;
    let mut row = record.body.clone();
    let seed = of.contract.seed.module_build(id).map(|build| &build["modulemd"]);
    let stored = of.received.documents.get(&id).map(|text| json!(text));
    if unreadable && stored.as_ref() != seed {
        row["buildrequires"] = json!({});
        if let Some(document) = row.get_mut("modulemd") {
            *document = stored.unwrap_or_default();
        }
    }
    Ok(row)
}
