//! From options to what the service is made of: the single place that chooses a queue, a build system, a bus and a way to log in.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use builders::Builder;
use builders::rpmbuild::RpmBuild;
use chrono::TimeDelta;
use entities::ModuleState;
use entities::clock::Clock;
use jobs::gate::{Gate, Hook};
use jobs::queue::{Queue, RedisQueue, SqliteQueue};
use messaging::{Bus, InMemory};
use sea_orm::DatabaseConnection;
use tokio::sync::watch;
use uuid::Uuid;

use crate::App;
use crate::auth::{ApiTokens, Authenticator, Kerberos, NoAuth, Nobody, Oidc, Throttle, kerberos, ldap};
use crate::config::{self, AuthMethod, Config, GateKind, System};
use crate::events::Feed;
use crate::gate::Greenwave;
use crate::monitor::Monitor;
use crate::service::submit::product_pages::ProductPages;

/// What every request needs.
pub async fn app(config: Arc<Config>, db: DatabaseConnection) -> anyhow::Result<App> {
    let clock = Clock::system();
    let method = authenticator(&config, &clock)?;
    let authenticator = Arc::new(ApiTokens::before(method, db.clone(), clock.clone()));
    with(config, db, clock, authenticator).await
}

/// The same for a process that takes no requests, and so needs nothing that is there to know who sends them.
pub async fn worker(config: Arc<Config>, db: DatabaseConnection) -> anyhow::Result<App> {
    with(config, db, Clock::system(), Arc::new(Nobody)).await
}

async fn with(
    config: Arc<Config>,
    db: DatabaseConnection,
    clock: Clock,
    authenticator: Arc<dyn Authenticator>,
) -> anyhow::Result<App> {
    let queue = queue(&config, &clock).await?;
    Ok(App {
        feed: Arc::new(Feed::new(db.clone(), &config)),
        monitor: Arc::new(Monitor::new(db.clone(), clock.clone(), Arc::clone(&queue))),
        db,
        clock,
        queue,
        git: Arc::new(scm::Git::new(config.scm.git.clone())?),
        product_pages: product_pages(&config)?,
        authenticator,
        throttle: Arc::new(Throttle::new(config.auth.max_failed_logins)),
        config,
    })
}

/// What every job needs.
pub async fn context(app: &App, shutdown: watch::Receiver<bool>) -> anyhow::Result<jobs::Context> {
    app.monitor.needs_results(app.config.folders.results.clone());
    Ok(jobs::Context {
        db: app.db.clone(),
        clock: app.clock.clone(),
        builder: builder(&app.config).await?,
        gate: gate(&app.config)?,
        git: app.git.clone(),
        bus: bus(&app.config)?,
        queue: app.queue.clone(),
        numbering: Arc::new(jobs::Numbering::new(app.db.clone(), app.feed.bell())),
        settings: Arc::new(job_settings(&app.config)),
        holder: holder().into(),
        sharing: Arc::default(),
        publishing: Arc::default(),
        chain: None,
        shutdown,
    })
}

async fn queue(config: &Config, clock: &Clock) -> anyhow::Result<Arc<dyn Queue>> {
    match &config.jobs.queue {
        config::Queue::Redis(address) => Ok(Arc::new(RedisQueue::open(address, clock.clone())?)),
        config::Queue::Sqlite(address) => {
            let file =
                entities::db::sqlite_path(address).context("the queue's address is not that of an SQLite file")?;
            if let Some(folder) = file.parent() {
                std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
            }
            Ok(Arc::new(SqliteQueue::open(file, clock.clone()).await?))
        }
    }
}

fn product_pages(config: &Config) -> anyhow::Result<Option<Arc<ProductPages>>> {
    let settings = config.expansion.product_pages.as_ref();
    let client = settings.map(ProductPages::new).transpose().context("Product Pages cannot be asked")?;
    Ok(client.map(Arc::new))
}

fn authenticator(config: &Config, clock: &Clock) -> anyhow::Result<Arc<dyn Authenticator>> {
    match config.auth.method {
        _ if config.auth.no_auth => Ok(Arc::new(NoAuth)),
        AuthMethod::Oidc => Ok(Arc::new(Oidc::new(&config.auth, clock.clone())?)),
        AuthMethod::Kerberos => Ok(Arc::new(kerberos(config)?)),
    }
}

/// Tickets are taken by processes that know of a keytab; whoever starts one that serves sees to that.
fn kerberos(config: &Config) -> anyhow::Result<Kerberos> {
    let (kerberos, ldap) = (&config.kerberos, &config.ldap);
    let address = match (&ldap.uri, &ldap.groups_dn) {
        (Some(uri), Some(groups_dn)) => Some(ldap::Address {
            uri: uri.clone(),
            groups_dn: groups_dn.clone(),
            bind: ldap.bind.clone(),
            trust: ldap::trusting(ldap.ca_file.as_deref()).context("LDAP_CA_FILE cannot be used")?,
            timeout: ldap.timeout,
        }),
        _ => None,
    };
    let acceptor = kerberos.keytab.as_ref().map(|keytab| {
        let host = kerberos.http_host.clone().unwrap_or_else(host_name);
        kerberos::Acceptor::new(&host)
            .with_context(|| format!("{} holds no key for HTTP/{host} (KERBEROS_KEYTAB)", keytab.display()))
    });
    let forwarded = kerberos.remote_user_header.clone();
    let forwarded = forwarded.map(|header| kerberos::Forwarded::new(header, kerberos.trusted_proxies.clone()));
    if acceptor.is_none() && forwarded.is_none() {
        tracing::warn!("nobody can log in: neither KERBEROS_KEYTAB nor REMOTE_USER_HEADER is set");
    }
    Ok(Kerberos {
        acceptor: acceptor.transpose()?,
        forwarded,
        realms: kerberos.realms.clone(),
        allowed_users: config.auth.allowed_users.clone(),
        directory: ldap::Directory::new(address, ldap.cache),
    })
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned()
}

