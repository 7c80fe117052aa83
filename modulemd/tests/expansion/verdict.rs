//! What is right: the recorded outcome, except where the Python service was wrong.

use modulemd::expansion::ExpandError;
use modulemd::submission::SubmissionError;
use serde_json::Value;

use crate::compare;
use crate::config;
use crate::world::{Outcome, Refusal, Row};

/// How an outcome compares with the record.
pub enum Verdict {
    /// As recorded.
    Same,
    /// One of the outcomes that the Python service had at other times.
    Alternative,
    /// Different and right.
    Mended,
    /// The request is refused before this crate sees it.
    NotOurs,
    /// Different.
    Wrong(String),
}

impl Verdict {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Alternative => "alternative",
            Self::Mended => "mended",
            Self::NotOurs => "not ours",
            Self::Wrong(_) => "WRONG",
        }
    }
}

/// Refusals of parameters, which the REST interface reads.
const NOT_OURS: [&str; 4] = [
    "request parameter",
    "rebuild strategy not allowed",
    "reuse_components_from invalid",
    "rebuild strategy change on resume",
];

/// Status 500 with a text of libmodulemd or none: ours is another status and says more.
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

/// The recorded kind of refusal, or `ok`.
pub fn class(case: &Value) -> &str {
    case["error"]["kind"].as_str().unwrap_or("ok")
}

/// Compares with the record and its alternatives.
pub fn judge(case: &Value, outcome: &Outcome) -> Verdict {
    if let (Err(refusal), Ok(_)) = (outcome, std::env::var("MBS_EXPANSION_SHOW")) {
        println!("{} {}: {}", case["id"], class(case), refusal.message);
    }
    if NOT_OURS.contains(&class(case)) {
        return Verdict::NotOurs;
    }
    let first = against(case, case, outcome);
    let Verdict::Wrong(why) = first else {
        return first;
    };
    let mut alternatives = case["alternatives"].as_array().into_iter().flatten();
    if alternatives.any(|alternative| !matches!(against(alternative, case, outcome), Verdict::Wrong(_))) {
        return Verdict::Alternative;
    }
    Verdict::Wrong(why)
}

fn against(recorded: &Value, case: &Value, outcome: &Outcome) -> Verdict {
    match (outcome, recorded.get("error")) {
        (Ok(rows), None) => builds(rows, &recorded["result"], case),
        // A document that could not be written again is refused at once, whatever else is wrong.
        (Err(Refusal { error: None, status: 422, .. }), Some(_)) => Verdict::Mended,
        (Err(refusal), Some(error)) => refusals(refusal, error),
        // An override for a module in two blocks applies to both.
        (Ok(_), Some(error)) if error["kind"] == "unhandled KeyError" => Verdict::Mended,
        // Only base modules that can be built against are taken for a virtual stream.
        (Ok(_), Some(error)) if names_unready_base_module(error, &case["known"]) => Verdict::Mended,
        (Ok(rows), Some(error)) => Verdict::Wrong(format!("recorded {error}, found {:?}", nsvcs(rows))),
        // A static context stands for one build.
        (
            Err(Refusal { error: Some(SubmissionError::Expand(ExpandError::StaticContextWithChoices { .. })), .. }),
            None,
        ) if is_repeated(&recorded["result"]) => Verdict::Mended,
        (Err(refusal), None) => Verdict::Wrong(format!(
            "recorded {} builds, found {refusal:?}",
            recorded["result"].as_array().map_or(0, Vec::len)
        )),
    }
}

fn builds(rows: &[Row], result: &Value, case: &Value) -> Verdict {
    let base_modules = config::settings(&case["config"]).submission.expansion.base_module_names;
    let (recorded, found) = (compare::recorded(result), compare::found(rows, &base_modules));
    // Where two blocks lead to one build, chance decided whose dependencies it had.
    if recorded != found && is_repeated(result) && compare::identities(&recorded) == compare::identities(&found) {
        return Verdict::Alternative;
    }
    if recorded != found {
        let only = |a: &std::collections::BTreeSet<String>, b: &std::collections::BTreeSet<String>| {
            a.difference(b).cloned().collect::<Vec<_>>().join("\n    ")
        };
        return Verdict::Wrong(format!(
            "\n  recorded\n    {}\n  found\n    {}",
            only(&recorded, &found),
            only(&found, &recorded)
        ));
    }
    match compare::document_that_differs(rows, result) {
        None => Verdict::Same,
        Some(difference) => Verdict::Wrong(difference),
    }
}

fn refusals(refusal: &Refusal, error: &Value) -> Verdict {
    let kind = error["kind"].as_str().unwrap_or_default();
    let recorded = error["message"].as_str().unwrap_or_default();
    let status = error["status"].as_u64().unwrap_or_default();
    if ACCIDENTS.contains(&kind) {
        let better = status == 500 && matches!(refusal.status, 400 | 422);
        if better || status == u64::from(refusal.status) {
            return Verdict::Same;
        }
        return Verdict::Wrong(format!("recorded {error}, found {refusal:?}"));
    }
    // Other accidents keep their text.
    let status_fits = status == u64::from(refusal.status) || (status == 500 && refusal.status == 422);
    let says_more = SAYS_MORE.contains(&kind) && refusal.message.starts_with(recorded);
    if status_fits && (refusal.message == recorded || says_more) {
        return Verdict::Same;
    }
    Verdict::Wrong(format!("recorded {error}, found {refusal:?}"))
}

/// Whether a base module is said to be missing that is there, but failed or was collected.
fn names_unready_base_module(error: &Value, known: &Value) -> bool {
    let message = error["message"].as_str().unwrap_or_default();
    let unready = |module: &Value| {
        let state = module["state"].as_str();
        let yaml = module["yaml"].as_str().unwrap_or_default();
        let field = |key: &str| yaml.split_once(key).and_then(|(_, rest)| rest.split([',', '\n']).next());
        let name = (field("name: "), field("stream: "));
        let (Some(name), Some(stream)) = name else { return false };
        state != Some("ready") && message.contains(&format!("({name}:{stream})"))
    };
    error["kind"] == "base module not found" && known.as_array().expect("a list").iter().any(unready)
}

fn is_repeated(result: &Value) -> bool {
    let builds = result.as_array().expect("a list");
    builds.len() > 1 && compare::recorded(result).len() < builds.len()
}

fn nsvcs(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row.known.nsvc.to_string()).collect()
}
