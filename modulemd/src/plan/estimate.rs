//! How long a build will still take: its rest is run through with the times that its components are expected to take, as many at once
//! as there are slots, in the order in which they would be started.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use super::{Component, Progress, Snapshot, is_complete, is_graph};

/// What is expected of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Seconds until its last component is built; those of which nothing is known are taken to take no time.
    pub seconds: u64,
    /// Components that are to be built and of which nothing is known.
    pub unknown: Vec<i32>,
    /// The components that decide how long it takes, each of which is waited for by the next.
    pub critical_path: Vec<i32>,
}

/// The estimate for a build with `slots` to itself. `seconds` has what each of its components still takes, by id: of one that runs,
/// the rest. Components that wait for others that failed are not built.
pub fn estimate(build: &Snapshot, seconds: &BTreeMap<i32, u64>, slots: usize) -> Estimate {
    let open = build.components.iter().filter(|one| matches!(one.progress, Progress::Waiting | Progress::Building));
    let open: HashMap<i32, &Component> = open.map(|one| (one.id, one)).collect();
    let mut run = Run::new(build, seconds, slots.max(1));
    while let Some(ended) = run.next() {
        run.ends(ended);
    }
    let mut unknown: Vec<i32> =
        run.because.keys().filter(|id| open.contains_key(id) && !seconds.contains_key(id)).copied().collect();
    unknown.sort_unstable();
    Estimate { seconds: run.now, unknown, critical_path: run.path() }
}

struct Run<'a> {
    seconds: &'a BTreeMap<i32, u64>,
    slots: usize,
    now: u64,
    running: BinaryHeap<Reverse<(u64, i32)>>,
    ready: Vec<&'a Component>,
    /// Components that wait, with how many of those that they need are missing.
    waiting: Vec<(&'a Component, usize)>,
    /// In batches, the batch of each component: it lets later ones begin.
    batches: HashMap<i32, i32>,
    /// Those that were started, with the one whose end let them.
    because: HashMap<i32, Option<i32>>,
    last: Option<i32>,
}

impl<'a> Run<'a> {
    fn new(build: &'a Snapshot, seconds: &'a BTreeMap<i32, u64>, slots: usize) -> Self {
        let graph = is_graph(build);
        let missing: Vec<&Component> = build.components.iter().filter(|one| !is_complete(one)).collect();
        let of = |one: &Component| missing.iter().filter(|other| needs(graph, one, other)).count();
        let waiting = build.components.iter().filter(|one| one.progress == Progress::Waiting);
        let mut run = Self {
            seconds,
            slots,
            now: 0,
            running: BinaryHeap::new(),
            ready: Vec::new(),
            waiting: waiting.map(|one| (one, of(one))).collect(),
            batches: if graph {
                HashMap::new()
            } else {
                build.components.iter().map(|one| (one.id, one.batch)).collect()
            },
            because: HashMap::new(),
            last: None,
        };
        for one in build.components.iter().filter(|one| one.progress == Progress::Building) {
            run.start(one, None);
        }
        run.make_ready();
        run.fill(None);
        run
    }

    fn start(&mut self, component: &Component, because: Option<i32>) {
        let end = self.now + self.seconds.get(&component.id).copied().unwrap_or(0);
        self.running.push(Reverse((end, component.id)));
        self.because.insert(component.id, because);
    }

    fn next(&mut self) -> Option<i32> {
        let Reverse((end, id)) = self.running.pop()?;
        self.now = self.now.max(end);
        self.last = Some(id);
        Some(id)
    }

    fn ends(&mut self, id: i32) {
        let ended = self.batches.get(&id).copied();
        for (one, missing) in &mut self.waiting {
            if ended.is_some_and(|batch| batch < one.batch) || one.needs.iter().flatten().any(|need| *need == id) {
                *missing = missing.saturating_sub(1);
            }
        }
        self.make_ready();
        self.fill(Some(id));
    }

