//! Build systems: where components become RPMs.
//!
//! A [`Builder`] fits four systems that differ. Local ones (`rpmbuild`, `mock`) build inside the call to [`Builder::build`] and
//! return a finished outcome; remote ones (`koji`, `copr`) hand out a task number and are watched with
//! [`Builder::task_states`]. What the planner has to know about the difference is data ([`Capabilities`]), so that no code outside
//! this crate asks which system it talks to.
//!
//! Every method is idempotent: the caller may have died after the effect and before noting it down, and calls again.
//!
//! To add a build system: make a folder beside `rpmbuild/` with its settings struct and an implementation of [`Builder`], then
//! name it in `server/src/assemble.rs`, the single place that chooses one.

mod measured;
mod outcome;
mod request;

pub mod rpmbuild;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

pub use measured::{Measured, OPERATION_DURATION};
pub use outcome::{BuildStart, BuilderError, BuiltRpm, Failure, FailureKind, Outcome, Phase, TaskState};
pub use request::{BuiltComponent, ComponentRequest, Dependency, ModuleRef, Source};

/// Becomes `true` when the work has to stop: the build was cancelled or the lease on it was lost.
pub type Stop = watch::Receiver<bool>;

/// What the planner has to know about a build system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// [`Builder::build`] returns only when the component is built; its log is written while it runs.
    pub builds_in_place: bool,
    /// Built components have to be put into the buildroot by name ([`Builder::add_to_buildroot`]).
    pub needs_tagging: bool,
}

/// A build system. All calls may be repeated with the same arguments without harm.
#[async_trait]
pub trait Builder: Send + Sync {
    /// The name it is chosen by in the configuration, e.g. `rpmbuild`.
    fn name(&self) -> &'static str;

    /// What the planner has to know.
    fn capabilities(&self) -> Capabilities;

    /// The tag (`koji_tag` in the database) under which everything of the module build is kept; different for every NSVC.
    fn tag(&self, module: &modulemd::Nsvc, scratch: bool, module_id: i32) -> String;

    /// Makes the buildroot: what the module's dependencies provide, nothing of the module itself. Repository 0 afterwards.
    async fn prepare_buildroot(&self, module: &ModuleRef) -> Result<(), BuilderError>;

    /// Builds one component against repository `request.repository`. Local systems return [`BuildStart::Finished`] and heed
    /// `stop`; remote ones return [`BuildStart::Task`] at once. A component that fails to build is an [`Outcome`], an `Err` means
    /// that the build system could not be used and the call may be repeated.
    async fn build(&self, request: &ComponentRequest, stop: Stop) -> Result<BuildStart, BuilderError>;

    /// What became of an earlier [`Builder::build`] with the same module, component and attempt; `None` if it left no result and
    /// is not running. Asked before every submission, so that nothing is built twice.
    async fn find_task(&self, request: &ComponentRequest) -> Result<Option<TaskState>, BuilderError>;

    /// The states of many remote tasks at once, in the order asked. Local systems are never asked.
    async fn task_states(&self, tasks: &[i64]) -> Result<Vec<TaskState>, BuilderError>;

    /// Marks built components as part of the next repository. Only called where [`Capabilities::needs_tagging`].
    async fn add_to_buildroot(&self, module: &ModuleRef, components: &[BuiltComponent]) -> Result<(), BuilderError>;

    /// Makes repository number `repository`: repository 0 plus the RPMs of all `components` (those of earlier repositories are
    /// named again). Later builds that ask for this number see exactly these packages installed.
    async fn regenerate_repository(
        &self,
        module: &ModuleRef,
        repository: i32,
        components: &[BuiltComponent],
    ) -> Result<(), BuilderError>;

    /// Cancels a remote task. Local systems stop by the `stop` given to [`Builder::build`].
    async fn cancel(&self, task: i64) -> Result<(), BuilderError>;

    /// Publishes the finished module: its repository with filters applied and the module's metadata in it. Returns the final
    /// document with `artifacts` and content licences filled in.
    async fn finalize(
        &self,
        module: &ModuleRef,
        components: &[BuiltComponent],
    ) -> Result<modulemd::ModuleStream, BuilderError>;

    /// All packages that the components of a finished build made, those included that its repository leaves out; none where the
    /// build system knows nothing of it.
    async fn built_rpms(&self, tag: &str) -> Result<Vec<BuiltRpm>, BuilderError>;

    /// Name of the source package at `location`, as a submission names it in `srpms`: a path or an upload, whatever the build
    /// system takes. `Impossible` with a sentence for what is no source package, or nothing that it can reach.
    async fn source_package(&self, location: &str) -> Result<String, BuilderError>;

    /// Architectures that the build system has for a tag; none where it has no say.
    async fn tag_arches(&self, _tag: &str) -> Result<Vec<String>, BuilderError> {
        Ok(Vec::new())
    }

    /// The packages that somebody sees who builds against `tags`, for these architectures: the newest that the tags have, inherited
    /// ones and those of external repositories included.
    async fn tagged_rpms(&self, tags: &[String], arches: &[String]) -> Result<Vec<BuiltRpm>, BuilderError>;

    /// The stream of a base module that is being developed (`rawhide`), if the build system knows of one.
    async fn rawhide(&self) -> Result<Option<String>, BuilderError> {
        Ok(None)
    }

    /// How long builds of these packages take on average, as far as the build system knows.
    async fn average_build_times(&self, _packages: &[String]) -> Result<BTreeMap<String, Duration>, BuilderError> {
        Ok(BTreeMap::new())
    }

    /// For each of these components, which another build made ([`BuiltComponent::reused_from`]), whether its packages are still
    /// there to be taken over.
    async fn kept(&self, components: &[BuiltComponent]) -> Result<Vec<bool>, BuilderError>;

    /// Removes what only a running build needs (buildroots, working folders). Results and logs stay.
    async fn clean_up(&self, module: &ModuleRef) -> Result<(), BuilderError>;

    /// Takes back what [`Builder::finalize`] published of a build that failed in the end: nobody may find it. What its components
    /// made stays, so that the build can go on.
    async fn withdraw(&self, _module: &ModuleRef) -> Result<(), BuilderError> {
        Ok(())
    }

    /// Removes everything of a build that nobody will use again: repositories, logs, and what these `components` made, those left
    /// out that it took over from other builds.
    async fn discard(&self, _module: &ModuleRef, _components: &[BuiltComponent]) -> Result<(), BuilderError> {
        Ok(())
    }
}
