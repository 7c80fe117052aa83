//! `GET …/module-builds/{a}/diff/{b}`: what is different between two builds; each is an id or `name:stream:version:context`.

use std::collections::BTreeMap;

use entities::message::module_short;
use modulemd::difference::{Fields, Listed, Named, Pair};
use poem::http::StatusCode;
use poem::web::Data;
use poem::{Request, Response, handler};
use serde_json::{Map, Value, json};

use super::answer;
use super::failure::Failure;
use crate::App;
use crate::service::difference::{Compared, compare};

/// Compares.
#[handler]
pub async fn show(app: Data<&App>, request: &Request) -> Result<Response, Failure> {
    let part = |name: &str| decoded(request.raw_path_param(name).unwrap_or_default());
    let (first, second) = (part("id"), part("other"));
    if first.contains('\0') || second.contains('\0') {
        return Err(Failure::invalid("The path contains a NUL character"));
    }
    let compared = compare(&app, &first, &second).await?;
    Ok(answer::json(StatusCode::OK, &shown(&compared)))
}

/// A part of a path; unlike in a query string, `+` is itself.
fn decoded(part: &str) -> String {
    let query = format!("x={}", part.replace('+', "%2B").replace('&', "%26"));
    form_urlencoded::parse(query.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn shown(compared: &Compared) -> Value {
    let difference = &compared.difference;
    let mut body = json!({
        "a": module_short(&compared.builds[0]),
        "b": module_short(&compared.builds[1]),
        "same": difference.is_empty(),
        "components": named(&difference.components),
        "rpms": difference.rpms.as_ref().map(listed),
        "buildrequires": named(&difference.buildrequires),
        "requires": named(&difference.requires),
        "macros": listed(&difference.macros),
    });
    for (name, list) in &difference.lists {
        body[*name] = listed(list);
    }
    body
}

fn listed(list: &Listed) -> Value {
    json!({ "added": list.added, "removed": list.removed })
}

fn named(all: &Named) -> Value {
    let changed = all.changed.iter().map(|(name, pairs)| with_name(name, pairs_of(pairs)));
    json!({
        "added": items(&all.added),
        "removed": items(&all.removed),
        "changed": changed.collect::<Vec<_>>(),
    })
}

fn items(all: &BTreeMap<String, Fields>) -> Vec<Value> {
    all.iter().map(|(name, fields)| with_name(name, json!(fields))).collect()
}

fn pairs_of(pairs: &BTreeMap<&'static str, Pair>) -> Value {
    pairs.iter().map(|(name, (a, b))| ((*name).to_owned(), json!({ "a": a, "b": b }))).collect::<Map<_, _>>().into()
}

/// What a thing is stands beside its name.
fn with_name(name: &str, fields: Value) -> Value {
    let mut item = json!({ "name": name });
    entities::message::merge(&mut item, fields);
    item
}