    fn make_ready(&mut self) {
        let (ready, waiting): (Vec<_>, Vec<_>) = self.waiting.drain(..).partition(|(_, missing)| *missing == 0);
        self.waiting = waiting;
        self.ready.extend(ready.into_iter().map(|(one, _)| one));
        // The heaviest last, which is taken first.
        self.ready.sort_by(|a, b| a.weight.total_cmp(&b.weight).then(b.id.cmp(&a.id)));
    }

    fn fill(&mut self, because: Option<i32>) {
        while self.running.len() < self.slots
            && let Some(one) = self.ready.pop()
        {
            self.start(one, because);
        }
    }

    fn path(&self) -> Vec<i32> {
        let mut path: Vec<i32> =
            std::iter::successors(self.last, |id| self.because.get(id).copied().flatten()).collect();
        path.reverse();
        path
    }
}

fn needs(graph: bool, one: &Component, other: &Component) -> bool {
    if graph { one.needs.iter().flatten().any(|need| *need == other.id) } else { other.batch < one.batch }
}

#[cfg(test)]
mod tests {
    use super::super::Stage;
    use super::*;

    fn component(id: i32, batch: i32, progress: Progress) -> Component {
        Component { id, batch, needs: None, progress, weight: 1.0, held_back: false }
    }

    fn build(components: Vec<Component>) -> Snapshot {
        Snapshot {
            stage: Stage::Build,
            scratch: false,
            held_back: false,
            batch: 1,
            components,
            free_slots: 0,
            keep_going: true,
        }
    }

    fn times(times: &[(i32, u64)]) -> BTreeMap<i32, u64> {
        times.iter().copied().collect()
    }

    const WAITING: Progress = Progress::Waiting;

    #[test]
    fn batches_follow_one_another() {
        let build = build(vec![
            component(1, 1, Progress::Complete { in_repository: true }),
            component(2, 2, Progress::Building),
            component(3, 2, WAITING),
            component(4, 3, WAITING),
        ]);
        let seconds = times(&[(2, 10), (3, 30), (4, 5)]);
        let together = estimate(&build, &seconds, 4);
        assert_eq!(together, Estimate { seconds: 35, unknown: vec![], critical_path: vec![3, 4] });
        let alone = estimate(&build, &seconds, 1);
        assert_eq!(alone, Estimate { seconds: 45, unknown: vec![], critical_path: vec![2, 3, 4] });
    }

    #[test]
    fn in_a_graph_only_needs_are_waited_for() {
        let with = |id, needs: &[i32]| Component { needs: Some(needs.to_vec()), ..component(id, 2, WAITING) };
        let build = build(vec![with(1, &[]), with(2, &[]), with(3, &[1]), with(4, &[3])]);
        let seconds = times(&[(1, 1), (2, 50), (3, 2), (4, 3)]);
        assert_eq!(estimate(&build, &seconds, 2), Estimate { seconds: 50, unknown: vec![], critical_path: vec![2] });
        let seconds = times(&[(1, 1), (2, 5), (3, 20), (4, 30)]);
        assert_eq!(
            estimate(&build, &seconds, 2),
            Estimate { seconds: 51, unknown: vec![], critical_path: vec![1, 3, 4] }
        );
    }

    #[test]
    fn what_is_unknown_is_said_to_be() {
        let build = build(vec![component(1, 1, WAITING), component(2, 2, WAITING)]);
        let one = estimate(&build, &times(&[(2, 7)]), 1);
        assert_eq!((one.seconds, one.unknown), (7, vec![1]));
    }

    #[test]
    fn what_needs_something_that_failed_takes_no_time() {
        let build = build(vec![component(1, 1, Progress::Failed), component(2, 2, WAITING)]);
        assert_eq!(estimate(&build, &times(&[(2, 7)]), 1), Estimate::default());
        assert_eq!(estimate(&Snapshot { components: vec![], ..build }, &times(&[]), 1), Estimate::default());
    }
}
