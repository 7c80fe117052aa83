//! Log messages.

use chrono::NaiveDateTime;
use sea_orm::{DbErr, QueryResult};

use super::Listing;
use super::page::FIRST;

/// A message.
#[derive(Clone, Debug)]
pub struct Message {
    /// Row id.
    pub id: i32,
    /// When (UTC).
    pub time_created: NaiveDateTime,
    /// The sentence.
    pub text: String,
}

/// A list of messages as [`Message`].
pub const MESSAGES: Listing = Listing { columns: &["id", "time_created", "message"], extras: |_| {}, counted: None };

/// Reads a message from a row of [`MESSAGES`].
pub fn message(row: &QueryResult) -> Result<Message, DbErr> {
    Ok(Message {
        id: row.try_get_by_index(FIRST)?,
        time_created: row.try_get_by_index(FIRST + 1)?,
        text: row.try_get_by_index(FIRST + 2)?,
    })
}
