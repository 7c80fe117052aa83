//! What is right: the recorded answer, except where the Python service was wrong.

use std::collections::BTreeSet;

use modulemd::read::read_stream;
use modulemd::{Limits, Nsvc};
use serde_json::{Value, json};

use crate::form::{self, sorted};
use crate::service::Answer;

/// How an answer compares with the record.
pub enum Verdict {
    /// As recorded.
    Same,
    /// One of the answers that the Python service had at other times.
    Alternative,
    /// Different and right.
    Mended,
    /// Different.
    Wrong(String),
}

impl Verdict {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Alternative => "alternative",
            Self::Mended => "mended",
            Self::Wrong(_) => "WRONG",
        }
    }
}

/// Fields of the answer that the record holds under the same name.
pub const FIELDS: [&str; 15] = [
    "name",
    "stream",
    "version",
    "context",
    "state_reason",
    "build_context",
    "runtime_context",
    "scratch",
    "owner",
    "srpms",
    "rebuild_strategy",
    "stream_version",
    "virtual_streams",
    "build_context_no_bms",
    "state",
];

/// Fields that come from the document.
pub const OF_THE_DOCUMENT: [&str; 5] = ["dependencies", "xmd_mbs", "xmd_other", "mmd_context", "mmd_static_context"];

/// Refusals with a text of libsolv or libmodulemd, or none at all: ours says more, under a status that fits.
const ACCIDENTS: [&str; 6] = [
    "solver: conflicting buildrequires",
    "solver: other problem",
    "libmodulemd error on emit/convert",
    "unhandled TypeError",
    "unhandled KeyError",
    "modulemd parse",
];

/// After these texts ours goes on to say what there is instead.
const SAYS_MORE: [&str; 2] = ["no combination", "module builds not found"];

/// Compares with the record and its alternatives.
pub fn judge(case: &Value, answer: &Answer) -> Verdict {
    let first = against(case, case, answer);
    let Verdict::Wrong(why) = first else { return first };
    let mut alternatives = case["alternatives"].as_array().into_iter().flatten();
    let is_other = alternatives.any(|alternative| !matches!(against(alternative, case, answer), Verdict::Wrong(_)));
    if is_other { Verdict::Alternative } else { Verdict::Wrong(why) }
}

fn against(recorded: &Value, case: &Value, (status, body): &Answer) -> Verdict {
    let message = body["message"].as_str().unwrap_or_default();
    match (recorded.get("error"), status) {
        (None, 201) => builds(&recorded["result"], body),
        (None, 422) if message.starts_with("The static context \"") && is_repeated(&recorded["result"]) => {
            Verdict::Mended
        }
        // An override for a module in two blocks applies to both.
        (Some(error), 201) if error["kind"] == "unhandled KeyError" => Verdict::Mended,
        // Only base modules that can be built against are taken for a virtual stream.
        (Some(error), 201) if names_unready_base_module(error, &case["known"]) => Verdict::Mended,
        (Some(error), 400..) => refusal(error, *status, message),
        (recorded, _) => Verdict::Wrong(format!("recorded {recorded:?}, answered {status} {message}")),
    }
}

fn refusal(error: &Value, status: u16, message: &str) -> Verdict {
    let kind = error["kind"].as_str().unwrap_or_default();
    let text = error["message"].as_str().unwrap_or_default();
    let was = error["status"].as_u64().unwrap_or_default();
    let fits = was == u64::from(status) || (was == 500 && matches!(status, 400 | 422));
    let says_it = message == text || (SAYS_MORE.contains(&kind) && message.starts_with(text));
    if fits && (says_it || ACCIDENTS.contains(&kind)) {
        return Verdict::Same;
    }
    // A document that could not be written again is refused at once, whatever else is wrong.
    if status == 422 && message.starts_with("The modulemd is invalid.") && matches!(was, 400 | 422 | 500) {
        return Verdict::Mended;
    }
    Verdict::Wrong(format!("recorded {was} {text}, answered {status} {message}"))
}

