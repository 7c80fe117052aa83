//! Who gets a free slot: a pure function from what all builds run and want to how many components each may start now.
//!
//! Slots are given out one after the other, each to
//! 1. the highest priority that wants one: work in the background (a priority below 0) never goes before other work;
//! 2. of these, the owner who runs the fewest components of this priority or a higher one, and of those who run as many, the one
//!    who has not been given a slot for the longest time. So whoever comes with a small module waits for one component of a large
//!    one at most;
//! 3. of the owner's builds, the one that runs the fewest components, then the one with the longest component, then the oldest.
//!
//! Which of its components a build starts with is the planner's business ([`crate::plan::startable`]): the longest first.
//!
//! A slot that is somebody's stays theirs until they come for it: whoever asks meanwhile finds it given out.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// What a build runs and wants.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    /// `module_builds.id`.
    pub build: i32,
    /// Who submitted it.
    pub owner: String,
    /// Higher goes first; 0 is usual, below 0 is work in the background.
    pub priority: i32,
    /// Components that could start, if there were slots.
    pub ready: usize,
    /// How long the longest of these is expected to take, in seconds.
    pub longest: f64,
    /// Components that run.
    pub running: usize,
    /// When the owner was given a slot last, on any clock that grows; `None` is long ago.
    pub served: Option<i64>,
}

/// Why a build that has components ready does not start one now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoSlot {
    /// So many components of all builds are running, as many as there may be.
    AllTaken {
        /// How many that is.
        running: usize,
    },
    /// What is free goes to this build, whose priority is higher.
    Priority {
        /// `module_builds.id`.
        build: i32,
        /// Its priority.
        priority: i32,
    },
    /// What is free goes to this build of another owner, who has a smaller share at the moment.
    Share {
        /// `module_builds.id`.
        build: i32,
        /// Its owner.
        owner: String,
    },
    /// What is free goes to this build of the same owner.
    Sibling {
        /// `module_builds.id`.
        build: i32,
    },
}

/// How many components each build may start now, where `slots` may run in all. Builds that get nothing are left out.
pub fn share(slots: usize, demands: &[Demand]) -> BTreeMap<i32, usize> {
    let mut shares = BTreeMap::new();
    for build in given(slots, demands) {
        *shares.entry(demands[build].build).or_default() += 1;
    }
    shares
}

/// Why `build` gets nothing of [`share`]; `None` if it gets something, or wants nothing.
pub fn why_not(slots: usize, demands: &[Demand], build: i32) -> Option<NoSlot> {
    let own = demands.iter().find(|demand| demand.build == build && demand.ready > 0)?;
    let given: Vec<&Demand> = given(slots, demands).into_iter().map(|index| &demands[index]).collect();
    if given.iter().any(|demand| demand.build == build) {
        return None;
    }
    let Some(first) = given.first() else {
        return Some(NoSlot::AllTaken { running: running(demands) });
    };
    Some(if first.priority > own.priority {
        NoSlot::Priority { build: first.build, priority: first.priority }
    } else if first.owner == own.owner {
        NoSlot::Sibling { build: first.build }
    } else {
        NoSlot::Share { build: first.build, owner: first.owner.clone() }
    })
}

fn running(demands: &[Demand]) -> usize {
    demands.iter().map(|demand| demand.running).sum()
}

/// The places in `demands` of the builds that get the free slots, one after the other.
fn given(slots: usize, demands: &[Demand]) -> Vec<usize> {
    let mut free = slots.saturating_sub(running(demands));
    let mut levels: Vec<i32> = demands.iter().filter(|one| one.ready > 0).map(|one| one.priority).collect();
    levels.sort_unstable_by_key(|priority| Reverse(*priority));
    levels.dedup();
    let mut given = Vec::new();
    for level in levels {
        let mut owners = Owners::of(level, demands);
        while free > 0
            && let Some(next) = owners.next(demands)
        {
            given.push(next);
            free -= 1;
        }
    }
    given
}

