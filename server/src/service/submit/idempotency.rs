//! `Idempotency-Key`: a client names its submission, and may then repeat it as often as it likes, e.g. because it did not get the
//! answer: it is done once, and every repetition is answered as the first time.

use chrono::NaiveDateTime;
use entities::{idempotency_key, module_build};
use sea_orm::entity::prelude::*;
use sea_orm::{DatabaseConnection, DatabaseTransaction};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Submission;
use crate::service::ServiceError;

/// Longest name of a submission, in characters.
const LONGEST_KEY: usize = 255;

/// A client's name for a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// 1 to 255 visible ASCII characters.
    pub fn parse(bytes: &[u8]) -> Result<Self, ServiceError> {
        let visible = bytes.iter().all(u8::is_ascii_graphic);
        match std::str::from_utf8(bytes) {
            Ok(text) if visible && (1..=LONGEST_KEY).contains(&text.len()) => Ok(Self(text.to_owned())),
            _ => Err(ServiceError::Invalid(format!(
                "The Idempotency-Key header has to be 1 to {LONGEST_KEY} visible ASCII characters"
            ))),
        }
    }
}

/// SHA-256 of what was submitted: the same submission has the same one, whatever the order of its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// `endpoint` is what it was sent to, e.g. `POST module-builds 2`.
    pub fn of(endpoint: &str, submission: &Submission) -> Self {
        let mut hash = Sha256::new();
        text(&mut hash, endpoint.as_bytes());
        object(&mut hash, &submission.params);
        if let Some(file) = &submission.file {
            text(&mut hash, file.name.as_deref().unwrap_or_default().as_bytes());
            text(&mut hash, &file.content);
        }
        Self(format!("{:x}", hash.finalize()))
    }
}

