//! A builder with a stopwatch: how long each operation took, and how it ended.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use metrics::histogram;

use crate::{
    BuildStart, Builder, BuilderError, BuiltComponent, BuiltRpm, Capabilities, ComponentRequest, ModuleRef, Outcome,
    Stop, TaskState,
};

/// Seconds that operations took, by builder, operation and outcome.
pub const OPERATION_DURATION: &str = "builder_operation_duration_seconds";

/// Any builder, measured.
#[derive(Debug)]
pub struct Measured<B>(pub B);

impl<B: Builder> Measured<B> {
    /// Waits for an operation, and notes how long it took.
    async fn measure<T: Ended>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T, BuilderError>>,
    ) -> Result<T, BuilderError> {
        let start = Instant::now();
        let ended = work.await;
        let outcome = match &ended {
            Ok(value) => value.outcome(),
            Err(BuilderError::Unavailable(_)) => "unavailable",
            Err(BuilderError::Impossible(_)) => "impossible",
        };
        let labels = [("builder", self.0.name()), ("operation", operation), ("outcome", outcome)];
        histogram!(OPERATION_DURATION, &labels).record(start.elapsed());
        ended
    }
}

/// What an operation answers that the build system could carry out.
trait Ended {
    /// How it ended, in a word.
    fn outcome(&self) -> &'static str {
        "ok"
    }
}

impl Ended for () {}
impl Ended for String {}
impl<K, V> Ended for BTreeMap<K, V> {}
impl Ended for modulemd::ModuleStream {}
impl<T> Ended for Vec<T> {}
impl<T> Ended for Option<T> {}

impl Ended for BuildStart {
    fn outcome(&self) -> &'static str {
        match self {
            Self::Task(_) => "started",
            Self::Finished(Outcome::Complete { .. }) => "ok",
            Self::Finished(Outcome::Canceled) => "canceled",
            Self::Finished(Outcome::Failed(failure)) => failure.kind.name(),
        }
    }
}

#[async_trait]
impl<B: Builder> Builder for Measured<B> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn tag(&self, module: &modulemd::Nsvc, scratch: bool, module_id: i32) -> String {
        self.0.tag(module, scratch, module_id)
    }

    async fn prepare_buildroot(&self, module: &ModuleRef) -> Result<(), BuilderError> {
        self.measure("prepare_buildroot", self.0.prepare_buildroot(module)).await
    }

    async fn build(&self, request: &ComponentRequest, stop: Stop) -> Result<BuildStart, BuilderError> {
        self.measure("build", self.0.build(request, stop)).await
    }

    async fn find_task(&self, request: &ComponentRequest) -> Result<Option<TaskState>, BuilderError> {
        self.measure("find_task", self.0.find_task(request)).await
    }

    async fn task_states(&self, tasks: &[i64]) -> Result<Vec<TaskState>, BuilderError> {
        self.measure("task_states", self.0.task_states(tasks)).await
    }

    async fn add_to_buildroot(&self, module: &ModuleRef, components: &[BuiltComponent]) -> Result<(), BuilderError> {
        self.measure("add_to_buildroot", self.0.add_to_buildroot(module, components)).await
    }

    async fn regenerate_repository(
        &self,
        module: &ModuleRef,
        repository: i32,
        components: &[BuiltComponent],
    ) -> Result<(), BuilderError> {
        self.measure("regenerate_repository", self.0.regenerate_repository(module, repository, components)).await
    }

    async fn cancel(&self, task: i64) -> Result<(), BuilderError> {
        self.measure("cancel", self.0.cancel(task)).await
    }

    async fn finalize(
        &self,
        module: &ModuleRef,
        components: &[BuiltComponent],
    ) -> Result<modulemd::ModuleStream, BuilderError> {
        self.measure("finalize", self.0.finalize(module, components)).await
    }

    async fn built_rpms(&self, tag: &str) -> Result<Vec<BuiltRpm>, BuilderError> {
        self.measure("built_rpms", self.0.built_rpms(tag)).await
    }

    async fn source_package(&self, location: &str) -> Result<String, BuilderError> {
        self.measure("source_package", self.0.source_package(location)).await
    }

    async fn tag_arches(&self, tag: &str) -> Result<Vec<String>, BuilderError> {
        self.measure("tag_arches", self.0.tag_arches(tag)).await
    }

    async fn tagged_rpms(&self, tags: &[String], arches: &[String]) -> Result<Vec<BuiltRpm>, BuilderError> {
        self.measure("tagged_rpms", self.0.tagged_rpms(tags, arches)).await
    }

    async fn rawhide(&self) -> Result<Option<String>, BuilderError> {
        self.measure("rawhide", self.0.rawhide()).await
    }

    async fn average_build_times(&self, packages: &[String]) -> Result<BTreeMap<String, Duration>, BuilderError> {
        self.measure("average_build_times", self.0.average_build_times(packages)).await
    }

    async fn kept(&self, components: &[BuiltComponent]) -> Result<Vec<bool>, BuilderError> {
        self.measure("kept", self.0.kept(components)).await
    }

    async fn clean_up(&self, module: &ModuleRef) -> Result<(), BuilderError> {
        self.measure("clean_up", self.0.clean_up(module)).await
    }
}
