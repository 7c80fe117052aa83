//! `ComponentBuild`.

use async_graphql::{Context, ID, Object, Result};

use super::loaders::Loaders;
use super::scalars::{ComponentState, DateTime, component_state};
use super::state_change::ComponentStateChange;
use crate::rest::rows::Component;

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

    /// States in the order they were entered.
    async fn state_trace(&self, context: &Context<'_>) -> Result<Vec<ComponentStateChange>> {
        let trace = context.data::<Loaders>()?.component_trace(self.0.id).await?;
        Ok(trace.into_iter().map(Into::into).collect())
    }
}
