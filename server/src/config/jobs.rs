//! Workers, their queue, and upkeep.
//!
//! Options: `WORKER_ROLES`, `QUEUE`, `REDIS_URL`, `LEASE_SECONDS`, `UPKEEP_SECONDS`, `MAX_RETRIES`, `KEEP_MESSAGES_DAYS`,
//! `DRAIN_SECONDS`, `CLEANUP_FAILED_BUILDS_TIME`, `CLEANUP_STUCK_BUILDS_TIME`, `CLEANUP_STUCK_BUILDS_STATES`, `NET_TIMEOUT`,
//! `NET_RETRY_INTERVAL`.

use std::time::Duration;

use super::database::Database;
use super::folders::Folders;
use super::option::{Definition, Group, Kind, Secrecy};
use super::settings::{Secret, Settings};
use super::value::Value;

pub(super) const GROUP: Group = Group { title: "Workers and queue", options: OPTIONS };

const DAY: Duration = Duration::from_hours(24);

const OPTIONS: &[Definition] = &[
    Definition::new(
        "WORKER_ROLES",
        Kind::Choices(&["service", "build"]),
        "[service, build]",
        "What a worker does unless its command line says otherwise: `service` decides, validates, prepares and publishes, `build` builds components.",
    ),
    Definition::new(
        "QUEUE",
        Kind::Choice(&["sqlite", "redis"]),
        "sqlite",
        "What carries wake-ups to workers. `sqlite` needs nothing else but reaches only this machine; it is a file of its own beside that of the database, or `queue.db` in `STATE_DIR` where the database is not SQLite.",
    ),
    Definition::new(
        "REDIS_URL",
        Kind::Text,
        "",
        "Redis for `QUEUE: redis`, `redis://[:password@]host[:port][/number]`.",
    )
    .secret(Secrecy::Url)
    .checked(check_redis),
    Definition::new(
        "LEASE_SECONDS",
        Kind::Int(2, 3600),
        "15",
        "Seconds after which a worker that does not answer is taken for dead and its work given to another.",
    ),
    Definition::new(
        "UPKEEP_SECONDS",
        Kind::Int(1, 3600),
        "5",
        "Seconds between looks for work that no message woke anybody for.",
    ),
    Definition::new(
        "MAX_RETRIES",
        Kind::Int(0, 1000),
        "10",
        "Retries of one step, after trouble that may pass, before the module build fails.",
    ),
    Definition::new(
        "KEEP_GOING",
        Kind::Bool,
        "true",
        "When a component fails, what does not need it is built to its end before the module build fails, so that all failures show in one go: what is left of its batch, or with `buildafter` everything that is not after it. Otherwise the first failure ends the build.",
    ),
    Definition::new(
        "KEEP_MESSAGES_DAYS",
        Kind::Int(1, 3650),
        "14",
        "Days that published messages stay in the outbox, from which clients that were away catch up.",
    ),
    Definition::new(
        "DRAIN_SECONDS",
        Kind::Int(0, 86400),
        "10",
        "Seconds that a worker that is asked to end may go on with what it is doing.",
    ),
    Definition::new(
        "CLEANUP_FAILED_BUILDS_TIME",
        Kind::Int(1, 36500),
        "180",
        "Days after which failed builds become garbage.",
    ),
    Definition::new(
        "CLEANUP_STUCK_BUILDS_TIME",
        Kind::Int(0, 36500),
        "7",
        "Days after which builds that do not move fail.",
    ),
    Definition::new(
        "CLEANUP_STUCK_BUILDS_STATES",
        Kind::Choices(&["init", "wait", "build", "done"]),
        "[init, build]",
        "States in which a build can be stuck.",
    ),
    Definition::new(
        "NET_TIMEOUT",
        Kind::Int(0, 86400),
        "120",
        "Seconds that other services, git apart, get to answer, retries included.",
    ),
    Definition::new(
        "NET_RETRY_INTERVAL",
        Kind::Int(0, 86400),
        "30",
        "Seconds between retries of calls to other services.",
    ),
];

