//! `ModuleStateChange` and `ComponentStateChange`: a step in a history.

use async_graphql::SimpleObject;

use super::scalars::{ComponentState, DateTime, ModuleState, component_state, module_state};
use crate::rest::rows::Step;

/// A state that a module build entered.
#[derive(Clone, Debug, SimpleObject)]
pub struct ModuleStateChange {
    /// When.
    time: DateTime,
    /// The state.
    state: Option<ModuleState>,
    /// Why.
    reason: Option<String>,
}

impl From<Step> for ModuleStateChange {
    fn from(step: Step) -> Self {
        Self { time: DateTime(step.time), state: module_state(step.state), reason: step.reason }
    }
}

/// A state that a component entered.
#[derive(Clone, Debug, SimpleObject)]
pub struct ComponentStateChange {
    /// When.
    time: DateTime,
    /// The state; null is "not started".
    state: Option<ComponentState>,
    /// Why.
    reason: Option<String>,
}

impl From<Step> for ComponentStateChange {
    fn from(step: Step) -> Self {
        Self { time: DateTime(step.time), state: component_state(step.state), reason: step.reason }
    }
}
