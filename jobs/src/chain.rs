//! What a worker goes on with when its job has ended, instead of leaving it to whoever takes it from the queue.
//!
//! Most of what a job wakes is the next step of the same work: a component has ended, so another one has its slot. Through the queue
//! that is several transactions and a pause in which nobody has it in hand; the worker that was busy until now is free for it. What
//! is kept here is lost with the process, as with the queue: upkeep finds it in the database. (docs/adr/0031)

use std::sync::{Arc, Mutex, PoisonError};

use crate::dispatch::handle;
use crate::queue::Lane;
use crate::{Context, Job};

/// What one worker of a lane does next.
#[derive(Debug)]
pub struct Chain {
    lane: Lane,
    next: Mutex<Next>,
}

#[derive(Debug, Default)]
struct Next {
    /// Takes milliseconds, and comes first.
    decision: Option<Job>,
    /// Takes long. Only one is kept: another one would wait for it, and somebody else may be free.
    work: Option<Job>,
}

impl Chain {
    /// Of a worker of this lane.
    pub fn new(lane: Lane) -> Arc<Self> {
        Arc::new(Self { lane, next: Mutex::default() })
    }

    /// Whether the worker does this job next. A worker does nothing that takes longer than what its lane is for.
    pub fn takes(&self, job: Job) -> bool {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let place = match (job, self.lane) {
            (Job::Advance(_), _) => &mut next.decision,
            (Job::RegenerateRepository(_) | Job::FinalizeModule(_), Lane::Prepare | Lane::Build)
            | (Job::BuildComponent(_), Lane::Build) => &mut next.work,
            _ => return false,
        };
        *place.get_or_insert(job) == job
    }

    fn next(&self) -> Option<Job> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        next.decision.take().or_else(|| next.work.take())
    }
}

/// Does what was kept in the chain of this context, and what that leads to; a process that ends leaves it to others.
pub async fn follow(context: &Context) {
    let Some(chain) = &context.chain else { return };
    while let Some(job) = chain.next() {
        if *context.shutdown.borrow() {
            Context { chain: None, ..context.clone() }.wake(job).await;
        } else {
            handle(context, job).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_come_first_and_one_of_each_is_kept() {
        let chain = Chain::new(Lane::Build);
        assert!(chain.takes(Job::BuildComponent(7)) && chain.takes(Job::Advance(1)));
        assert!(!chain.takes(Job::RegenerateRepository(1)) && !chain.takes(Job::Advance(2)), "for somebody else");
        assert!(chain.takes(Job::Advance(1)), "the same once more is the same");
        assert_eq!(chain.next(), Some(Job::Advance(1)));
        assert_eq!(chain.next(), Some(Job::BuildComponent(7)));
        assert_eq!(chain.next(), None);
    }

    #[test]
    fn nobody_is_kept_longer_than_the_lane_is_for() {
        let kept = |lane: Lane, job: Job| Chain::new(lane).takes(job);
        for lane in Lane::ALL {
            assert!(kept(lane, Job::Advance(1)));
            assert_eq!(kept(lane, Job::FinalizeModule(1)), lane != Lane::Control);
            assert_eq!(kept(lane, Job::BuildComponent(1)), lane == Lane::Build);
            assert!(!kept(lane, Job::PublishMessages) && !kept(lane, Job::ValidateModule(1)));
        }
    }
}
