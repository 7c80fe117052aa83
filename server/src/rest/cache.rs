//! What was rendered or counted before, in memory, with the number of the change that it is of (docs/adr/0010). Nothing is ever
//! dropped because it has changed: what has another number is not used, and is replaced or pushed out by what is asked for.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache as Bounded;

use super::module_builds::Detail;

/// The part of the memory that is for counts.
const FOR_TOTALS: u64 = 16;
/// What an entry takes beside its text, in bytes.
const OVERHEAD: u64 = 128;
/// Size of a usual build in JSON, in bytes; a guess from which tables are sized.
const USUAL: u64 = 4096;

/// JSON of builds, and counts of rows.
pub struct Cache(Option<Kept>);

struct Kept {
    builds: Bounded<(i32, Detail), Fragment, Bytes>,
    totals: Bounded<String, Total, Bytes>,
}

/// A build in JSON.
#[derive(Clone)]
pub struct Fragment {
    /// The change that it is of.
    pub revision: i64,
    /// The text.
    pub text: Arc<str>,
}

/// A number of rows.
#[derive(Clone, Copy)]
struct Total {
    revision: i64,
    rows: i64,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<(i32, Detail), Fragment> for Bytes {
    fn weight(&self, _: &(i32, Detail), fragment: &Fragment) -> u64 {
        fragment.text.len() as u64 + OVERHEAD
    }
}

impl Weighter<String, Total> for Bytes {
    fn weight(&self, filter: &String, _: &Total) -> u64 {
        filter.len() as u64 + OVERHEAD
    }
}

impl Cache {
    /// A cache of at most so many bytes; with 0 nothing is kept.
    pub fn new(bytes: usize) -> Self {
        let bytes = bytes as u64;
        let for_totals = bytes / FOR_TOTALS;
        let items = |bytes: u64, usual: u64| usize::try_from(bytes / usual).unwrap_or(usize::MAX);
        Self((bytes > 0).then(|| Kept {
            builds: Bounded::with_weighter(items(bytes, USUAL), bytes - for_totals, Bytes),
            totals: Bounded::with_weighter(items(for_totals, USUAL), for_totals, Bytes),
        }))
    }

    /// A build as of this change.
    pub fn build(&self, id: i32, detail: Detail, revision: i64) -> Option<Arc<str>> {
        let fragment = self.0.as_ref()?.builds.get(&(id, detail))?;
        (fragment.revision == revision).then_some(fragment.text)
    }

    /// Keeps a build that was read after `revision` was.
    pub fn keep_build(&self, id: i32, detail: Detail, revision: i64, text: Arc<str>) {
        if let Some(kept) = &self.0 {
            kept.builds.insert((id, detail), Fragment { revision, text });
        }
    }

    /// How many rows a statement counted as of this change.
    pub fn total(&self, statement: &str, revision: i64) -> Option<i64> {
        let total = self.0.as_ref()?.totals.get(statement)?;
        (total.revision == revision).then_some(total.rows)
    }

    /// Keeps a number of rows that was counted as of `revision`.
    pub fn keep_total(&self, statement: String, revision: i64, rows: i64) {
        if let Some(kept) = &self.0 {
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