fn check_redis(value: &Value) -> Result<(), String> {
    let text = value.as_text().unwrap_or_default();
    let known = ["redis://", "rediss://", "redis+unix://", "unix://"];
    if text.is_empty() || known.iter().any(|scheme| text.starts_with(scheme)) {
        Ok(())
    } else {
        // The address is not repeated: it may hold a password.
        Err("it has to begin with redis://, rediss:// or redis+unix://".to_owned())
    }
}

/// Workers, their queue, and upkeep.
#[derive(Clone, Debug)]
pub struct Jobs {
    /// `WORKER_ROLES`.
    pub roles: Vec<WorkerRole>,
    /// `QUEUE` with its address.
    pub queue: Queue,
    /// `LEASE_SECONDS`.
    pub lease: Duration,
    /// `UPKEEP_SECONDS`.
    pub upkeep_interval: Duration,
    /// `MAX_RETRIES`.
    pub max_retries: i32,
    /// `KEEP_GOING`.
    pub keep_going: bool,
    /// `KEEP_MESSAGES_DAYS`.
    pub keep_messages: Duration,
    /// `DRAIN_SECONDS`.
    pub drain: Duration,
    /// `CLEANUP_FAILED_BUILDS_TIME`.
    pub clean_up_failed_after: Duration,
    /// `CLEANUP_STUCK_BUILDS_TIME`.
    pub stuck_after: Duration,
    /// `CLEANUP_STUCK_BUILDS_STATES`.
    pub stuck_states: Vec<String>,
    /// `NET_TIMEOUT`.
    pub net_timeout: Duration,
    /// `NET_RETRY_INTERVAL`.
    pub net_retry_interval: Duration,
}

/// What a worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerRole {
    /// Decides, validates, prepares, publishes.
    Service,
    /// Builds components.
    Build,
}

/// What carries wake-ups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Queue {
    /// A table in an `SQLite` file, by the address of the database.
    Sqlite(Secret),
    /// Redis, by its address.
    Redis(Secret),
}

impl Jobs {
    pub(super) fn new(settings: &Settings, folders: &Folders, database: &Database) -> Self {
        let days = |name| DAY.saturating_mul(u32::try_from(settings.number(name)).unwrap_or(u32::MAX));
        let roles = settings.list::<Vec<_>>("WORKER_ROLES");
        let role = |name: &String| {
            if name == "build" { WorkerRole::Build } else { WorkerRole::Service }
        };
        Self {
            roles: roles.iter().map(role).collect(),
            queue: queue(settings, folders, database),
            lease: settings.seconds("LEASE_SECONDS"),
            upkeep_interval: settings.seconds("UPKEEP_SECONDS"),
            max_retries: i32::try_from(settings.number("MAX_RETRIES")).unwrap_or(i32::MAX),
            keep_going: settings.flag("KEEP_GOING"),
            keep_messages: days("KEEP_MESSAGES_DAYS"),
            drain: settings.seconds("DRAIN_SECONDS"),
            clean_up_failed_after: days("CLEANUP_FAILED_BUILDS_TIME"),
            stuck_after: days("CLEANUP_STUCK_BUILDS_TIME"),
            stuck_states: settings.list("CLEANUP_STUCK_BUILDS_STATES"),
            net_timeout: settings.seconds("NET_TIMEOUT"),
            net_retry_interval: settings.seconds("NET_RETRY_INTERVAL"),
        }
    }
}

fn queue(settings: &Settings, folders: &Folders, database: &Database) -> Queue {
    if settings.text("QUEUE") == "redis" {
        return Queue::Redis(settings.text("REDIS_URL").into());
    }
    if let Some(file) = entities::db::sqlite_path(&database.url) {
        return Queue::Sqlite(format!("sqlite:///{}.queue", file.display()).into());
    }
    Queue::Sqlite(format!("sqlite:///{}", folders.state.join("queue.db").display()).into())
}
