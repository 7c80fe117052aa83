//! Which unfinished builds upkeep pushes.
//!
//! A build that somebody works on comes to be decided about by itself: when the step ends, or one of its components. Upkeep pushes
//! what nobody is known to have in hand, at every look, and everything else now and then, in turns, so that a wake-up that was lost
//! costs less than [`BOUND`].

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use entities::{ComponentState, ModuleState, component_build, module_build};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QuerySelect};

use crate::Context;
use crate::upkeep::held_leases;

/// Every build has its turn in less than this.
const BOUND: Duration = Duration::from_secs(20);

/// An unfinished build, as upkeep sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// Its id.
    pub id: i32,
    /// Somebody holds the lease on its steps.
    pub held: bool,
    /// Some of its components are being built.
    pub building: bool,
    /// None of them is, there are some that are not started, and no slot is free.
    pub waits_for_slot: bool,
}

impl Unfinished {
    /// Nobody has it in hand.
    pub fn is_due(self) -> bool {
        !(self.held || self.building || self.waits_for_slot)
    }
}

/// Whose turn it is to be pushed, in hand or not.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    look: i64,
    turns: i64,
}

impl Turn {
    /// Look number `look` of those that follow each other at this interval.
    pub fn new(look: i64, interval: Duration) -> Self {
        let turns = BOUND.as_millis() / interval.as_millis().max(1);
        Self { look, turns: i64::try_from(turns).unwrap_or(1).max(1) }
    }

    /// Whether it is the turn of the build with this id.
    pub fn is_of(self, id: i32) -> bool {
        (self.look + i64::from(id)).rem_euclid(self.turns) == 0
    }
}

/// The unfinished builds that fulfil a condition.
pub async fn unfinished(context: &Context, which: Condition) -> Result<Vec<Unfinished>, DbErr> {
    use module_build::{Column, Entity};
    let builds: Vec<(i32, ModuleState)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::State])
        .filter(which)
        .into_tuple()
        .all(&context.db)
        .await?;
    if builds.is_empty() {
        return Ok(Vec::new());
    }
    let held = held_leases(context, "module:").await?;
    let building = with_components(context, Some(ComponentState::Building)).await?;
    let waiting = with_components(context, None).await?;
    let running: i64 = building.values().sum();
    let is_full = usize::try_from(running).unwrap_or(usize::MAX) >= context.settings.concurrent_builds;
    let waiting: HashSet<i32> = waiting.into_keys().collect();
    let seen = |(id, state): (i32, ModuleState)| {
        let (builds, building) = (state == ModuleState::Build, building.contains_key(&id));
        Unfinished {
            id,
            held: held.contains(&format!("module:{id}")),
            building: builds && building,
            waits_for_slot: builds && !building && is_full && waiting.contains(&id),
        }
    };
    Ok(builds.into_iter().map(seen).collect())
}

/// Modules that are being built and have components in this state, with their number.
async fn with_components(context: &Context, state: Option<ComponentState>) -> Result<HashMap<i32, i64>, DbErr> {
    use component_build::{Column, Entity};
    let query = Entity::find()
        .select_only()
        .column(Column::ModuleId)
        .column_as(Column::Id.count(), "number")
        .inner_join(module_build::Entity)
        .filter(module_build::Column::State.eq(ModuleState::Build))
        .group_by(Column::ModuleId);
    let query = match state {
        Some(state) => query.filter(Column::State.eq(state)),
        None => query.filter(Column::State.is_null()),
    };
    let rows: Vec<(i32, i64)> = query.into_tuple().all(&context.db).await?;
    Ok(rows.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_turn_within_the_bound() {
        for seconds in [1, 2, 3, 5, 7, 20, 60] {
            let interval = Duration::from_secs(seconds);
            for id in [1, 2, 3, 40, 41] {
                let looks = (0..1000).position(|look| Turn::new(1000 + look, interval).is_of(id)).unwrap();
                let waited = interval * u32::try_from(looks).unwrap();
                assert!(waited <= BOUND.max(interval), "{id} every {seconds} s: {waited:?}");
            }
        }
    }

    #[test]
    fn turns_are_spread() {
        let look = Turn::new(7, Duration::from_secs(5));
        assert_eq!((1..=400).filter(|id| look.is_of(*id)).count(), 100);
    }

    #[test]
    fn what_is_in_hand_is_not_due() {
        let idle = Unfinished { id: 1, held: false, building: false, waits_for_slot: false };
        assert!(idle.is_due());
        for in_hand in [
            Unfinished { held: true, ..idle },
            Unfinished { building: true, ..idle },
            Unfinished { waits_for_slot: true, ..idle },
        ] {
            assert!(!in_hand.is_due());
        }
    }
}
