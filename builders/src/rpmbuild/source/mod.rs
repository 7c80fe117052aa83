//! Gets the sources of a component into its build folder.

mod git;
mod spec;
mod srpm;

use std::path::Path;

pub(super) use spec::{Spec, find as find_spec};
pub(super) use srpm::name as source_package;

use super::{RpmBuild, macros};
use crate::{BuilderError, ComponentRequest, Failure, FailureKind, Phase, Source};

/// Fills `sources`. The inner error is for the packager.
pub(super) async fn fetch(
    builder: &RpmBuild,
    request: &ComponentRequest,
    sources: &Path,
) -> Result<Result<(), Failure>, BuilderError> {
    match &request.source {
        Source::Scm { url, commit } => git::check_out(builder, url, commit, sources).await,
        Source::Srpm { location } => srpm::unpack(builder, location, sources).await,
        Source::BuildMacros => macros::write(&request.module, sources).map(Ok),
    }
}

/// The packager named a source that is not there.
pub(super) fn failure(message: impl Into<String>) -> Failure {
    Failure { kind: FailureKind::User, phase: Phase::Source, message: message.into(), log_line: None }
}
