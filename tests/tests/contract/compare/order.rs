//! Rows of lists: those that are equal under the requested order may come in any.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::Comparison;
use crate::ids::nsvc;

/// Brings the rows of both bodies into one order, unless their orders contradict each other.
pub fn align(of: &Comparison, theirs: &mut Value, ours: &mut Value) -> Result<(), String> {
    if of.case.method != "GET" {
        submitted(theirs);
        submitted(ours);
        return Ok(());
    }
    let columns = columns(&of.case.query());
    let (Some(theirs), Some(ours)) = (items(theirs), items(ours)) else { return Ok(()) };
    if columns.is_empty() {
        // The newest come first, and which of the builds of one submission is newer is undefined.
        theirs.sort_by_key(|item| Reverse(item["id"].as_i64()));
    }
    let keys = |items: &[Value]| -> Vec<_> { items.iter().map(|item| key(of, &columns, item)).collect() };
    if keys(theirs) != keys(ours) {
        return Err(format!("ordered {:?} instead of {:?}", ids(ours), ids(theirs)));
    }
    if !columns.is_empty() {
        theirs.sort_by_key(|item| item["id"].as_i64());
        ours.sort_by_key(|item| item["id"].as_i64());
    }
    Ok(())
}

/// The builds of one submission.
fn submitted(body: &mut Value) {
    if let Value::Array(builds) = body
        && builds.iter().all(|build| nsvc(build).is_some())
    {
        builds.sort_by_key(|build| nsvc(build).map(|parts| parts.map(str::to_owned)));
    }
}

/// What is asked to be ordered by.
fn columns(query: &[(String, String)]) -> Vec<String> {
    let orders = query.iter().filter(|(name, _)| matches!(name.as_str(), "order_by" | "order_desc_by"));
    orders.map(|(_, column)| column.clone()).collect()
}

fn items(body: &mut Value) -> Option<&mut Vec<Value>> {
    body.get_mut("items").and_then(Value::as_array_mut)
}

/// What the row is ordered by; a short item does not show it, so it is read from the seed.
fn key(of: &Comparison, columns: &[String], item: &Value) -> Vec<Value> {
    let row = item["id"].as_i64().and_then(|id| of.contract.seed.row(&of.case.path, id)).unwrap_or(item);
    if columns.is_empty() {
        return vec![json!(item["id"])];
    }
    columns.iter().map(|column| row.get(column).cloned().unwrap_or_default()).collect()
}

fn ids(items: &[Value]) -> Vec<i64> {
    items.iter().filter_map(|item| item["id"].as_i64()).collect()
}
