//! A queue that loses, doubles and reorders what it is given.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use entities::clock::Clock;
use jobs::Job;
use jobs::queue::{Handler, Lane, Queue, QueueError, envelope};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Numbers from a seed (splitmix64).
#[derive(Debug)]
pub struct Random(AtomicU64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// Another one, so that it does not matter who asks first.
    pub fn fork(&self) -> Self {
        Self(AtomicU64::new(self.next()))
    }

    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }
}

/// The queue.
pub struct Chaos {
    random: Random,
    clock: Clock,
    waiting: Mutex<Vec<Job>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Jobs that are being worked on.
    running: usize,
    /// Jobs that were delivered.
    delivered: usize,
}

impl Chaos {
    pub fn new(random: Random, clock: Clock) -> Self {
        Self { random, clock, waiting: Mutex::default(), state: Mutex::default() }
    }

    /// A job that is not lost.
    pub fn insert(&self, job: Job) {
        self.waiting.lock().unwrap().push(job);
    }

    /// Returns when nothing is left to do, or when so many jobs have been delivered.
    pub async fn settled(&self, most: Option<usize>) {
        let before = self.state.lock().unwrap().delivered;
        let mut quiet = 0;
        loop {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let state = self.state.lock().unwrap();
            if most.is_some_and(|most| state.delivered - before >= most) {
                return;
            }
            let is_quiet = state.running == 0 && self.waiting.lock().unwrap().is_empty();
            // A moment longer, for what is between a job and the next one.
            quiet = if is_quiet { quiet + 1 } else { 0 };
            if quiet > 5 {
                return;
            }
        }
    }

    /// Their workers are gone.
    pub fn forget_workers(&self) {
        self.state.lock().unwrap().running = 0;
        if self.random.below(3) == 0 {
            self.waiting.lock().unwrap().clear();
        }
    }

    /// Any of the jobs that wait in this lane.
    fn take(&self, lane: Lane) -> Option<Job> {
        let mut waiting = self.waiting.lock().unwrap();
        let those: Vec<usize> = (0..waiting.len()).filter(|at| waiting[*at].lane() == lane).collect();
        let at = *those.get(self.random.below(those.len().max(1)))?;
        let mut state = self.state.lock().unwrap();
        state.running += 1;
        state.delivered += 1;
        Some(waiting.swap_remove(at))
    }

    fn ended(&self) {
        let mut state = self.state.lock().unwrap();
        state.running = state.running.saturating_sub(1);
    }
}

#[async_trait]
impl Queue for Chaos {
    async fn push(&self, job: Job, _delay: Duration) -> Result<(), QueueError> {
        let copies = match self.random.below(10) {
            0 => 0,
            1 => 2,
            2 => return Err(QueueError("it is down".to_owned())),
            _ => 1,
        };
        (0..copies).for_each(|_| self.insert(job));
        Ok(())
    }

    async fn work(
        &self,
        lane: Lane,
        _name: &str,
        concurrency: usize,
        handler: Handler,
        _stop: watch::Receiver<bool>,
    ) -> Result<(), QueueError> {
        // Dropped with all its tasks when the worker dies.
        let mut tasks = JoinSet::new();
        loop {
            while tasks.len() < concurrency
                && let Some(job) = self.take(lane)
            {
                let work = Arc::clone(&handler)(envelope::wrap(job, self.clock.utc()));
                tasks.spawn(work);
            }
            tokio::select! {
                Some(_) = tasks.join_next() => self.ended(),
                () = tokio::time::sleep(Duration::from_millis(1)) => {}
            }
        }
    }

    async fn sweep(&self) -> Result<(), QueueError> {
        Ok(())
    }

    async fn check(&self) -> Result<(), QueueError> {
        Ok(())
    }

    async fn lengths(&self) -> Result<[(Lane, u64); 3], QueueError> {
        Ok(Lane::ALL.map(|lane| (lane, 0)))
    }
}
