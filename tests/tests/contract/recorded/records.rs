//! Rows of the seed as the service showed them: what a row looks like is known from any answer that shows it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::Case;

/// A row as it was shown.
pub struct Record {
    pub headers: BTreeMap<String, String>,
    pub body: Value,
}

/// How much of a row is shown, as the query says.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Detail {
    Short,
    Plain,
    Verbose,
}

/// By path of the resource, detail and id.
#[derive(Default)]
pub struct Records(HashMap<(String, Detail, i64), Record>);

impl Records {
    /// Adds what is shown in answers about the untouched seed.
    pub fn add(&mut self, cases: &[Case]) {
        let wrote =
            |case: &&Case| !matches!(case.method.as_str(), "GET" | "HEAD" | "OPTIONS") && case.answer.status < 400;
        let changed: BTreeSet<_> =
            cases.iter().filter(|case| wrote(case) || case.pre_sql.is_some()).map(|case| &case.group).collect();
        let is_plain = |case: &&Case| case.headers.keys().all(|name| name == "Host");
        let shown = cases.iter().filter(|case| case.method == "GET" && case.answer.status == 200);
        for case in shown.filter(|case| !changed.contains(&case.group)).filter(is_plain) {
            let Some((resource, detail)) = kind(case) else { continue };
            let body = case.answer.body.as_ref();
            let items = body.and_then(|body| body["items"].as_array()).into_iter().flatten();
            for row in body.into_iter().chain(items) {
                let Some(id) = row["id"].as_i64() else { continue };
                let record = Record { headers: case.answer.headers.clone(), body: row.clone() };
                self.0.insert((resource.clone(), detail, id), record);
            }
        }
    }

    /// The row `id` in as much detail as `case` asks for.
    pub fn find(&self, case: &Case, id: i64) -> Option<&Record> {
        let (resource, detail) = kind(case)?;
        self.0.get(&(resource, detail, id))
    }
}

/// The resource that is shown, e.g. `/module-build-service/1/module-builds/`, and how.
fn kind(case: &Case) -> Option<(String, Detail)> {
    let (resource, rest) = case.path_only().rsplit_once('/')?;
    let is_row_or_list = rest.bytes().all(|byte| byte.is_ascii_digit());
    let query = case.query();
    let is_on = |name: &str| {
        let value = query.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        value.is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"))
    };
    let detail = match (is_on("verbose"), is_on("short")) {
        (true, _) => Detail::Verbose,
        (false, true) => Detail::Short,
        (false, false) => Detail::Plain,
    };
    is_row_or_list.then(|| (resource.to_owned(), detail))
}
