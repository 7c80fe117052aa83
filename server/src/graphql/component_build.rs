//! `ComponentBuild`.

use async_graphql::{Context, ID, Object, Result};
use serde_json::Value;

use super::loaders::Loaders;
use super::scalars::{ComponentState, DateTime, component_state};
use super::state_change::ComponentStateChange;
use crate::App;
use crate::rest::rows::Component;
use crate::service::progress::{Failure, Retry, Wait};

/// A component of a module build.
pub struct ComponentBuild(pub Component);

#[Object]
impl ComponentBuild {
    /// Its number; the same as in REST.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Name of the source package.
    async fn package(&self) -> &str {
        &self.0.package
    }

    /// Always `rpms`.
    async fn format(&self) -> &str {
        &self.0.format
    }

    /// Where it stands; null is "not started", or a number of an adopted database that has no name.
    async fn state(&self) -> Option<ComponentState> {
        component_state(self.0.state)
    }

    /// The number of its state; null is "not started".
    async fn state_number(&self) -> Option<i32> {
        self.0.state
    }

    /// Why it is in that state.
    async fn state_reason(&self) -> Option<&str> {
        self.0.state_reason.as_deref()
    }

    /// Task of the build system.
    async fn task_id(&self) -> Option<i32> {
        self.0.task_id
    }

    /// Name, version and release, once built.
    async fn nvr(&self) -> Option<&str> {
        self.0.nvr.as_deref()
    }

    /// The batch it is built in, from 1.
    async fn batch(&self) -> Option<i32> {
        self.0.batch
    }

    /// How often it was submitted to the build system.
    async fn attempt(&self) -> i32 {
        self.0.attempt
    }

    /// When its build started.
    async fn time_started(&self) -> Option<DateTime> {
        self.0.time_started.map(DateTime)
    }

    /// When its build ended.
    async fn time_finished(&self) -> Option<DateTime> {
        self.0.time_finished.map(DateTime)
    }

    /// Why it failed, was not built, or is tried again.
    async fn failure(&self) -> Option<Failure> {
        let Component { verdict, phase, error, error_line, .. } = &self.0;
        Failure::new(verdict.as_ref(), phase.as_ref(), error.as_ref(), *error_line)
    }

    /// Which retry after trouble of the build system it is at, and when that is due.
    async fn retry(&self, context: &Context<'_>) -> Result<Option<Retry>> {
        let most = context.data::<App>()?.config.jobs.max_retries;
        Ok(Retry::new(self.0.retries, most, self.0.retry_at))
    }

    /// What it waits for, while it is not over.
    async fn waits_for(&self, context: &Context<'_>) -> Result<Option<Wait>> {
        let progress = context.data::<Loaders>()?.progress(self.0.module_id).await?;
        let part = progress.as_ref().and_then(|all| all.components.iter().find(|part| part.row.id == self.0.id));
        Ok(part.and_then(|part| part.waits_for.clone()))
    }

    /// Whether its packages were taken over from an earlier build, by which rule, and why (not); null until that is decided.
    async fn reuse(&self) -> Option<Value> {
        self.0.reuse.as_deref().and_then(|text| serde_json::from_str(text).ok())
    }

    /// Seconds that its build is expected to take, from its history.
    async fn estimated_seconds(&self) -> Option<i32> {
        self.0.estimate
    }

    /// States in the order they were entered.
    async fn state_trace(&self, context: &Context<'_>) -> Result<Vec<ComponentStateChange>> {
        let trace = context.data::<Loaders>()?.component_trace(self.0.id).await?;
        Ok(trace.into_iter().map(Into::into).collect())
    }
}
