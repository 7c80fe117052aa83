//! The query string: filters, order and paging.
//!
//! Names that mean nothing are ignored, as they always were; values that a filter cannot take are refused with 400.

mod base_modules;
mod columns;
mod component_builds;
mod cursor;
mod id;
mod keyset;
mod links;
mod module_builds;
mod order;
mod paging;
mod time;

use poem::{FromRequest, Request, RequestBody, Result};

use super::failure::Failure;

pub use base_modules::{BOUNDS as BASE_MODULE_BOUNDS, BaseModule, PARTS as BASE_MODULE_PARTS, base_module};
pub use columns::{Filter, Kind};
pub use component_builds::{
    COLUMNS as COMPONENT_BUILD_COLUMNS, filter as component_build_filter, order as component_build_order,
};
pub use cursor::{Place, read as read_cursor, write as write_cursor};
pub use id::{ApiVersion, Id, refuse_id};
pub use keyset::{after, written};
pub use links::Links;
pub use module_builds::{COLUMNS as MODULE_BUILD_COLUMNS, filter as module_build_filter, order as module_build_order};
pub use order::{Key, Sort};
pub use paging::{DEFAULT as DEFAULT_PER_PAGE, LARGEST as LARGEST_PAGE, Meta, Paging};
pub use time::{bounds as time_bounds, time_bound};

/// Names with their values, decoded, in the order given.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    fn parse(text: &str) -> Result<Self, Failure> {
        let pairs: Vec<_> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        Self::of(pairs)
    }

    /// These names with these values.
    pub fn of(pairs: Vec<(String, String)>) -> Result<Self, Failure> {
        // PostgreSQL has no such text, so nothing could ever match.
        if pairs.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
            return Err(Failure::invalid("The query string contains a NUL character"));
        }
        Ok(Self(pairs))
    }

    /// The first value of a name.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a name, unless it is empty.
    pub fn given(&self, name: &str) -> Option<&str> {
        self.first(name).filter(|value| !value.is_empty())
    }

    /// All values of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether a switch is on: `true` or `1`.
    pub fn is_on(&self, name: &str) -> bool {
        self.first(name).is_some_and(is_true)
    }

    /// All names with their values.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

impl<'a> FromRequest<'a> for Query {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        Ok(Self::parse(request.uri().query().unwrap_or_default())?)
    }
}

/// What counts as true.
fn is_true(value: &str) -> bool {
    value == "1" || value.eq_ignore_ascii_case("true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_repeat_and_values_may_be_anything() {
        let query = Query::parse("a=1&a=2&b&c=%FF%20+%E2%82%AC&=&verbose=TRUE").unwrap();
        assert_eq!(query.first("a"), Some("1"));
        assert_eq!(query.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(query.first("b"), Some(""));
        assert_eq!(query.given("b"), None);
        assert_eq!(query.first("c"), Some("\u{FFFD}  €"));
        assert!(query.is_on("verbose"));
        assert!(Query::parse("a=%00").is_err());
    }
}
