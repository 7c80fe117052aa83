//! What a query costs, found out before anything is done for it.
//!
//! | file | what is limited | when |
//! | --- | --- | --- |
//! | [`tokens`] | bytes, words and signs, brackets within brackets | before it is parsed |
//! | [`cost`] | depth, fields, aliases, directives; fragments are counted wherever they are used, without following them there | once it is parsed |
//! | [`complexity`] | values that the answer may have | once it is validated |
//!
//! Every refusal has a code, and the limit with what the query asked for.

pub mod complexity;
pub mod cost;
pub mod tokens;

use async_graphql::Error;

use super::error::coded;
use super::paging::with_limit;

/// More than is allowed of something.
pub fn beyond(code: &str, what: &str, limit: usize, cost: usize) -> Error {
    with_limit(coded(code, format!("This query has {cost} {what}; {limit} are allowed")), limit, cost)
}
