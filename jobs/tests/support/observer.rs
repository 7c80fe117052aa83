//! Looks at everything that the build system is asked to do, and lets some of it go wrong.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use builders::{BuilderError, BuiltComponent, ComponentRequest, Failure, FailureKind, ModuleRef, Outcome, Phase};

use entities::{ComponentState, component_build};
use sea_orm::DatabaseConnection;
use sea_orm::entity::prelude::*;
use tokio::sync::Notify;

use crate::builder::{Witness, complete};
use crate::chaos::Random;
use crate::modules::Planned;

/// A component and its attempt.
type Attempt = (i32, i32);

/// Module build and number of the repository.
type Repository = (i32, i32);

pub struct Observer {
    seed: u64,
    random: Random,
    db: DatabaseConnection,
    slots: usize,
    /// The worker dies where it is.
    doom: Notify,
    seen: Mutex<Seen>,
}

/// What a worker has its components built by, for as long as it lives.
pub struct Life {
    observer: Arc<Observer>,
    number: usize,
}

#[derive(Default)]
struct Seen {
    /// The life that is being lived. What is left of earlier ones, on another thread, does nothing more.
    life: usize,
    planned: HashMap<i32, Vec<Planned>>,
    repositories: HashMap<Repository, BTreeSet<String>>,
    results: HashMap<Attempt, Outcome>,
    running: HashSet<Attempt>,
    /// Components that built well; each at most once.
    built: HashSet<i32>,
    published: HashMap<i32, BTreeSet<String>>,
}

impl Observer {
    pub fn new(seed: u64, random: Random, db: DatabaseConnection, slots: usize) -> Self {
        Self { seed, random, db, slots, doom: Notify::new(), seen: Mutex::default() }
    }

    /// Returns when the worker is to die: it is in the middle of a build, or has not yet written down how one went.
    pub async fn doomed(&self) {
        self.doom.notified().await;
    }

    /// Sometimes goes no further.
    async fn may_die(&self) {
        if self.random.below(25) == 0 {
            self.doom.notify_one();
            std::future::pending::<()>().await;
        }
    }

    async fn check_slots(&self) {
        let running = component_build::Column::State.eq(ComponentState::Building);
        let running = component_build::Entity::find().filter(running).all(&self.db).await.unwrap().len();
        check(running <= self.slots, || format!("seed {}: {running} in {} slots", self.seed, self.slots));
    }

    /// What is known of a module before it is built.
    pub fn expects(&self, module: i32, planned: Vec<Planned>) {
        self.seen().planned.insert(module, planned);
    }

    /// Another worker lives, and those before it are dead.
    pub fn next_life(self: &Arc<Self>) -> Life {
        let mut seen = self.seen();
        seen.life += 1;
        seen.running.clear();
        Life { observer: Arc::clone(self), number: seen.life }
    }

    /// What was published is all that was planned.
    pub fn check_the_end(&self) {
        let seen = self.seen();
        for (module, published) in &seen.published {
            let mut planned: BTreeSet<String> = seen.planned[module].iter().map(|one| one.name.clone()).collect();
            planned.insert("module-build-macros".to_owned());
            assert_eq!(published, &planned, "seed {}: module build {module}", self.seed);
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        // A failed check is told by the test, not by everybody who looks afterwards.
        self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Everything that it needs is in its repository.
    fn check_needs(&self, seen: &Seen, request: &ComponentRequest) {
        let planned = &seen.planned[&request.module.id];
        let Some(own) = planned.iter().find(|one| one.name == request.package) else {
            return check(request.package == "module-build-macros", || format!("{} is unknown", request.package));
        };
        let mut needs = vec!["module-build-macros"];
        match &own.needs {
            Some(named) => needs.extend(named.iter().map(String::as_str)),
            None => needs.extend(planned.iter().filter(|one| one.batch < own.batch).map(|one| one.name.as_str())),
        }
        let repository = seen.repositories.get(&(request.module.id, request.repository));
        for need in needs {
            check(repository.is_some_and(|repository| repository.contains(need)), || {
                let (of, package, number) = (self.seed, &request.package, request.repository);
                format!("seed {of}: {package} is built against repository {number} without {need}")
            });
        }
    }

    fn outcome(&self, request: &ComponentRequest) -> Result<Outcome, BuilderError> {
        let failure = |kind| Failure { kind, phase: Phase::Build, message: "it went wrong".to_owned(), log_line: None };
        match self.random.below(30) {
            0 => Ok(Outcome::Failed(failure(FailureKind::User))),
            1 | 2 => Ok(Outcome::Failed(failure(FailureKind::Infra))),
            3 | 4 => Err(BuilderError::Unavailable("it is down".to_owned())),
            _ => Ok(complete(request)),
        }
    }
}

impl Life {
    /// What was seen, unless this life is over: then it goes no further, like a process that is gone.
    async fn with<T>(&self, note: impl FnOnce(&mut Seen) -> T) -> T {
        let noted = {
            let mut seen = self.observer.seen();
            (seen.life == self.number).then(|| note(&mut seen))
        };
        match noted {
            Some(noted) => noted,
            None => std::future::pending().await,
        }
    }
}

#[async_trait]
impl Witness for Life {
    fn found(&self, request: &ComponentRequest) -> Option<Outcome> {
        self.observer.seen().results.get(&(request.component_id, request.attempt)).cloned()
    }

    async fn build(&self, request: &ComponentRequest) -> Result<Outcome, BuilderError> {
        let observer = &self.observer;
        let attempt = (request.component_id, request.attempt);
        self.with(|seen| {
            let what = format!("seed {}: attempt {attempt:?} of {}", observer.seed, request.package);
            check(seen.running.insert(attempt), || format!("{what} is built twice at the same time"));
            check(!seen.results.contains_key(&attempt), || format!("{what} has a result"));
            check(!seen.built.contains(&request.component_id), || format!("{what}: an earlier one was good"));
            observer.check_needs(seen, request);
        })
        .await;
        observer.check_slots().await;
        observer.may_die().await;
        let outcome = observer.outcome(request);
        self.with(|seen| {
            seen.running.remove(&attempt);
            if let Ok(outcome) = &outcome {
                seen.results.insert(attempt, outcome.clone());
                if matches!(outcome, Outcome::Complete { .. }) {
                    seen.built.insert(request.component_id);
                }
            }
        })
        .await;
        observer.may_die().await;
        outcome
    }

    async fn repository(&self, module: &ModuleRef, number: i32, built: &[BuiltComponent]) -> Result<(), BuilderError> {
        tokio::task::yield_now().await;
        if self.observer.random.below(8) == 0 {
            return Err(BuilderError::Unavailable("the disk is full".to_owned()));
        }
        let packages = built.iter().map(|component| component.package.clone()).collect();
        self.with(|seen| seen.repositories.insert((module.id, number), packages)).await;
        Ok(())
    }

    async fn publish(&self, module: &ModuleRef, built: &[BuiltComponent]) -> Result<(), BuilderError> {
        let packages: BTreeSet<String> = built.iter().map(|component| component.package.clone()).collect();
        let is_once = packages.len() == built.len();
        check(is_once, || format!("seed {}: something is published twice", self.observer.seed));
        self.with(|seen| seen.published.insert(module.id, packages)).await;
        Ok(())
    }
}

/// Jobs take a panic for trouble of the machine and try again, so a failed check ends the test program.
fn check(holds: bool, what: impl FnOnce() -> String) {
    if !holds {
        // Not `eprintln!`, which the test harness keeps to itself until a test ends, and this one does not.
        let _ = writeln!(std::io::stderr(), "{}", what());
        std::process::abort();
    }
}
