//! Pages: `page` from 1 and `per_page` (10), or `after` a cursor.

use sea_orm::DbBackend;
use serde::Serialize;

use super::cursor::{self, Place};
use super::{Links, Query, Sort};
use crate::rest::failure::Failure;

/// Rows of a page unless the client says how many.
pub const DEFAULT: i64 = 10;
/// What a negative `per_page` stands for.
const FOR_NEGATIVE: i64 = 20;
/// Rows of the largest page. A client that asks for more gets pages of this size, and is told so, once there are more rows.
pub const LARGEST: i64 = 5000;

/// Which page is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Paging {
    /// As asked for; may be more than [`LARGEST`].
    per_page: i64,
    start: Start,
}

/// Where the page starts.
#[derive(Clone, Debug, PartialEq)]
enum Start {
    /// At the page with this number.
    Page(i64),
    /// After a place; `None` is the beginning.
    After(Option<Place>),
}

impl Paging {
    /// Reads `page`, `per_page` and `after`. What is no number is as good as none; what is no cursor of this order is refused.
    pub fn of(query: &Query, sort: &Sort, backend: DbBackend) -> Result<Self, Failure> {
        let per_page = number(query, "per_page").unwrap_or(DEFAULT);
        let per_page = if per_page < 0 { FOR_NEGATIVE } else { per_page };
        let start = match query.first("after") {
            None => Start::Page(number(query, "page").map_or(1, |page| Ord::max(page, 1))),
            Some(_) if query.first("page").is_some() => {
                return Err(Failure::invalid("You may not specify both page and after"));
            }
            Some("") => Start::After(None),
            Some(text) => Start::After(Some(cursor::read(text, sort, backend)?)),
        };
        Ok(Self { per_page, start })
    }

    /// Rows to skip.
    pub fn offset(&self) -> u64 {
        match self.start {
            Start::Page(page) => u64::try_from((page - 1).saturating_mul(self.size())).unwrap_or_default(),
            Start::After(_) => 0,
        }
    }

    /// Rows to read: those of the page, and by cursors one more, which tells whether there is a next page.
    pub fn limit(&self) -> u64 {
        let size = u64::try_from(self.size()).unwrap_or_default();
        if self.is_walk() && size > 0 { size + 1 } else { size }
    }

    /// Rows of a full page.
    pub fn size(&self) -> i64 {
        self.per_page.min(LARGEST)
    }

    /// The place that rows have to come after.
    pub fn place(&self) -> Option<&Place> {
        match &self.start {
            Start::After(place) => place.as_ref(),
            Start::Page(_) => None,
        }
    }

    /// Whether pages are found by cursors, and rows are not counted.
    pub fn is_walk(&self) -> bool {
        matches!(self.start, Start::After(_))
    }

    /// How many rows there are altogether, if a page with so many rows tells.
    pub fn total(&self, rows: usize) -> Option<i64> {
        let (rows, Start::Page(page)) = (i64::try_from(rows).ok()?, &self.start) else { return None };
        let before = (page - 1).saturating_mul(self.size());
        (rows < self.size() && (rows > 0 || *page == 1)).then(|| before.saturating_add(rows))
    }
}

/// A whole number; one beyond 64 bits is as good as the largest.
fn number(query: &Query, name: &str) -> Option<i64> {
    let text = query.first(name)?.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let beyond = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    Some(text.parse().unwrap_or(beyond))
}

/// Where a page stands, with the URLs of others: `meta` of a list.
#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Meta {
    /// By numbers.
    Numbered {
        /// Its number, from 1.
        page: i64,
        /// How many pages there are.
        pages: i64,
        /// Rows of a full page.
        per_page: i64,
        /// How many rows there are.
        total: i64,
        /// The page before.
        prev: Option<String>,
        /// The page after.
        next: Option<String>,
        /// The first page.
        first: String,
        /// The last page.
        last: String,
    },
    /// By cursors.
    Walk {
        /// Rows of a full page.
        per_page: i64,
        /// The first page.
        first: String,
        /// The page after; none at the end.
        next: Option<String>,
    },
}

