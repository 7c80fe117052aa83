//! Options: where they come from, and what they are.
//!
//! An option has, in this order, the value of its environment variable `MBS_<NAME>`, of the configuration file, of the built-in
//! section that applies, or its default. The file is named by `MBS_CONFIG_FILE` (else [`DEFAULT_FILE`]) and is flat or has
//! sections (`sections.rs`). Without a file the section `EmbeddedConfiguration` of `built_in.yaml` applies: a service that needs
//! nothing but a folder. Everything that is wrong is reported at once, with its line.
//!
//! Every subject has a file with its options, in a table that also drives `config check` and `docs/CONFIGURATION.md`, and with
//! the struct that the rest of the program sees. To add an option: a line in the table of its file, a field in its struct, and
//! `UPDATE_DOCS=1 cargo test -p server document`.

mod auth;
mod builder;
mod checks;
mod connections;
mod database;
mod document;
mod environment;
mod events;
mod expansion;
mod exposed;
mod folders;
mod gate;
mod graphql;
mod jobs;
mod kerberos;
mod koji;
mod ldap;
mod load;
mod logging;
mod messaging;
mod mock;
mod monitoring;
mod oidc;
mod option;
mod problem;
mod product_pages;
mod report;
mod rest;
mod retired;
mod scm;
mod sections;
mod settings;
mod table;
mod value;
mod webhooks;

use std::path::Path;

pub use auth::{Auth, AuthMethod};
pub use builder::{Builder, System};
pub use connections::Connections;
pub use database::Database;
pub use document::document;
pub use environment::Environment;
pub use events::Events;
pub use expansion::Expansion;
pub use folders::Folders;
pub use gate::{Gate, GateKind, Greenwave};
pub use graphql::Graphql;
pub use jobs::{Jobs, Queue, WorkerRole};
pub use kerberos::Kerberos;
pub use ldap::Ldap;
pub use load::Purpose;
pub use logging::Logging;
pub use messaging::{Bus, Messaging};
pub use monitoring::Monitoring;
pub use oidc::{ClientAuth, Oidc, TokenKind};
pub use problem::{ConfigErrors, Problem};
pub use product_pages::ProductPages;
pub use report::check_report;
pub use rest::Rest;
pub use scm::Scm;
pub use settings::{Secret, Source};
pub use webhooks::Webhooks;

use settings::Settings;

use crate::listener::TlsFiles;

/// The file that is read if `MBS_CONFIG_FILE` is not set.
pub const DEFAULT_FILE: &str = "/etc/module-build-service/config.yaml";

/// All options.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folders.
    pub folders: Folders,
    /// The database.
    pub database: Database,
    /// The HTTP server, and what may be submitted to it.
    pub rest: Rest,
    /// What connections to the HTTP server may take.
    pub connections: Connections,
    /// Streams of events.
    pub events: Events,
    /// Webhooks.
    pub webhooks: Webhooks,
    /// Certificate and key of the HTTP server; none where it speaks plain HTTP.
    pub tls: Option<TlsFiles>,
    /// What GraphQL queries may cost.
    pub graphql: Graphql,
    /// Who may do what.
    pub auth: Auth,
    /// Users who come with Kerberos, and proxies that know them already.
    pub kerberos: Kerberos,
    /// The directory that knows their groups.
    pub ldap: Ldap,
    /// Where modules and components may come from.
    pub scm: Scm,
    /// Base modules, streams, and how one submission becomes builds.
    pub expansion: Expansion,
    /// The build system.
    pub builder: Builder,
    /// Workers, their queue, and upkeep.
    pub jobs: Jobs,
    /// The gate between `done` and `ready`.
    pub gate: Gate,
    /// The message bus.
    pub messaging: Messaging,
    /// Logs.
    pub logging: Logging,
    /// Metrics and probes.
    pub monitoring: Monitoring,
    settings: Settings,
    /// Which file and section is in force, in words.
    origin: String,
}

impl Config {
    /// Reads file and environment. Fails with everything that is wrong.
    pub fn load(environment: &Environment, purpose: Purpose) -> Result<Self, ConfigErrors> {
        let (settings, origin) = load::settings(environment, purpose)?;
        let monitoring = Monitoring::new(&settings, environment).map_err(|problem| ConfigErrors(vec![problem]))?;
        let config = Self::of(settings, origin, monitoring);
        let problems = config.contradictions();
        if problems.is_empty() { Ok(config) } else { Err(ConfigErrors(problems)) }
    }