fn builds(result: &Value, body: &Value) -> Verdict {
    let recorded: BTreeSet<String> = list(result).map(|build| sorted(&expected(build))).collect();
    let found: BTreeSet<String> = list(body).map(|build| sorted(&found(build))).collect();
    if recorded == found && list(body).count() == found.len() {
        return match list(result).find_map(|build| document_that_differs(build, body)) {
            None => Verdict::Same,
            Some(difference) => Verdict::Wrong(difference),
        };
    }
    // Where two blocks lead to one build, chance decided whose dependencies it had.
    let identity = |builds: &BTreeSet<String>| -> BTreeSet<String> {
        builds.iter().map(|build| without_dependencies(build)).collect()
    };
    if is_repeated(result) && identity(&recorded) == identity(&found) {
        return Verdict::Alternative;
    }
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>().join("\n    ");
    Verdict::Wrong(format!("\n  recorded\n    {}\n  found\n    {}", only(&recorded, &found), only(&found, &recorded)))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}

fn is_repeated(result: &Value) -> bool {
    let different: BTreeSet<String> = list(result).map(|build| sorted(&expected(build))).collect();
    different.len() < list(result).count()
}

fn without_dependencies(build: &str) -> String {
    let mut build: Value = serde_json::from_str(build).expect("JSON");
    build["dependencies"] = Value::Null;
    sorted(&build)
}

/// A recorded build, with what is compared.
fn expected(build: &Value) -> Value {
    let fields = FIELDS.iter().chain(&OF_THE_DOCUMENT);
    let mut expected: Value = fields.map(|field| ((*field).to_owned(), build[*field].clone())).collect();
    put_in_order(&mut expected["virtual_streams"]);
    expected["reused_module"] = json!(build["reused_module"].is_null());
    expected["base_modules"] = base_modules(build);
    expected
}

/// A build of the answer in the same form.
fn found(build: &Value) -> Value {
    let mut found: Value = FIELDS.iter().map(|field| ((*field).to_owned(), build[*field].clone())).collect();
    let document = read_stream(build["modulemd"].as_str().expect("a text"), &Limits::default()).expect("readable");
    let document = form::document(&document);
    for field in OF_THE_DOCUMENT {
        found[field] = document[field].clone();
    }
    found["state"] = build["state_name"].clone();
    put_in_order(&mut found["virtual_streams"]);
    found["reused_module"] = json!(build["reused_module_id"].is_null());
    found["base_modules"] = base_modules(build);
    found
}

fn put_in_order(list: &mut Value) {
    if let Some(list) = list.as_array_mut() {
        list.sort_by_key(Value::to_string);
    }
}

fn base_modules(build: &Value) -> Value {
    let text = |module: &Value, key: &str| module[key].as_str().unwrap_or_default().to_owned();
    let nsvc = |module: &Value| {
        let part = |key| text(module, key);
        let nsvc = Nsvc::new(part("name"), part("stream"), part("version"), part("context"));
        format!("{nsvc} {} {}", module["stream_version"], text(module, "state_name"))
    };
    let modules: BTreeSet<String> = list(&build["base_module_buildrequires"]).map(nsvc).collect();
    json!(modules)
}

/// The document as it is stored, where the record holds it.
fn document_that_differs(recorded: &Value, body: &Value) -> Option<String> {
    let text = recorded["modulemd"].as_str()?;
    let same = |build: &&Value| ["version", "context"].iter().all(|key| build[*key] == recorded[*key]);
    let ours = list(body).find(same)?["modulemd"].as_str()?;
    let [one, other] = [text, ours].map(|text| read_stream(text, &Limits::default()).expect("readable"));
    (!form::are_alike(&one, &other)).then(|| format!("\n--- recorded\n{text}\n--- found\n{ours}"))
}

/// Whether a base module is said to be missing that is there, but failed or was collected.
fn names_unready_base_module(error: &Value, known: &Value) -> bool {
    let message = error["message"].as_str().unwrap_or_default();
    let unready = |module: &Value| {
        let yaml = module["yaml"].as_str().unwrap_or_default();
        let field = |key: &str| yaml.split_once(key).and_then(|(_, rest)| rest.split([',', '\n']).next());
        let (Some(name), Some(stream)) = (field("name: "), field("stream: ")) else { return false };
        module["state"] != "ready" && message.contains(&format!("({name}:{stream})"))
    };
    error["kind"] == "base module not found" && list(known).any(unready)
}