async fn builder(config: &Config) -> anyhow::Result<Arc<dyn Builder>> {
    match config.builder.system {
        System::Rpmbuild => {
            let builder = RpmBuild::new(rpmbuild_settings(config))?;
            builder.preflight().await.context("this host cannot build (`mbs-manager run --serve-only` only serves)")?;
            Ok(Arc::new(builders::Measured(builder)))
        }
        other => anyhow::bail!("the build system `{}` is not built in yet; set `SYSTEM: rpmbuild`", other.name()),
    }
}

fn gate(config: &Config) -> anyhow::Result<Option<Arc<dyn Gate>>> {
    Ok(match config.gate.kind {
        GateKind::None => None,
        GateKind::Hook => Some(Arc::new(Hook)),
        GateKind::Greenwave => {
            let greenwave = Greenwave::new(&config.gate.greenwave).context("Greenwave cannot be asked")?;
            Some(Arc::new(greenwave))
        }
    })
}

fn bus(config: &Config) -> anyhow::Result<Arc<dyn Bus>> {
    match config.messaging.bus {
        config::Bus::InMemory | config::Bus::Drop => Ok(Arc::new(InMemory::default())),
        other => anyhow::bail!("the message bus `{}` is not built in yet; set `MESSAGING: in_memory`", other.name()),
    }
}

fn rpmbuild_settings(config: &Config) -> builders::rpmbuild::Settings {
    let builder = &config.builder;
    let mut settings = builders::rpmbuild::Settings::new(config.folders.results.clone());
    settings.work_dir.clone_from(&config.folders.work);
    settings.git_timeout = config.scm.git.timeout;
    settings.limits.time = builder.timeout;
    // An operator who sets a limit to 0 wants none; the options have defaults.
    settings.limits.memory = builder.memory_limit.unwrap_or(u64::MAX);
    settings.limits.processes = builder.process_limit.unwrap_or(u64::MAX);
    settings.limits.disk = builder.disk_limit.unwrap_or(u64::MAX);
    settings.hidden_paths.extend(config_file());
    settings
}

/// It may hold passwords, which builds must not see.
fn config_file() -> Option<PathBuf> {
    std::env::var_os("MBS_CONFIG_FILE").map(PathBuf::from).filter(|path| path.is_absolute())
}

/// The options of the jobs.
pub(crate) fn job_settings(config: &Config) -> jobs::Settings {
    let (scm, expansion) = (&config.scm, &config.expansion);
    let span = |duration| TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX);
    jobs::Settings {
        concurrent_builds: config.builder.concurrent_builds,
        lease: span(config.jobs.lease),
        build_logs: jobs::build_log::Settings {
            folder: config.folders.build_logs.clone(),
            name_format: config.folders.build_logs_name_format.clone(),
        },
        patience: jobs::collect::Patience {
            failed: span(config.jobs.clean_up_failed_after),
            scratch: config.jobs.clean_up_scratch_after.map(span),
            retired: config.jobs.clean_up_retired_after.map(span),
            stuck: config.jobs.stuck_after.map(span),
            stuck_states: config.jobs.stuck_states.iter().filter_map(|name| ModuleState::from_name(name)).collect(),
        },
        gate_interval: span(config.gate.interval),
        upkeep_interval: config.jobs.upkeep_interval,
        max_retries: config.jobs.max_retries,
        keep_going: config.jobs.keep_going,
        keep_messages: span(config.jobs.keep_messages),
        webhooks: jobs::webhooks::WebhookSettings {
            allow_private: config.webhooks.allow_private,
            timeout: config.webhooks.timeout,
            max_attempts: config.webhooks.max_attempts,
            retry: span(config.webhooks.retry),
        },
        keep_idempotency_keys: span(config.rest.keep_idempotency_keys),
        keep_audit: config.auth.keep_audit.map(span),
        rpms_repository: scm.rpms_default_repository.clone(),
        rpms_allow_repository: scm.rpms_allow_repository,
        rpms_cache: scm.rpms_default_cache.clone(),
        rpms_allow_cache: scm.rpms_allow_cache,
        modules_repository: scm.modules_default_repository.clone(),
        modules_allow_repository: scm.modules_allow_repository,
        max_included_modules: scm.max_included_modules,
        max_inclusion_depth: scm.max_inclusion_depth,
        allow_name_override: config.rest.allow_name_override_from_scm,
        default_branch: scm.default_branch.clone(),
        arches: config.builder.arches.clone(),
        allow_arch_override: config.builder.allow_arch_override,
        base_module_arches: expansion.base_module_arches.clone(),
        base_module_names: expansion.base_module_names.clone(),
        expansion: crate::service::submit::expand::expansion(config),
        privileged_module_names: expansion.privileged_module_names.clone(),
        default_modules_repository: expansion.default_modules_repository.clone(),
        uses_rawhide: expansion.uses_rawhide,
        rawhide_branch: expansion.rawhide_branch.clone(),
        disttag_prefix: expansion.disttag_prefix.clone(),
        concurrent_lookups: scm.concurrent_lookups,
    }
}

/// Who this process is in leases; never the same twice.
fn holder() -> String {
    format!("{}-{}-{}", host_name(), std::process::id(), Uuid::new_v4().simple())
}