/// Everything is preceded by its length, so that no two values are the same bytes.
fn text(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

fn object(hash: &mut Sha256, members: &serde_json::Map<String, Value>) {
    let mut members: Vec<_> = members.iter().collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    hash.update((members.len() as u64).to_be_bytes());
    for (name, member) in members {
        text(hash, name.as_bytes());
        value(hash, member);
    }
}

fn value(hash: &mut Sha256, one: &Value) {
    match one {
        Value::String(string) => {
            hash.update(b"s");
            text(hash, string.as_bytes());
        }
        Value::Array(list) => {
            hash.update(b"a");
            hash.update((list.len() as u64).to_be_bytes());
            for item in list {
                value(hash, item);
            }
        }
        Value::Object(members) => {
            hash.update(b"o");
            object(hash, members);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            hash.update(b"v");
            text(hash, one.to_string().as_bytes());
        }
    }
}

/// Where a named submission is written down.
#[derive(Clone, Debug)]
pub struct Record {
    owner: String,
    key: Key,
    fingerprint: Fingerprint,
}

/// A submission that was made before.
#[derive(Debug)]
pub enum Recorded {
    /// Its answer.
    Answer(String),
    /// Its builds; the answer is to be made from them, and kept.
    Builds(Vec<module_build::Model>, Record),
}

impl Record {
    /// Keys belong to users: nobody sees or takes those of others.
    pub(super) fn new(owner: &str, key: Key, fingerprint: Fingerprint) -> Self {
        Self { owner: owner.to_owned(), key, fingerprint }
    }

    /// What became of the submission, if it was made before. Another one under the same key is refused.
    pub(super) async fn look_up(&self, db: &DatabaseConnection) -> Result<Option<Recorded>, ServiceError> {
        let Some(row) = idempotency_key::find(db, &self.owner, &self.key.0).await? else { return Ok(None) };
        if row.fingerprint != self.fingerprint.0 {
            return Err(ServiceError::Unprocessable(
                "This Idempotency-Key was used for another submission; a new submission needs a new key".to_owned(),
            ));
        }
        match row.answer {
            Some(answer) => Ok(Some(Recorded::Answer(answer))),
            None => Ok(Some(Recorded::Builds(builds(db, &row.build_ids).await?, self.clone()))),
        }
    }

    /// The same, after somebody else took the key.
    pub(super) async fn of_other(&self, db: &DatabaseConnection) -> Result<Recorded, ServiceError> {
        self.look_up(db).await?.ok_or_else(|| {
            ServiceError::Conflict(
                "A submission with this Idempotency-Key is being worked on; repeat it in a moment".to_owned(),
            )
        })
    }

    /// Takes the key; false if somebody has it. One who is about to take it is waited for.
    pub(super) async fn take(&self, tx: &DatabaseTransaction, now: NaiveDateTime) -> Result<bool, DbErr> {
        idempotency_key::take(tx, now, &self.owner, &self.key.0, &self.fingerprint.0).await
    }

    /// Notes the builds of the submission.
    pub(super) async fn set_builds(
        &self,
        tx: &DatabaseTransaction,
        builds: &[module_build::Model],
    ) -> Result<(), DbErr> {
        let ids: Vec<_> = builds.iter().map(|build| build.id).collect();
        idempotency_key::set_builds(tx, &self.owner, &self.key.0, &ids).await
    }

    /// Keeps the answer for those who ask again; returns the one that counts, which is the first. The submission is done, so one
    /// that cannot be kept is no reason not to give it.
    pub async fn keep(&self, db: &DatabaseConnection, answer: String) -> String {
        match self.keep_first(db, &answer).await {
            Ok(first) => first.unwrap_or(answer),
            Err(error) => {
                tracing::warn!(%error, "the answer to a submission was not kept; it will be made again from its builds");
                answer
            }
        }
    }

    /// The answer that was there before, if there was one.
    async fn keep_first(&self, db: &DatabaseConnection, answer: &str) -> Result<Option<String>, DbErr> {
        if idempotency_key::set_answer(db, &self.owner, &self.key.0, answer).await? {
            return Ok(None);
        }
        let row = idempotency_key::find(db, &self.owner, &self.key.0).await?;
        Ok(row.filter(|row| row.fingerprint == self.fingerprint.0).and_then(|row| row.answer))
    }
}

/// Builds by a JSON list of ids, in its order.
async fn builds(db: &DatabaseConnection, ids: &str) -> Result<Vec<module_build::Model>, ServiceError> {
    let ids: Vec<i32> = serde_json::from_str(ids).map_err(|error| ServiceError::Internal(error.to_string()))?;
    let mut found = module_build::Entity::find().filter(module_build::Column::Id.is_in(ids.clone())).all(db).await?;
    found.sort_by_key(|build| ids.iter().position(|id| *id == build.id));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::UploadedFile;
    use super::*;

    fn fingerprint(params: Value, file: Option<(&str, &str)>) -> Fingerprint {
        let Value::Object(params) = params else { panic!("an object") };
        let file = file.map(|(name, text)| UploadedFile { name: Some(name.to_owned()), content: text.into() });
        Fingerprint::of("POST module-builds 2", &Submission { params, file, only_resume: false })
    }

    #[test]
    fn keys_are_visible_ascii() {
        for good in ["x", "\"8e03978e-40d5\"", "~", &"k".repeat(255)] {
            assert_eq!(Key::parse(good.as_bytes()).unwrap(), Key(good.to_owned()));
        }
        for bad in ["", " ", "a b", "a\t", "ü", "a\u{7f}", &"k".repeat(256)] {
            assert!(Key::parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
        assert!(Key::parse(b"\xff").is_err());
    }

    #[test]
    fn the_same_submission_has_the_same_fingerprint() {
        let one = fingerprint(json!({"a": {"b": [1, "x"], "c": null}, "d": true}), None);
        assert_eq!(one, fingerprint(json!({"d": true, "a": {"c": null, "b": [1, "x"]}}), None));
        assert_eq!(one.0.len(), 64);
    }

    #[test]
    fn every_difference_counts() {
        let all = [
            fingerprint(json!({}), None),
            fingerprint(json!({"a": "1"}), None),
            fingerprint(json!({"a": 1}), None),
            fingerprint(json!({"a": null}), None),
            fingerprint(json!({"a": []}), None),
            fingerprint(json!({"a": {}}), None),
            fingerprint(json!({"a": ["b", "c"]}), None),
            fingerprint(json!({"a": ["bc"]}), None),
            fingerprint(json!({"a": [["b"], "c"]}), None),
            fingerprint(json!({"a": "1", "b": "1"}), None),
            fingerprint(json!({"a": "1"}), Some(("x", ""))),
            fingerprint(json!({"a": "1"}), Some(("", "x"))),
            Fingerprint::of("POST module-builds 1", &Submission::default()),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(!all[..index].contains(one), "number {index}");
        }
    }
}