    /// The configuration of a service that needs nothing but a folder: the embedded defaults, with all its files in `state_dir`.
    pub fn embedded(state_dir: &Path) -> Result<Self, ConfigErrors> {
        let state_dir = state_dir.display().to_string();
        let environment = Environment::from([("MBS_CONFIG_FILE", String::new()), ("MBS_STATE_DIR", state_dir)]);
        Self::load(&environment, Purpose::Service)
    }

    fn of(settings: Settings, origin: String, monitoring: Monitoring) -> Self {
        let folders = Folders::new(&settings);
        let database = Database::new(&settings, &folders);
        let rest = Rest::new(&settings);
        Self {
            connections: Connections::new(&settings),
            events: Events::new(&settings),
            webhooks: Webhooks::new(&settings),
            tls: connections::tls(&settings),
            graphql: Graphql::new(&settings),
            auth: Auth::new(&settings),
            kerberos: Kerberos::new(&settings),
            ldap: Ldap::new(&settings),
            scm: Scm::new(&settings, &folders, &rest),
            expansion: Expansion::new(&settings),
            builder: Builder::new(&settings),
            jobs: Jobs::new(&settings, &folders, &database),
            gate: Gate::new(&settings),
            messaging: Messaging::new(&settings),
            logging: Logging::new(&settings),
            monitoring,
            folders,
            database,
            rest,
            settings,
            origin,
        }
    }

    /// Options that do not go together.
    fn contradictions(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.jobs.queue == Queue::Redis(Secret::default()) {
            problems.push(self.problem("QUEUE", "`QUEUE: redis` needs `REDIS_URL`"));
        }
        if self.jobs.roles.is_empty() {
            problems.push(self.problem("WORKER_ROLES", "`WORKER_ROLES` has to name at least one role"));
        }
        let [certificate, key] =
            ["TLS_CERTIFICATE_FILE", "TLS_KEY_FILE"].map(|name| self.settings.given(name).is_some());
        if certificate != key {
            let (given, missing) = if certificate { ("CERTIFICATE", "KEY") } else { ("KEY", "CERTIFICATE") };
            let message = format!("`TLS_{given}_FILE` needs `TLS_{missing}_FILE`");
            problems.push(self.problem(&format!("TLS_{given}_FILE"), message));
        }
        for name in self.gate.missing() {
            problems.push(self.problem("GATE", format!("`GATE: greenwave` needs `{name}`")));
        }
        if self.ldap.bind.as_ref().is_some_and(|(_, password)| password.is_empty()) {
            // Directories take a name without a password for nobody, and may tell nobody less.
            problems.push(self.problem("LDAP_BIND_DN", "`LDAP_BIND_DN` needs `LDAP_BIND_PASSWORD`"));
        }
        if self.kerberos.remote_user_header.is_some() {
            for (name, is_empty) in [
                ("TRUSTED_PROXIES", self.kerberos.trusted_proxies.is_empty()),
                ("KERBEROS_REALMS", self.kerberos.realms.is_empty()),
            ] {
                if is_empty {
                    problems.push(self.problem("REMOTE_USER_HEADER", format!("`REMOTE_USER_HEADER` needs `{name}`")));
                }
            }
        }
        problems
    }

    /// Whether workers of these roles can run. The server alone runs with every configuration that loads.
    pub fn check_worker(&self, roles: &[WorkerRole]) -> Result<(), ConfigErrors> {
        let mut problems = Vec::new();
        if !self.builder.system.is_built_in() {
            let name = self.builder.system.name();
            let message = format!(
                "the build system `{name}` is not built in yet; set `SYSTEM: rpmbuild` to build on this machine"
            );
            problems.push(self.problem("SYSTEM", message));
        }
        if roles.contains(&WorkerRole::Service) && !self.messaging.bus.is_built_in() {
            let name = self.messaging.bus.name();
            let message =
                format!("the message bus `{name}` is not built in yet; set `MESSAGING` to `in_memory` or `drop`");
            problems.push(self.problem("MESSAGING", message));
        }
        if problems.is_empty() { Ok(()) } else { Err(ConfigErrors(problems)) }
    }

    /// The keytab of a service whose users come with tickets.
    pub fn takes_tickets(&self) -> Option<&Path> {
        let is_asked = !self.auth.no_auth && self.auth.method == AuthMethod::Kerberos;
        self.kerberos.keytab.as_deref().filter(|_| is_asked)
    }

    fn problem(&self, option: &str, message: impl Into<String>) -> Problem {
        Problem::new(self.settings.get(option).1, message)
    }
}

#[cfg(test)]
mod tests;