/// An owner's place in the line.
#[derive(Default)]
struct Owner {
    /// What runs of this owner, as far as it counts here.
    running: usize,
    served: Option<i64>,
    /// Builds that want something: place in the demands, how much more, and what they run.
    wants: Vec<(usize, usize, usize)>,
}

/// The line for one priority.
struct Owners<'a> {
    wanting: HashMap<&'a str, Owner>,
    /// Grows with every slot; whoever was given one here comes after all who were given one before.
    turn: usize,
    turns: HashMap<&'a str, usize>,
}

impl<'a> Owners<'a> {
    fn of(priority: i32, demands: &'a [Demand]) -> Self {
        let mut owners: HashMap<&str, Owner> = HashMap::new();
        for (place, demand) in demands.iter().enumerate() {
            let owner = owners.entry(&demand.owner).or_default();
            if demand.priority >= priority {
                owner.running += demand.running;
            }
            owner.served = owner.served.max(demand.served);
            if demand.priority == priority && demand.ready > 0 {
                owner.wants.push((place, demand.ready, demand.running));
            }
        }
        owners.retain(|_, owner| !owner.wants.is_empty());
        Self { wanting: owners, turn: 0, turns: HashMap::new() }
    }

    /// The build that gets the next slot.
    fn next(&mut self, demands: &'a [Demand]) -> Option<usize> {
        let first_wish = |owner: &Owner| owner.wants.iter().map(|want| want.0).min().map(|place| demands[place].build);
        let turns = &self.turns;
        let due = self
            .wanting
            .iter()
            .min_by_key(|(name, owner)| (owner.running, turns.get(*name).copied(), owner.served, first_wish(owner)));
        let name = *due?.0;
        let owner = self.wanting.get_mut(name)?;
        let rank = |(place, _, running): &(usize, usize, usize)| {
            let demand = &demands[*place];
            (*running, Reverse(Longest(demand.longest)), demand.build)
        };
        let want = owner.wants.iter_mut().min_by_key(|want| rank(want))?;
        want.1 -= 1;
        want.2 += 1;
        let place = want.0;
        owner.wants.retain(|(_, more, _)| *more > 0);
        owner.running += 1;
        if owner.wants.is_empty() {
            self.wanting.remove(name);
        }
        self.turn += 1;
        self.turns.insert(name, self.turn);
        Some(place)
    }
}

/// Seconds, in their order.
#[derive(PartialEq)]
struct Longest(f64);

impl Eq for Longest {}

impl PartialOrd for Longest {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Longest {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(build: i32, owner: &str, ready: usize, running: usize) -> Demand {
        let owner = owner.to_owned();
        Demand { build, owner, priority: 0, ready, longest: 1.0, running, served: None }
    }

    fn shares(slots: usize, demands: &[Demand]) -> Vec<(i32, usize)> {
        share(slots, demands).into_iter().collect()
    }

    #[test]
    fn the_next_free_slot_is_for_whoever_runs_least() {
        let large = demand(1, "large", 496, 3);
        let small = demand(2, "small", 3, 0);
        assert_eq!(shares(4, &[large.clone(), small.clone()]), [(2, 1)]);
        assert_eq!(shares(8, &[large.clone(), small.clone()]), [(1, 2), (2, 3)]);
        assert_eq!(shares(3, &[large.clone(), small]), []);
        assert_eq!(shares(5, &[large]), [(1, 2)], "no slot stays empty");
    }

    #[test]
    fn owners_take_turns_where_there_is_one_slot() {
        let mut demands = [demand(1, "a", 500, 0), demand(2, "b", 3, 0)];
        (demands[0].longest, demands[0].served, demands[1].served) = (3600.0, Some(10), Some(9));
        assert_eq!(shares(1, &demands), [(2, 1)]);
        demands[1].served = Some(11);
        assert_eq!(shares(1, &demands), [(1, 1)]);
        demands[1].served = None;
        assert_eq!(shares(1, &demands), [(2, 1)], "somebody new");
    }

