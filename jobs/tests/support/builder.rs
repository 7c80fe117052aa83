//! A build system that takes no time: what it is asked for it makes up. It tells its witness everything it is asked to do.

use async_trait::async_trait;
use builders::{
    BuildStart, Builder, BuilderError, BuiltComponent, BuiltRpm, Capabilities, ComponentRequest, ModuleRef, Outcome,
    Stop, TaskState,
};
use modulemd::{ModuleStream, Nsvc};

/// Sees what a builder is asked to do, and decides how it goes.
#[async_trait]
pub trait Witness: Send + Sync {
    /// Whether this attempt has a result.
    fn found(&self, _request: &ComponentRequest) -> Option<Outcome> {
        None
    }

    /// How a build ends.
    async fn build(&self, request: &ComponentRequest) -> Result<Outcome, BuilderError> {
        Ok(complete(request))
    }

    /// A repository is made.
    async fn repository(
        &self,
        _module: &ModuleRef,
        _number: i32,
        _built: &[BuiltComponent],
    ) -> Result<(), BuilderError> {
        Ok(())
    }

    /// A module is published.
    async fn publish(&self, _module: &ModuleRef, _built: &[BuiltComponent]) -> Result<(), BuilderError> {
        Ok(())
    }
}

/// What a build looks like that went well.
pub fn complete(request: &ComponentRequest) -> Outcome {
    let nvr = format!("{}-1-1{}", request.package, request.module.disttag);
    Outcome::Complete { nvr, rpms: Vec::new() }
}

/// Builds everything in no time.
#[derive(Debug)]
pub struct Instant<W>(pub W);

#[async_trait]
impl<W: Witness> Builder for Instant<W> {
    fn name(&self) -> &'static str {
        "instant"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { builds_in_place: true, needs_tagging: false }
    }

    fn tag(&self, module: &Nsvc, _scratch: bool, module_id: i32) -> String {
        format!("module-{}-{module_id}", module.name)
    }

    async fn prepare_buildroot(&self, _module: &ModuleRef) -> Result<(), BuilderError> {
        Ok(())
    }

    async fn build(&self, request: &ComponentRequest, _stop: Stop) -> Result<BuildStart, BuilderError> {
        self.0.build(request).await.map(BuildStart::Finished)
    }

    async fn find_task(&self, request: &ComponentRequest) -> Result<Option<TaskState>, BuilderError> {
        Ok(self.0.found(request).map(TaskState::Finished))
    }

    async fn task_states(&self, _tasks: &[i64]) -> Result<Vec<TaskState>, BuilderError> {
        Ok(Vec::new())
    }

    async fn add_to_buildroot(&self, _: &ModuleRef, _: &[BuiltComponent]) -> Result<(), BuilderError> {
        Ok(())
    }

    async fn regenerate_repository(
        &self,
        module: &ModuleRef,
        repository: i32,
        components: &[BuiltComponent],
    ) -> Result<(), BuilderError> {
        self.0.repository(module, repository, components).await
    }

    async fn cancel(&self, _task: i64) -> Result<(), BuilderError> {
        Ok(())
    }

    async fn finalize(&self, module: &ModuleRef, components: &[BuiltComponent]) -> Result<ModuleStream, BuilderError> {
        self.0.publish(module, components).await?;
        Ok((*module.modulemd).clone())
    }

    async fn built_rpms(&self, _tag: &str) -> Result<Vec<BuiltRpm>, BuilderError> {
        Ok(Vec::new())
    }

    async fn source_package(&self, _location: &str) -> Result<String, BuilderError> {
        Err(BuilderError::Impossible("there are no source packages here".to_owned()))
    }

    async fn tagged_rpms(&self, _: &[String], _: &[String]) -> Result<Vec<BuiltRpm>, BuilderError> {
        Ok(Vec::new())
    }

    async fn kept(&self, components: &[BuiltComponent]) -> Result<Vec<bool>, BuilderError> {
        Ok(vec![true; components.len()])
    }

    async fn clean_up(&self, _module: &ModuleRef) -> Result<(), BuilderError> {
        Ok(())
    }
}
