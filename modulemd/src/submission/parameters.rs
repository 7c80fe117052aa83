//! Parameters of the submission that later steps need.

use super::Overrides;
use crate::ModuleStream;
use crate::yaml::Node;

/// Notes them in `xmd.mbs`; empty ones are none.
pub(super) fn note(document: &mut ModuleStream, overrides: &Overrides) {
    for (key, value) in [("branch", &overrides.branch), ("side_tag", &overrides.side_tag)] {
        if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
            document.mbs_mut().insert(key.to_owned(), value.as_str().into());
        }
    }
    if overrides.rpm_component_refs.is_empty() {
        return;
    }
    let refs = overrides.rpm_component_refs.iter();
    let refs = refs.map(|(name, commit)| (name.clone(), commit.as_str().into()));
    document.mbs_mut().insert("rpm_component_ref_overrides".to_owned(), Node::Map(refs.collect()));
}