    #[test]
    fn many_builds_are_no_larger_share() {
        let mut demands: Vec<_> = (1..=9).map(|build| demand(build, "many", 2, 0)).collect();
        demands.push(demand(10, "one", 20, 0));
        let shares = share(8, &demands);
        assert_eq!(shares[&10], 4);
        assert!((1..=4).all(|build| shares[&build] == 1), "the oldest of the same owner: {shares:?}");
    }

    #[test]
    fn background_work_takes_what_is_left() {
        let mut demands = [demand(1, "a", 10, 0), demand(2, "b", 2, 1), demand(3, "c", 2, 0)];
        (demands[0].priority, demands[2].priority) = (-10, 5);
        assert_eq!(shares(3, &demands), [(3, 2)]);
        assert_eq!(shares(5, &demands), [(2, 2), (3, 2)]);
        assert_eq!(shares(7, &demands), [(1, 2), (2, 2), (3, 2)]);
    }

    #[test]
    fn what_runs_in_the_background_does_not_count_against_its_owner() {
        let mut demands = [demand(1, "a", 0, 3), demand(2, "a", 1, 0), demand(3, "b", 1, 1)];
        demands[0].priority = -1;
        assert_eq!(shares(5, &demands), [(2, 1)]);
    }

    #[test]
    fn of_one_owner_the_longest_first() {
        let mut demands = [demand(1, "a", 1, 0), demand(2, "a", 1, 0), demand(3, "a", 1, 1)];
        (demands[1].longest, demands[2].longest) = (50.0, 70.0);
        assert_eq!(shares(2, &demands), [(2, 1)]);
        assert_eq!(shares(3, &demands), [(1, 1), (2, 1)]);
    }

    #[test]
    fn who_waits_is_told_why() {
        let mut demands = [demand(1, "a", 5, 0), demand(2, "b", 5, 1), demand(3, "a", 5, 1), demand(4, "c", 0, 0)];
        let why = |slots, demands: &[Demand], build| why_not(slots, demands, build);
        assert_eq!(why(2, &demands, 1), Some(NoSlot::AllTaken { running: 2 }));
        assert_eq!((why(3, &demands, 4), why(99, &demands, 1)), (None, None));
        assert_eq!(why(3, &demands, 2), Some(NoSlot::Share { build: 1, owner: "a".to_owned() }));
        assert_eq!(why(3, &demands, 3), Some(NoSlot::Sibling { build: 1 }));
        demands[1].priority = 1;
        assert_eq!(why(3, &demands, 1), Some(NoSlot::Priority { build: 2, priority: 1 }));
    }

    #[test]
    fn shares_never_exceed_slots_or_wishes() {
        for seed in 0..2000_usize {
            let number = |of: usize| (seed * 7919 + of * 104_729 + 13) % 1009;
            let demands: Vec<_> = (0..number(1) % 8)
                .map(|at| {
                    let owner = format!("owner {}", number(at + 2) % 3);
                    let build = i32::try_from(at).unwrap();
                    let mut one = demand(build, &owner, number(at + 20) % 4, number(at + 40) % 3);
                    one.priority = [-10, 0, 7][number(at + 60) % 3];
                    one
                })
                .collect();
            let slots = number(0) % 12;
            let shares = share(slots, &demands);
            let free = slots.saturating_sub(running(&demands));
            let wanted: usize = demands.iter().map(|demand| demand.ready).sum();
            assert_eq!(shares.values().sum::<usize>(), free.min(wanted), "seed {seed}: no slot stays empty");
            for demand in &demands {
                let got = shares.get(&demand.build).copied().unwrap_or_default();
                assert!(got <= demand.ready, "seed {seed}");
                let why = why_not(slots, &demands, demand.build);
                assert_eq!(why.is_none(), got > 0 || demand.ready == 0, "seed {seed}");
            }
        }
    }
}
