//! What was rendered or counted before, in memory, with the number of the change that it is of (docs/adr/0010). Nothing is ever
//! dropped because it has changed: what has another number is not used, and is replaced or pushed out by what is asked for.

use std::sync::Arc;

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache as Bounded;
use sea_orm::DatabaseConnection;

use super::failure::Failure;
use super::module_builds::Detail;
use super::rows::{self, Newest};

/// The part of the memory that is for counts, and the part that is for whole answers.
const FOR_TOTALS: u64 = 16;
const FOR_ANSWERS: u64 = 2;
/// What an entry takes beside its text, in bytes.
const OVERHEAD: u64 = 128;
/// Size of a usual build in JSON, in bytes; a guess from which tables are sized.
const USUAL: u64 = 4096;

/// Whole answers, builds in JSON, and counts of rows.
pub struct Cache {
    kept: Option<Kept>,
    newest: Newest,
}

struct Kept {
    answers: Bounded<String, Answer, Size>,
    builds: Bounded<(i32, Detail), Fragment, Size>,
    totals: Bounded<String, Total, Size>,
}

/// A body.
#[derive(Clone)]
struct Answer {
    revision: i64,
    body: Bytes,
}

/// A build in JSON.
#[derive(Clone)]
struct Fragment {
    revision: i64,
    text: Arc<str>,
}

/// A number of rows.
#[derive(Clone, Copy)]
struct Total {
    revision: i64,
    rows: i64,
}

/// What an entry takes of the memory.
#[derive(Clone)]
struct Size;

impl Weighter<String, Answer> for Size {
    fn weight(&self, key: &String, answer: &Answer) -> u64 {
        (key.len() + answer.body.len()) as u64 + OVERHEAD
    }
}

impl Weighter<(i32, Detail), Fragment> for Size {
    fn weight(&self, _: &(i32, Detail), fragment: &Fragment) -> u64 {
        fragment.text.len() as u64 + OVERHEAD
    }
}

impl Weighter<String, Total> for Size {
    fn weight(&self, filter: &String, _: &Total) -> u64 {
        filter.len() as u64 + OVERHEAD
    }
}

impl Cache {
    /// A cache of at most so many bytes; with 0 nothing is kept.
    pub fn new(bytes: usize) -> Self {
        let bytes = bytes as u64;
        let (for_totals, for_answers) = (bytes / FOR_TOTALS, bytes / FOR_ANSWERS);
        let for_builds = bytes - for_totals - for_answers;
        let items = |bytes: u64| usize::try_from(bytes / USUAL).unwrap_or(usize::MAX);
        let kept = (bytes > 0).then(|| Kept {
            answers: Bounded::with_weighter(items(for_answers), for_answers, Size),
            builds: Bounded::with_weighter(items(for_builds), for_builds, Size),
            totals: Bounded::with_weighter(items(for_totals), for_totals, Size),
        });
        Self { kept, newest: Newest::default() }
    }

    /// The number of the last change of anything. Requests that wait for it at the same time share one reading.
    pub async fn revision(&self, db: &DatabaseConnection) -> Result<i64, Failure> {
        Ok(self.newest.read(async || rows::revision(db).await).await?)
    }

    /// The body of an answer as of this change. `key` stands for everything else that the body depends on.
    pub fn answer(&self, key: &str, revision: i64) -> Option<Bytes> {
        let answer = self.kept.as_ref()?.answers.get(key)?;
        (answer.revision == revision).then_some(answer.body)
    }

    /// Keeps the body of an answer that was made after `revision` was read.
    pub fn keep_answer(&self, key: &str, revision: i64, body: Bytes) {
        if let Some(kept) = &self.kept {
            kept.answers.insert(key.to_owned(), Answer { revision, body });
        }
    }

    /// A build as of this change.
    pub fn build(&self, id: i32, detail: Detail, revision: i64) -> Option<Arc<str>> {
        let fragment = self.kept.as_ref()?.builds.get(&(id, detail))?;
        (fragment.revision == revision).then_some(fragment.text)
    }

    /// Keeps a build that was read after `revision` was.
    pub fn keep_build(&self, id: i32, detail: Detail, revision: i64, text: Arc<str>) {
        if let Some(kept) = &self.kept {
            kept.builds.insert((id, detail), Fragment { revision, text });
        }
    }

    /// How many rows a statement counted as of this change.
    pub fn total(&self, statement: &str, revision: i64) -> Option<i64> {
        let total = self.kept.as_ref()?.totals.get(statement)?;
        (total.revision == revision).then_some(total.rows)
    }

    /// Keeps a number of rows that was counted as of `revision`.
    pub fn keep_total(&self, statement: String, revision: i64, rows: i64) {
        if let Some(kept) = &self.kept {
            kept.totals.insert(statement, Total { revision, rows });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_revision_counts() {
        let cache = Cache::new(1 << 20);
        cache.keep_build(1, Detail::Plain, 7, "{}".into());
        assert!(cache.build(1, Detail::Plain, 7).is_some());
        for (id, detail, revision) in [(1, Detail::Plain, 8), (1, Detail::Plain, 6), (1, Detail::Short, 7)] {
            assert!(cache.build(id, detail, revision).is_none());
        }
        cache.keep_answer("/", 7, "{}".into());
        assert_eq!((cache.answer("/", 7), cache.answer("/", 8)), (Some("{}".into()), None));
        cache.keep_total("SELECT".to_owned(), 7, 3);
        assert_eq!((cache.total("SELECT", 7), cache.total("SELECT", 8)), (Some(3), None));
    }

    #[test]
    fn it_is_bounded_and_may_be_off() {
        let (small, off) = (Cache::new(1 << 16), Cache::new(0));
        for id in 0..1000 {
            small.keep_build(id, Detail::Plain, 1, "x".repeat(1000).into());
            off.keep_build(id, Detail::Plain, 1, "x".into());
        }
        let kept = (0..1000).filter(|id| small.build(*id, Detail::Plain, 1).is_some()).count();
        assert!((1..=64).contains(&kept), "{kept}");
        assert!(off.build(999, Detail::Plain, 1).is_none());
    }
}
