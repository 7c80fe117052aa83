//! Which component belongs to which batch.

use crate::ModuleStream;
use crate::plan::MACROS_BATCH;

/// Name and batch of every RPM component, in the order of their batches. Components with the same `buildorder` share a batch;
/// the first batch after `module-build-macros` is 2.
pub fn batches(document: &ModuleStream) -> Vec<(String, i32)> {
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
}
