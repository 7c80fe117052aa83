//! Items of a list: rows that are equal under the requested order may come in any.

use serde_json::Value;

use crate::cases::{Case, Contract};

/// Checks that both lists have the same sequence of keys, then sorts both alike.
pub fn align(contract: &Contract, case: &Case, theirs: &mut Value, ours: &mut Value) -> Result<(), String> {
    let columns = columns(&case.path);
    let (Some(theirs), Some(ours)) = (items(theirs), items(ours)) else { return Ok(()) };
    if columns.is_empty() {
        return Ok(());
    }
    let table = if case.path.contains("/component-builds/") { "component_builds" } else { "module_builds" };
    let keys = |items: &[Value]| -> Vec<_> { items.iter().map(|item| key(contract, table, &columns, item)).collect() };
    if keys(theirs) != keys(ours) {
        return Err(format!("ordered {:?} instead of {:?}", ids(ours), ids(theirs)));
    }
    theirs.sort_by_key(|item| item["id"].as_i64());
    ours.sort_by_key(|item| item["id"].as_i64());
    Ok(())
}

/// What the path orders by.
fn columns(path: &str) -> Vec<&str> {
    let pairs = path.split(['?', '&']).filter_map(|pair| pair.split_once('='));
    pairs.filter(|(name, _)| matches!(*name, "order_by" | "order_desc_by")).map(|(_, value)| value).collect()
}

fn items(body: &mut Value) -> Option<&mut Vec<Value>> {
    body.get_mut("items").and_then(Value::as_array_mut)
}

fn key(contract: &Contract, table: &str, columns: &[&str], item: &Value) -> Vec<Value> {
    let row = item["id"].as_i64().and_then(|id| contract.rows.get(&(table.to_owned(), id)));
    columns.iter().map(|column| row.map(|row| row[*column].clone()).unwrap_or_default()).collect()
}

fn ids(items: &[Value]) -> Vec<i64> {
    items.iter().filter_map(|item| item["id"].as_i64()).collect()
}
