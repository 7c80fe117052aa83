//! URLs of other pages of a list.

use super::Query;

/// Makes URLs of the list that was asked for, with all of its query but what is about pages.
#[derive(Debug)]
pub struct Links<'a> {
    url: String,
    others: &'a [(String, String)],
}

impl<'a> Links<'a> {
    /// Links to `url` that keep the filters and the order of `query`.
    pub fn new(url: String, query: &'a Query) -> Self {
        Self { url, others: query.pairs() }
    }

    /// Links to `url` without anything else.
    pub fn bare(url: String) -> Self {
        Self { url, others: &[] }
    }

    /// The page with this number.
    pub fn page(&self, page: i64, per_page: i64) -> String {
        self.with([("page", &page.to_string()), ("per_page", &per_page.to_string())])
    }

    /// The page after a cursor.
    pub fn after(&self, cursor: &str, per_page: i64) -> String {
        self.with([("after", cursor), ("per_page", &per_page.to_string())])
    }

    fn with(&self, own: [(&str, &str); 2]) -> String {
        let start = self.url.len() + 1;
        let mut text = form_urlencoded::Serializer::for_suffix(format!("{}?", self.url), start);
        text.extend_pairs(own);
        for (name, value) in self.others {
            // The Python service leaves out what would mean something to the framework that makes its URLs.
            if !matches!(name.as_str(), "page" | "per_page" | "after" | "endpoint") && !name.starts_with('_') {
                text.append_pair(name, value);
            }
        }
        text.finish()
    }
}
