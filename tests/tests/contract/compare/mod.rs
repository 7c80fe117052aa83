//! The rules of `tests/contract/README.md` and `corrections.json`.
//!
//! | file | rules |
//! | --- | --- |
//! | `answer` | status, headers; pages of HTML are JSON errors now |
//! | `body` | volatile parts, what has no order, names of states |
//! | `links` | paging links |
//! | `order` | rows of lists |
//! | `leaks` | messages with a temporary directory in them |
//! | `messages` | what was published |
//! | `corrected` | the right answer where the recorded one is a defect |
//! | `difference` | the first difference of two values |

mod answer;
mod body;
mod corrected;
mod difference;
mod leaks;
mod links;
mod messages;
mod order;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::exchange::Answer;
use crate::ids::Ids;
use crate::messages::Message;
use crate::recorded::{Case, Contract, Correction};

/// What came of a request.
pub struct Received<'a> {
    pub answer: Answer,
    pub messages: Vec<Message>,
    /// Folder that no answer may name.
    pub secret: String,
    /// Documents of all builds as they were before the first request of the group.
    pub documents: &'a BTreeMap<i64, String>,
}

/// Says what differs, if anything does.
pub fn compare(contract: &Contract, case: &Case, ids: &mut Ids, received: &Received) -> Result<(), String> {
    learn(contract, case, ids, received)?;
    let ours = Comparison { contract, case, ids, received };
    match contract.correction(case.id) {
        Some(Correction::AsOnPostgresql) => ours.to(case.on_postgresql.as_ref().unwrap_or(&case.answer))?,
        Some(Correction::Error { status, message }) => {
            answer::is_error(&received.answer, *status, message.as_deref())?;
        }
        Some(Correction::Rows { unreadable }) => ours.to(&corrected::expected(&ours, *unreadable)?)?,
        None => ours.to_either()?,
    }
    messages::compare(ids, &case.messages, &received.messages)
}

fn learn(contract: &Contract, case: &Case, ids: &mut Ids, received: &Received) -> Result<(), String> {
    let all = |answer: &'_ Answer, messages: &'_ [Message]| -> Vec<Value> {
        answer.body.iter().cloned().chain(messages.iter().map(|message| message.body.clone())).collect()
    };
    let theirs = all(&case.answer, &case.messages);
    let ours = all(&received.answer, &received.messages);
    let is_old = |id| contract.seed.module_build(id).is_some();
    ids.learn(&theirs.iter().collect::<Vec<_>>(), &ours.iter().collect::<Vec<_>>(), is_old)
}

/// A case and what came of it.
pub struct Comparison<'a> {
    pub contract: &'a Contract,
    pub case: &'a Case,
    pub ids: &'a Ids,
    pub received: &'a Received<'a>,
}

impl Comparison<'_> {
    /// Either recorded answer is right, on either database.
    fn to_either(&self) -> Result<(), String> {
        let recorded = self.to(&self.case.answer);
        match &self.case.on_postgresql {
            Some(other) if recorded.is_err() && self.to(other).is_ok() => Ok(()),
            _ => recorded,
        }
    }

    fn to(&self, recorded: &Answer) -> Result<(), String> {
        answer::compare(recorded, &self.received.answer)?;
        match (&recorded.body, &self.received.answer.body) {
            _ if self.case.volatile.iter().any(|part| part == "$body") => Ok(()),
            (None, _) => Ok(()),
            (Some(theirs), Some(ours)) => body::compare(self, theirs, ours),
            (Some(_), None) => Err("the body is no JSON".to_owned()),
        }
    }
}
