//! What a service is like, before it is started.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::Service;
use crate::directory::{self, Directory};
use crate::git::Git;
use crate::kerberos::{self, Realm};
use crate::postgres::Postgres;
use crate::process::free_port;
use crate::redis::Redis;

/// A service to be started. Without changes: SQLite for database and queue, work done in the server's process, the base modules
/// `platform:f28` and that of the host.
#[derive(Debug, Default)]
pub struct Builder {
    options: BTreeMap<String, Value>,
    platforms: Vec<String>,
    results: Option<PathBuf>,
    postgres: bool,
    redis: bool,
    workers: Option<usize>,
    environment: BTreeMap<String, String>,
}

impl Builder {
    /// An option of the configuration file.
    pub fn option(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.options.insert(name.to_owned(), value.into());
        self
    }

    /// A variable of the environment of its processes.
    pub fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.insert(name.to_owned(), value.into());
        self
    }

    /// Its users come with tickets of a realm; a directory knows their groups.
    pub fn kerberos(self, realm: &Realm, directory: &Directory) -> Self {
        self.option("NO_AUTH", false)
            .option("AUTH_METHOD", "kerberos")
            .option("KERBEROS_KEYTAB", realm.keytab().display().to_string())
            .option("KERBEROS_HTTP_HOST", kerberos::HOST)
            .option("LDAP_URI", directory.url())
            .option("LDAP_GROUPS_DN", directory::GROUPS_DN)
            .variable("KRB5_CONFIG", realm.config().display().to_string())
    }

    /// One more base module, `platform:STREAM`.
    pub fn platform(mut self, stream: &str) -> Self {
        self.platforms.push(stream.to_owned());
        self
    }

    /// Another results folder.
    pub fn results(mut self, folder: &Path) -> Self {
        self.results = Some(folder.to_owned());
        self
    }

    /// On a PostgreSQL of its own.
    pub fn postgres(mut self) -> Self {
        self.postgres = true;
        self
    }

    /// With a Redis of its own.
    pub fn redis(mut self) -> Self {
        self.redis = true;
        self
    }

    /// The server only serves, and `count` workers are processes of their own.
    pub fn workers(mut self, count: usize) -> Self {
        self.workers = Some(count);
        self
    }

    /// Makes folders and configuration, imports the base modules, starts everything and waits until the server answers.
    pub async fn start(self) -> Service {
        let workers = self.workers.unwrap_or(0);
        let service = self.prepare().await;
        service.start_server().await;
        for _ in 0..workers {
            service.start_worker();
        }
        service
    }

    /// Everything of [`Builder::start`] but the processes of the service.
    pub async fn prepare(self) -> Service {
        let folder = TempDir::with_prefix("mbs-test-").unwrap();
        let postgres = if self.postgres { Some(Postgres::start().await) } else { None };
        let redis = if self.redis { Some(Redis::start(folder.path()).await) } else { None };
        let port = free_port();
        let state = folder.path().join("state");
        let results = self.results.clone().unwrap_or_else(|| state.join("results"));
        let sqlite = || format!("sqlite:///{}", state.join("mbs.db").display());
        let database = postgres.as_ref().map_or_else(sqlite, Postgres::url);
        let mut options = defaults(port, &state, &results, &database);
        if let Some(redis) = &redis {
            options.extend(named([("QUEUE", json!("redis")), ("REDIS_URL", json!(redis.url()))]));
        }
        options.extend(self.options);
        let config = folder.path().join("config.yaml");
        std::fs::write(&config, file(&options)).unwrap();
        let service = Service {
            environment: [("MBS_CONFIG_FILE".to_owned(), config.display().to_string())]
                .into_iter()
                .chain(self.environment)
                .collect(),
            git: Git::new(&folder.path().join("git")),
            folder,
            port,
            serve_only: self.workers.is_some(),
            results,
            database,
            server: Mutex::default(),
            workers: Mutex::default(),
            redis,
            postgres,
        };
        if self.postgres {
            let output = service.manage(&["upgradedb"]);
            assert!(output.status.success(), "upgradedb: {}", String::from_utf8_lossy(&output.stderr));
        }
        service.import_platform("f28");
        self.platforms.iter().for_each(|stream| service.import_platform(stream));
        service
    }
}

fn defaults(port: u16, state: &Path, results: &Path, database: &str) -> BTreeMap<String, Value> {
    named([
        ("PORT", json!(port)),
        ("STATE_DIR", json!(state)),
        ("RESULTS_DIR", json!(results)),
        ("SQLALCHEMY_DATABASE_URI", json!(database)),
        ("LOG_LEVEL", json!("debug")),
        ("NUM_CONCURRENT_BUILDS", json!(2)),
        ("SCM_NET_TIMEOUT", json!(10)),
        ("SCM_NET_RETRY_INTERVAL", json!(1)),
    ])
}

fn named<const N: usize>(options: [(&str, Value); N]) -> BTreeMap<String, Value> {
    options.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// JSON is YAML.
fn file(options: &BTreeMap<String, Value>) -> String {
    let mut text = String::from("extends: EmbeddedConfiguration\n");
    for (name, value) in options {
        writeln!(text, "{name}: {value}").unwrap();
    }
    text
}
