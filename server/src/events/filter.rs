//! Which events somebody wants.

use std::collections::BTreeSet;

use entities::message::{COMPONENT_STATE_CHANGE, MODULE_STATE_CHANGE};
use entities::{ComponentState, ModuleState};

use super::Event;

/// All topics.
pub const TOPICS: [&str; 2] = [MODULE_STATE_CHANGE, COMPONENT_STATE_CHANGE];

/// Lets through what matches one value of each kind that has any; an empty one lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Owners of module builds.
    pub owners: BTreeSet<String>,
    /// Names of modules.
    pub names: BTreeSet<String>,
    /// Names of new states, of modules and components, in small letters: `failed` is both a module's and a component's.
    pub states: BTreeSet<String>,
    /// Module builds.
    pub ids: BTreeSet<i32>,
    /// Topics, see [`TOPICS`].
    pub topics: BTreeSet<String>,
}

impl Filter {
    /// Whether an event is wanted.
    pub fn lets_through(&self, event: &Event) -> bool {
        fn one_of(wanted: &BTreeSet<String>, value: Option<&str>) -> bool {
            wanted.is_empty() || value.is_some_and(|value| wanted.contains(value))
        }
        let state = event.state.as_deref().map(str::to_ascii_lowercase);
        one_of(&self.owners, event.owner.as_deref())
            && one_of(&self.names, event.name.as_deref())
            && one_of(&self.states, state.as_deref())
            && one_of(&self.topics, Some(&event.topic))
            && (self.ids.is_empty() || event.module_build_id.is_some_and(|id| self.ids.contains(&id)))
    }
}

/// All names of states that events can have, in small letters.
pub fn states() -> BTreeSet<String> {
    let modules = ModuleState::ALL.map(ModuleState::name).into_iter().map(str::to_owned);
    let components = ComponentState::ALL.into_iter().filter_map(ComponentState::name);
    modules.chain(components.map(str::to_ascii_lowercase)).collect()
}
