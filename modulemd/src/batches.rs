//! Which component belongs to which batch.

use crate::plan::MACROS_BATCH;
use crate::{ModuleStream, order};

/// Name and batch of every RPM component, in the order of their batches. Components with the same `buildorder` share a batch;
/// the first batch after `module-build-macros` is 2. With `buildafter`, a component is in the batch after the last of those that
/// it needs.
pub fn batches(document: &ModuleStream) -> Vec<(String, i32)> {
    if order::is_graph(document) {
        // `read` lets no circle through.
        let depths = order::depths(&document.rpm_components).unwrap_or_default().into_iter();
        let mut batches: Vec<_> = depths.map(|(name, depth)| (name.to_owned(), MACROS_BATCH + 1 + depth)).collect();
        batches.sort_by_key(|(_, batch)| *batch);
        return batches;
    }
    let mut components: Vec<_> = document.rpm_components.values().map(|c| (c.buildorder, &c.name)).collect();
    components.sort_by_key(|(buildorder, _)| *buildorder);
    let mut batch = MACROS_BATCH;
    let mut previous = None;
    let mut batches = Vec::with_capacity(components.len());
    for (buildorder, name) in components {
        if previous != Some(buildorder) {
            previous = Some(buildorder);
            batch += 1;
        }
        batches.push((name.clone(), batch));
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::RpmComponent;

    #[test]
    fn equal_buildorders_share_a_batch() {
        let mut document = ModuleStream::default();
        for (name, buildorder) in [("d", 20), ("a", 0), ("b", 10), ("c", 0), ("early", -5)] {
            let component = RpmComponent { name: name.to_owned(), buildorder, ..Default::default() };
            document.rpm_components.insert(name.to_owned(), component);
        }
        let expected = [("early", 2), ("a", 3), ("c", 3), ("b", 4), ("d", 5)];
        assert_eq!(batches(&document), expected.map(|(name, batch)| (name.to_owned(), batch)));
    }

    #[test]
    fn in_a_graph_the_longest_way_counts() {
        let mut document = ModuleStream::default();
        for (name, needs) in [("a", &[] as &[&str]), ("b", &["a"]), ("c", &["a", "b"]), ("z", &[]), ("d", &["z", "c"])]
        {
            let buildafter = needs.iter().map(ToString::to_string).collect();
            let component = RpmComponent { name: name.to_owned(), buildafter, ..Default::default() };
            document.rpm_components.insert(name.to_owned(), component);
        }
        let expected = [("a", 2), ("z", 2), ("b", 3), ("c", 4), ("d", 5)];
        assert_eq!(batches(&document), expected.map(|(name, batch)| (name.to_owned(), batch)));
    }
}
