//! Who changed what, and who was refused to: rows of `audit_events`, and lines of the log with the target `audit`.
//!
//! What was done is written by the transaction that did it ([`done`]): either both are there or neither is. What was refused is
//! written afterwards, by [`Audited`], which stands around every handler that changes something. Neither ever holds a token,
//! a key or a document.
//!
//! Refusals of people whom nobody knows, and who did not even try to say who they are, are in the log only: anybody could fill a
//! table with them.

mod audited;
mod caller;

use chrono::NaiveDateTime;
use entities::audit_event;
use sea_orm::{ActiveModelTrait as _, ConnectionTrait, DbErr, NotSet, Set};

pub use audited::{Audited, refused};
pub use caller::Caller;

/// Longest text of a column, in characters.
const LONGEST: usize = 1000;

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A build was submitted.
    Submit,
    /// A failed build was submitted again, and goes on.
    Resume,
    /// Failed components of a build are tried again.
    Retry,
    /// A build was cancelled.
    Cancel,
    /// Somebody said whether a build may become ready.
    AnswerForGate,
    /// A module was retired.
    Retire,
    /// The priority of a build was changed.
    SetPriority,
    /// A module was imported.
    Import,
    /// An API token was made.
    MakeToken,
    /// An API token was revoked.
    RevokeToken,
    /// A webhook was made.
    MakeWebhook,
    /// A webhook was switched on or off.
    ChangeWebhook,
    /// A webhook was removed.
    RemoveWebhook,
    /// A delivery to a webhook is sent again.
    Redeliver,
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 14] = [
        Self::Submit,
        Self::Resume,
        Self::Retry,
        Self::Cancel,
        Self::SetPriority,
        Self::AnswerForGate,
        Self::Retire,
        Self::Import,
        Self::MakeToken,
        Self::RevokeToken,
        Self::MakeWebhook,
        Self::ChangeWebhook,
        Self::RemoveWebhook,
        Self::Redeliver,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Resume => "resume",
            Self::Retry => "retry",
            Self::Cancel => "cancel",
            Self::AnswerForGate => "answer-for-gate",
            Self::Retire => "retire",
            Self::SetPriority => "set-priority",
            Self::Import => "import",
            Self::MakeToken => "make-token",
            Self::RevokeToken => "revoke-token",
            Self::MakeWebhook => "make-webhook",
            Self::ChangeWebhook => "change-webhook",
            Self::RemoveWebhook => "remove-webhook",
            Self::Redeliver => "redeliver",
        }
    }
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It must not be.
    Refused,
    /// The service could not.
    Failed,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Self; 3] = [Self::Done, Self::Refused, Self::Failed];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// Something that is noted in the table; once the transaction is committed, it belongs into the log, too.
#[must_use = "it has to be said once it is committed"]
#[derive(Debug)]
pub struct Noted(audit_event::Model);

impl Noted {
    /// Writes the line of the log.
    pub fn say(&self) {
        let audit_event::Model { user_name, method, address, request_id, action, subject, outcome, .. } = &self.0;
        let (status, message) = (self.0.status, self.0.message.as_deref());
        tracing::info!(
            target: "audit",
            user = user_name.as_deref(),
            method,
            address,
            id = request_id,
            action,
            subject,
            outcome,
            status,
            message,
            "{action} {outcome}"
        );
    }
}

/// Notes that somebody did something, in the transaction that does it. `user` is in whose name; the rest is known of the request.
pub async fn done<C: ConnectionTrait>(
    tx: &C,
    now: NaiveDateTime,
    user: &str,
    action: Action,
    subject: String,
) -> Result<Noted, DbErr> {
    let caller = Caller { user: Some(user.to_owned()), ..Caller::current() };
    write(tx, now, &caller, action, Some(subject), (Outcome::Done, None, None)).await
}

async fn write<C: ConnectionTrait>(
    db: &C,
    now: NaiveDateTime,
    caller: &Caller,
    action: Action,
    subject: Option<String>,
    (outcome, status, message): (Outcome, Option<u16>, Option<String>),
) -> Result<Noted, DbErr> {
    let row = audit_event::ActiveModel {
        id: NotSet,
        time: Set(now),
        user_name: Set(caller.user.as_deref().map(shortened)),
        method: Set(caller.method.map(str::to_owned)),
        address: Set(caller.address.map(|address| address.to_string())),
        request_id: Set(caller.request_id.clone()),
        action: Set(action.name().to_owned()),
        subject: Set(subject.as_deref().map(shortened)),
        outcome: Set(outcome.name().to_owned()),
        status: Set(status.map(Into::into)),
        message: Set(message.as_deref().map(shortened)),
    };
    Ok(Noted(row.insert(db).await?))
}

fn shortened(text: &str) -> String {
    text.chars().filter(|c| *c != '\0').take(LONGEST).collect()
}
