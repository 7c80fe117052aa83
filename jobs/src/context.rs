//! What every job needs.

use std::sync::Arc;
use std::time::Duration;

use builders::Builder;
use chrono::{NaiveDateTime, TimeDelta};
use entities::clock::Clock;
use messaging::Bus;
use sea_orm::DatabaseConnection;
use tokio::sync::watch;

use crate::chain::Chain;
use crate::collect::Patience;
use crate::gate::Gate;
use crate::queue::Queue;
use crate::seldom::Seldom;
use crate::slots::Sharing;
use crate::{Job, Numbering, build_log};

/// A queue that does not answer for longer must not hold up what the database knows already.
const PUSH: Duration = Duration::from_secs(2);

/// Options of the jobs; where they come from is the server's matter.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Settings {
    /// `NUM_CONCURRENT_BUILDS`: components being built at a time, over all builds and workers.
    pub concurrent_builds: usize,
    /// A worker that does not answer for this long is taken for dead.
    pub lease: TimeDelta,
    /// Where the logs of module builds are.
    pub build_logs: build_log::Settings,
    /// After how long what happens to builds that nobody looks after.
    pub patience: Patience,
    /// Between two questions to the gate about one build.
    pub gate_interval: TimeDelta,
    /// How often upkeep looks for what is due.
    pub upkeep_interval: Duration,
    /// Retries of one step before the build fails.
    pub max_retries: i32,
    /// `KEEP_GOING`: after a failure, what does not need what failed is built to its end.
    pub keep_going: bool,
    /// Published messages stay in the outbox for this long.
    pub keep_messages: TimeDelta,
    /// Webhooks.
    pub webhooks: crate::webhooks::WebhookSettings,
    /// `IDEMPOTENCY_KEEP_HOURS`: for how long a repeated submission is known by its key.
    pub keep_idempotency_keys: TimeDelta,
    /// How long it is kept who changed what; none is for ever.
    pub keep_audit: Option<TimeDelta>,
    /// `RPMS_DEFAULT_REPOSITORY`: components without a repository are looked for here, by name.
    pub rpms_repository: String,
    /// `RPMS_ALLOW_REPOSITORY`: documents may name repositories.
    pub rpms_allow_repository: bool,
    /// `RPMS_DEFAULT_CACHE`.
    pub rpms_cache: String,
    /// `RPMS_ALLOW_CACHE`.
    pub rpms_allow_cache: bool,
    /// `MODULES_DEFAULT_REPOSITORY`: included modules without a repository are looked for here, by name.
    pub modules_repository: String,
    /// `MODULES_ALLOW_REPOSITORY`: documents may name repositories of included modules.
    pub modules_allow_repository: bool,
    /// `MAX_INCLUDED_MODULES`: in one module, those included.
    pub max_included_modules: usize,
    /// `MAX_INCLUSION_DEPTH`: of modules that include one another.
    pub max_inclusion_depth: usize,
    /// `ALLOW_NAME_OVERRIDE_FROM_SCM`: a document may name its module otherwise than its repository.
    pub allow_name_override: bool,
    /// `DEFAULT_BRANCH`: of components that name no ref, where the submission has no branch.
    pub default_branch: String,
    /// `ARCHES`, or the host's with `ARCH_AUTODETECT` on a local builder.
    pub arches: Vec<String>,
    /// `ALLOW_ARCH_OVERRIDE`: components that documents restrict to some architectures are built for these only.
    pub allow_arch_override: bool,
    /// `BASE_MODULE_ARCHES`: arches by `name:stream` of a base module.
    pub base_module_arches: std::collections::BTreeMap<String, Vec<String>>,
    /// `BASE_MODULE_NAMES`.
    pub base_module_names: Vec<String>,
    /// How modules are found that can be built against.
    pub expansion: modulemd::expansion::ExpandSettings,
    /// `ALLOWED_PRIVILEGED_MODULE_NAMES`.
    pub privileged_module_names: Vec<String>,
    /// `DEFAULT_MODULES_SCM_URL`: of base modules that use default modules and name no other repository.
    pub default_modules_repository: String,
    /// `USES_RAWHIDE`: the stream in development has its default modules in `rawhide_branch`.
    pub uses_rawhide: bool,
    /// `RAWHIDE_BRANCH`.
    pub rawhide_branch: String,
    /// `DEFAULT_DIST_TAG_PREFIX`.
    pub disttag_prefix: String,
    /// Git look-ups at a time while a module is validated.
    pub concurrent_lookups: usize,
}

/// What every job needs. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The truth.
    pub db: DatabaseConnection,
    /// The time.
    pub clock: Clock,
    /// Where components are built.
    pub builder: Arc<dyn Builder>,
    /// Who decides when a build becomes ready; none where it is as soon as it is done.
    pub gate: Option<Arc<dyn Gate>>,
    /// Where sources are looked up.
    pub git: Arc<scm::Git>,
    /// Where the world hears about it.
    pub bus: Arc<dyn Bus>,
    /// Carries wake-ups.
    pub queue: Arc<dyn Queue>,
    /// Gives messages their numbers.
    pub numbering: Arc<Numbering>,
    /// Options.
    pub settings: Arc<Settings>,
    /// Who we are in leases: host, process and a random part.
    pub holder: Arc<str>,
    /// Slots of others that were found free.
    pub sharing: Arc<Sharing>,
    /// Who asked lately for messages to be published.
    pub publishing: Arc<Seldom>,
    /// What the worker that runs this job does next; none for those who are no workers.
    pub chain: Option<Arc<Chain>>,
    /// Becomes true when the process is asked to end.
    pub shutdown: watch::Receiver<bool>,
}

impl Context {
    /// The time as the database keeps it.
    pub fn now(&self) -> NaiveDateTime {
        self.clock.now()
    }

    /// Wakes a job: this worker does it next, or whoever takes it from the queue. That the queue is down is no error: upkeep wakes
    /// it later.
    pub async fn wake(&self, job: Job) {
        if self.chain.as_ref().is_some_and(|chain| chain.takes(job)) {
            return;
        }
        self.wake_after(job, Duration::ZERO).await;
    }

    /// Has messages numbered and published that were just written: at once, or with those of others in a moment.
    pub async fn announce(&self) {
        self.numbering.ring();
        let publish = |context: Self| async move { context.wake(Job::PublishMessages).await };
        self.seldom(|context| &context.publishing, publish).await;
    }

    /// Does something at once, or once in a moment for all who ask meanwhile.
    pub(crate) async fn seldom<F>(&self, seldom: fn(&Self) -> &Seldom, act: impl Fn(Self) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send,
    {
        if !seldom(self).is_due() {
            return;
        }
        act(self.clone()).await;
        let context = self.clone();
        tokio::spawn(async move {
            loop {
                seldom(&context).pause().await;
                if !seldom(&context).is_due_again() {
                    return;
                }
                act(context.clone()).await;
            }
        });
    }

    /// Wakes a job after a while.
    pub async fn wake_after(&self, job: Job, delay: Duration) {
        match tokio::time::timeout(PUSH, self.queue.push(job, delay)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(?job, %error, "could not wake a job; upkeep will"),
            Err(_) => tracing::warn!(?job, "the queue did not take a job in time; upkeep will wake it"),
        }
    }
}
