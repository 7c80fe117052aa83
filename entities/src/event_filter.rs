//! Which events of the feed somebody wants.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::message::{COMPONENT_STATE_CHANGE, MODULE_STATE_CHANGE};
use crate::{ComponentState, ModuleState};

/// All topics.
pub const TOPICS: [&str; 2] = [MODULE_STATE_CHANGE, COMPONENT_STATE_CHANGE];

/// Lets through what matches one value of each kind that has any; an empty one lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Owners of module builds.
    #[serde(rename = "owner")]
    pub owners: BTreeSet<String>,
    /// Names of modules.
    #[serde(rename = "name")]
    pub names: BTreeSet<String>,
    /// Names of new states, of modules and components, in small letters: `failed` is both a module's and a component's.
    #[serde(rename = "state")]
    pub states: BTreeSet<String>,
    /// Module builds.
    #[serde(rename = "id")]
    pub ids: BTreeSet<i32>,
    /// Topics, see [`TOPICS`].
    #[serde(rename = "topic")]
    pub topics: BTreeSet<String>,
}

/// What of an event is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Owner of the module build.
    pub owner: Option<&'a str>,
    /// Name of the module.
    pub name: Option<&'a str>,
    /// Name of the new state.
    pub state: Option<&'a str>,
    /// Topic.
    pub topic: &'a str,
    /// The module build.
    pub module_build_id: Option<i32>,
}

impl Filter {
    /// Whether an event is wanted.
    pub fn lets_through(&self, event: Facts<'_>) -> bool {
        fn one_of(wanted: &BTreeSet<String>, value: Option<&str>) -> bool {
            wanted.is_empty() || value.is_some_and(|value| wanted.contains(value))
        }
        let state = event.state.map(str::to_ascii_lowercase);
        one_of(&self.owners, event.owner)
            && one_of(&self.names, event.name)
            && one_of(&self.states, state.as_deref())
            && one_of(&self.topics, Some(event.topic))
            && (self.ids.is_empty() || event.module_build_id.is_some_and(|id| self.ids.contains(&id)))
    }

    /// Whether it names states and topics that events can have; otherwise what is wrong, in a sentence.
    pub fn check(&self) -> Result<(), String> {
        let states = states();
        if let Some(state) = self.states.iter().find(|state| !states.contains(*state)) {
            let known = states.into_iter().collect::<Vec<_>>().join(", ");
            return Err(format!("No event has the state \"{state}\"; known are {known}"));
        }
        match self.topics.iter().find(|topic| !TOPICS.contains(&topic.as_str())) {
            Some(topic) => Err(format!("No event has the topic \"{topic}\"; known are {}", TOPICS.join(", "))),
            None => Ok(()),
        }
    }
}

/// All names of states that events can have, in small letters.
pub fn states() -> BTreeSet<String> {
    let modules = ModuleState::ALL.map(ModuleState::name).into_iter().map(str::to_owned);
    let components = ComponentState::ALL.into_iter().filter_map(ComponentState::name);
    modules.chain(components.map(str::to_ascii_lowercase)).collect()
}
