//! What travels through the queue: the job, and when it was due.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::Job;

/// Name of the time in the payload: milliseconds since the epoch.
const DUE: &str = "due_ms";

/// The payload of a job, e.g. `{"job": "advance", "id": 42, "due_ms": 1795363272170}`. Workers that do not know the time leave it
/// alone.
pub fn wrap(job: Job, due: DateTime<Utc>) -> Value {
    let mut payload = job.payload();
    if let Value::Object(members) = &mut payload {
        members.insert(DUE.to_owned(), json!(due.timestamp_millis()));
    }
    payload
}

/// The job in a payload, and when it was due, unless it was pushed by a process that does not say.
pub fn unwrap(payload: &Value) -> serde_json::Result<(Job, Option<DateTime<Utc>>)> {
    let due = payload.get(DUE).and_then(Value::as_i64).and_then(DateTime::from_timestamp_millis);
    Ok((serde_json::from_value(payload.clone())?, due))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOBS: [Job; 3] = [Job::Advance(42), Job::BuildComponent(1), Job::PublishMessages];

    #[test]
    fn payloads_read_back() {
        let due = DateTime::from_timestamp_millis(1_795_363_272_170).unwrap();
        for job in JOBS {
            assert_eq!(unwrap(&wrap(job, due)).unwrap(), (job, Some(due)));
        }
        assert_eq!(wrap(Job::Advance(42), due), json!({"job": "advance", "id": 42, "due_ms": 1_795_363_272_170_i64}));
    }

    #[test]
    fn old_and_new_processes_understand_each_other() {
        for job in JOBS {
            assert_eq!(unwrap(&job.payload()).unwrap(), (job, None));
            // What a process does that does not know this file.
            let payload = wrap(job, DateTime::UNIX_EPOCH);
            assert_eq!(serde_json::from_value::<Job>(payload).unwrap(), job);
        }
    }

    #[test]
    fn a_time_that_is_none_is_left_out() {
        let payload = |due: Value| json!({"job": "advance", "id": 1, "due_ms": due});
        for due in [json!(null), json!("soon"), json!(i64::MAX), json!(1.5)] {
            assert_eq!(unwrap(&payload(due)).unwrap(), (Job::Advance(1), None));
        }
        assert!(unwrap(&json!({"job": "dance"})).is_err());
        assert!(unwrap(&json!(7)).is_err());
    }
}
