//! Documents that are not built at all.

use regex::Regex;

use super::{SubmissionError, SubmissionSettings};
use crate::ModuleStream;

/// Keys of `xmd.mbs` that privileged modules may set.
const PRIVILEGED_KEYS: [&str; 3] = ["disttag_marking", "koji_tag_arches", "static_context"];

pub(super) fn check(document: &ModuleStream, settings: &SubmissionSettings) -> Result<(), SubmissionError> {
    for (name, component) in &document.module_components {
        let repository = component.repository.as_ref();
        if let Some(repository) = repository.filter(|text| !text.is_empty())
            && !settings.modules_allow_repository
        {
            return Err(SubmissionError::Repository { name: name.clone(), repository: repository.clone() });
        }
    }
    let is_among = |names: &[String]| names.iter().any(|name| name == document.name());
    if let Some(mbs) = document.xmd.get("mbs") {
        let allowed = mbs.as_map().is_some_and(|mbs| mbs.keys().all(|key| PRIVILEGED_KEYS.contains(&key.as_str())));
        if !allowed || !is_among(&settings.privileged_module_names) {
            return Err(SubmissionError::ReservedXmd);
        }
    }
    if is_among(&settings.expansion.base_module_names) {
        return Err(SubmissionError::BaseModule(document.name().to_owned()));
    }
    Ok(())
}

/// Whether builds that are no scratch builds may come from this branch (`SCRATCH_BUILD_ONLY_BRANCHES`). For builds that are
/// new; one that exists is answered as existing.
pub fn check_source_branch(branch: &str, scratch_only: &[Regex]) -> Result<(), SubmissionError> {
    if scratch_only.iter().any(|pattern| pattern.is_match(branch)) {
        return Err(SubmissionError::ScratchOnly);
    }
    Ok(())
}

/// Where `ALLOW_DASHES_IN_SVC` is off, stream and context (with the number of a scratch build) have no dashes. For builds that
/// are new.
pub fn check_dashes(build: &ModuleStream) -> Result<(), SubmissionError> {
    let context = build.context.as_deref().unwrap_or_default();
    for (what, text) in [("stream", build.stream()), ("context", context)] {
        if text.contains('-') {
            return Err(SubmissionError::Dash(what));
        }
    }
    Ok(())
}
