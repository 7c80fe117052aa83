//! Gaps in the recording: a request about a build that neither the seed has nor an earlier case made. Its owner submits it first, as
//! the recorded answer shows it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::exchange::Answer;
use crate::recorded::{Case, Contract};
use crate::replay::State;

/// The build that is missing, as it was recorded, if one is.
pub fn missing<'a>(contract: &Contract, case: &'a Case, state: &State) -> Option<&'a Value> {
    let build = case.answer.body.as_ref().filter(|_| case.method == "PATCH" && case.answer.status == 200)?;
    let id = build["id"].as_i64()?;
    (contract.seed.module_build(id).is_none() && !state.ids.knows(id)).then_some(build)
}

/// The submission of that build.
pub fn submission(case: &Case, build: &Value, token: &str) -> Case {
    let body = json!({ "scmurl": build["scmurl"], "branch": build["stream"] });
    let mut headers: BTreeMap<_, _> = case.headers.clone();
    headers.insert("Authorization".to_owned(), format!("Bearer {token}"));
    Case {
        id: case.id,
        group: case.group.clone(),
        section: case.section.clone(),
        method: "POST".to_owned(),
        path: "/module-build-service/1/module-builds/".to_owned(),
        headers,
        body: Some(body.to_string()),
        answer: Answer { status: 201, body: Some(build.clone()), ..Answer::default() },
        on_postgresql: None,
        messages: Vec::new(),
        volatile: Vec::new(),
        pre_sql: None,
    }
}

/// What the submission made is the recorded build from now on.
pub fn learn(contract: &Contract, build: &Value, answer: &Answer, state: &mut State) -> Result<(), String> {
    if answer.status != 201 {
        return Err(format!("a build that the recording lacks cannot be submitted: {:?}", answer.body));
    }
    let ours: Vec<_> = answer.body.iter().collect();
    state.ids.learn(&[build], &ours, |id| contract.seed.module_build(id).is_some())
}
