//! What operators see of the jobs: counters under the names of the Python service, and how long things wait and take.
//!
//! Every process counts what it does itself. Labels have few values, whatever clients send: kinds of jobs, outcomes, reasons.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use metrics::{counter, histogram};

use crate::{Job, Verdict};

/// Wake-ups that workers of this process received.
pub const RX: &str = "messaging_rx_total";
/// Those of [`RX`] whose job ended well, or had nothing to do.
pub const RX_OK: &str = "messaging_rx_processed_ok_total";
/// Those of [`RX`] that nobody understood, or whose job failed; it may be tried again.
pub const RX_FAILED: &str = "messaging_rx_failed_total";
/// Attempts to hand a message to the bus.
pub const TX: &str = "messaging_tx_to_send_total";
/// Messages that the bus took.
pub const TX_OK: &str = "messaging_tx_sent_ok_total";
/// Attempts that the bus refused; the message is sent again later.
pub const TX_FAILED: &str = "messaging_tx_failed_total";
/// Module builds that became `done`.
pub const BUILDS_SUCCESS: &str = "builds_success_total";
/// Module builds that became `failed`, by [`FailedBy`].
pub const BUILDS_FAILED: &str = "builds_failed_total";
/// Seconds from when a job was due until a worker began it.
pub const QUEUE_WAIT: &str = "job_queue_wait_seconds";
/// Seconds that a job took.
pub const JOB_DURATION: &str = "job_duration_seconds";
/// Seconds from when a message was written until the bus had taken it.
pub const OUTBOX_DELAY: &str = "outbox_delay_seconds";
/// Attempts to deliver an event to a webhook, by what became of them.
pub const WEBHOOK_ATTEMPTS: &str = "webhook_attempts_total";

/// Who has to act on a failed module build; the words are those of the Python service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailedBy {
    /// The packager.
    User,
    /// The operator.
    Infra,
    /// Nobody: it was cancelled, or it is not known.
    Unspecified,
}

impl FailedBy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::User, Self::Infra, Self::Unspecified];

    /// The label.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Infra => "infra",
            Self::Unspecified => "unspec",
        }
    }
}

impl From<Verdict> for FailedBy {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::User => Self::User,
            Verdict::Infra => Self::Infra,
        }
    }
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// Well.
    Ok,
    /// There was nothing to do any more.
    Superseded,
    /// It is worth another try.
    Retry,
    /// For good.
    Failed,
    /// By a defect.
    Panic,
}

impl JobOutcome {
    /// Whether nothing is left to do.
    pub fn is_ok(self) -> bool {
        matches!(self, Self::Ok | Self::Superseded)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Superseded => "superseded",
            Self::Retry => "retry",
            Self::Failed => "failed",
            Self::Panic => "panic",
        }
    }
}

/// A wake-up has arrived.
pub(crate) fn received() {
    counter!(RX).increment(1);
}

/// What a wake-up led to.
pub(crate) fn processed(ok: bool) {
    counter!(if ok { RX_OK } else { RX_FAILED }).increment(1);
}

/// A job begins that was due at `due`.
pub(crate) fn waited(job: Job, due: DateTime<Utc>, now: DateTime<Utc>) {
    histogram!(QUEUE_WAIT, "job" => job.kind()).record(seconds(now - due));
}

/// A job has ended.
pub(crate) fn ran(job: Job, outcome: JobOutcome, duration: Duration) {
    histogram!(JOB_DURATION, "job" => job.kind(), "outcome" => outcome.name()).record(duration);
}

/// A message is handed to the bus.
pub(crate) fn sending() {
    counter!(TX).increment(1);
}

/// What the bus said.
pub(crate) fn sent(taken: bool) {
    counter!(if taken { TX_OK } else { TX_FAILED }).increment(1);
}

/// A message that was written at `created` is noted as published.
pub(crate) fn published(created: NaiveDateTime, now: NaiveDateTime) {
    histogram!(OUTBOX_DELAY).record(seconds(now - created));
}

/// A module build is done; called after the commit.
pub(crate) fn build_succeeded() {
    counter!(BUILDS_SUCCESS).increment(1);
}

/// A module build has failed; called after the commit.
pub fn build_failed(by: FailedBy) {
    counter!(BUILDS_FAILED, "reason" => by.name()).increment(1);
}

/// What became of an attempt at a webhook: it took the event, is asked again later, or was switched off.
pub(crate) fn webhook_answered(became: WebhookAttempt) {
    counter!(WEBHOOK_ATTEMPTS, "outcome" => became.name()).increment(1);
}

/// What became of an attempt to deliver an event to a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookAttempt {
    /// The receiver took it.
    Delivered,
    /// It did not, and is asked again.
    Postponed,
    /// It did not, too often; the webhook is off.
    GivenUp,
}

impl WebhookAttempt {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Delivered, Self::Postponed, Self::GivenUp];

    /// The label.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Postponed => "postponed",
            Self::GivenUp => "given_up",
        }
    }
}

/// Clocks of different machines may differ a little; nothing took less than no time.
fn seconds(span: TimeDelta) -> f64 {
    span.max(TimeDelta::zero()).as_seconds_f64()
}