impl Meta {
    /// Of a page by number, where there are `total` rows.
    pub fn numbered(paging: &Paging, total: i64, links: &Links<'_>) -> Self {
        let Start::Page(page) = paging.start else { return Self::walk(paging, None, links) };
        let per_page = if total > LARGEST { paging.size() } else { paging.per_page };
        let pages = if per_page == 0 { 0 } else { (total - 1).div_euclid(per_page) + 1 };
        let link = |page| links.page(page, per_page);
        Self::Numbered {
            page,
            pages,
            per_page,
            total,
            prev: (page > 1).then(|| link(page - 1)),
            next: (page < pages).then(|| link(page + 1)),
            first: link(1),
            last: link(pages),
        }
    }

    /// Of a page by cursor; `next` is the cursor of the next one.
    pub fn walk(paging: &Paging, next: Option<&str>, links: &Links<'_>) -> Self {
        let per_page = paging.size();
        let link = |cursor| links.after(cursor, per_page);
        Self::Walk { per_page, first: link(""), next: next.map(link) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::module_builds::order;
    use super::*;

    fn paging(query: &str) -> Paging {
        let query = Query::parse(query).unwrap();
        Paging::of(&query, &order(&query).unwrap(), DbBackend::Sqlite).unwrap()
    }

    fn meta(query: &str, total: i64) -> Value {
        let pairs = Query::parse(query).unwrap();
        json!(Meta::numbered(&paging(query), total, &Links::new("http://h/b/".to_owned(), &pairs)))
    }

    #[test]
    fn what_is_no_number_is_as_good_as_none() {
        let read = |query| {
            let Paging { per_page, start } = paging(query);
            (start, per_page)
        };
        assert_eq!(read(""), (Start::Page(1), 10));
        assert_eq!(read("page=abc&per_page="), (Start::Page(1), 10));
        assert_eq!(read("page=-3&per_page=-1"), (Start::Page(1), 20));
        assert_eq!(read("page=+2&per_page=0"), (Start::Page(2), 0));
        let huge = "page=99999999999999999999&per_page=-99999999999999999999";
        assert_eq!(read(huge), (Start::Page(i64::MAX), 20));
        assert_eq!(paging(huge).offset(), i64::MAX.unsigned_abs());
    }

    #[test]
    fn links_keep_repeated_names() {
        let meta = meta("state=ready&state=failed&page=2&per_page=3&_x=1&scmurl=a%3F%23b", 7);
        assert_eq!(meta["pages"], 3);
        assert_eq!(meta["next"], "http://h/b/?page=3&per_page=3&state=ready&state=failed&scmurl=a%3F%23b");
        assert_eq!(meta["prev"], "http://h/b/?page=1&per_page=3&state=ready&state=failed&scmurl=a%3F%23b");
    }

    #[test]
    fn an_empty_list_has_no_pages() {
        let meta = meta("", 0);
        assert_eq!((&meta["pages"], &meta["last"]), (&json!(0), &json!("http://h/b/?page=0&per_page=10")));
    }

    #[test]
    fn the_largest_page_is_told_where_it_matters() {
        assert_eq!(meta("per_page=1000000", 5000)["per_page"], 1_000_000);
        assert_eq!(meta("per_page=1000000", 5001)["per_page"], 5000);
    }

    #[test]
    fn a_page_that_is_not_full_tells_the_total() {
        assert_eq!(paging("").total(3), Some(3));
        assert_eq!(paging("").total(10), None);
        assert_eq!(paging("page=3").total(4), Some(24));
        assert_eq!(paging("page=3").total(0), None);
        assert_eq!(paging("per_page=0").total(0), None);
    }

    #[test]
    fn page_and_after_exclude_one_another() {
        let query = Query::parse("page=1&after=").unwrap();
        assert!(Paging::of(&query, &order(&query).unwrap(), DbBackend::Sqlite).is_err());
        assert_eq!(paging("after=&per_page=5").limit(), 6);
        assert_eq!(paging("after=&per_page=9000").limit(), 5001);
    }
}
