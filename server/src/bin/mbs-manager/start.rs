//! Start-up of each command: options, connections, work.

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use entities::clock::Clock;
use sea_orm::DatabaseConnection;
use server::auth::kerberos;
use server::config::{Config, Connections, Environment, Purpose, WorkerRole, check_report};
use server::listener::Tls;
use server::service::{import, platform};
use server::{App, assemble, listener, rest};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

use crate::cli::Role;
use crate::upgradedb::up_to_date;

/// Connections to the port for metrics; more than Prometheus and a few probes need is a mistake.
const MONITORING_CONNECTIONS: usize = 100;

/// `config check`.
pub fn config_check() -> anyhow::Result<()> {
    print!("{}", check_report(&*load()?));
    Ok(())
}

/// `import_module`.
pub fn import_module(file: &Path) -> anyhow::Result<()> {
    let config = load()?;
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let text = modulemd::read::as_text(&bytes).with_context(|| file.display().to_string())?;
    block_on(async {
        let db = connect(&config).await?;
        up_to_date(&config, &db).await?;
        for message in import::import(&db, &Clock::system(), &config, &operator(), text).await?.messages {
            println!("{message}");
        }
        Ok(())
    })
}

/// Who runs a command, as far as the environment tells.
fn operator() -> String {
    let named = ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    named.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}

/// `run`.
pub fn run(serve_only: bool) -> anyhow::Result<()> {
    let config = load()?;
    if let Some(keytab) = config.takes_tickets() {
        kerberos::use_keytab(keytab).context("cannot start with the keytab (KERBEROS_KEYTAB)")?;
    }
    start_logging(&config);
    config.warn_of_exposed_keys();
    block_on(async {
        let db = connect(&config).await?;
        up_to_date(&config, &db).await?;
        if config.database.is_sqlite() {
            platform::import_host(&db, &Clock::system(), &config).await?;
        }
        let shutdown = signals()?;
        let app = assemble::app(config, db).await?;
        watch(&app, &shutdown).await?;
        let roles = if serve_only { Vec::new() } else { configured_roles(&app.config)? };
        let workers = match roles[..] {
            [] => None,
            _ => Some(assemble::context(&app, shutdown.clone()).await?),
        };
        let workers = tokio::spawn(async move {
            if let Some(context) = workers {
                jobs::work(context, &roles).await;
            }
        });
        let drain = app.config.jobs.drain;
        serve(app, shutdown.clone()).await?;
        drained(async { workers.await.context("the workers panicked") }, shutdown, drain).await
    })
}

/// `worker`.
pub fn worker(roles: &[Role]) -> anyhow::Result<()> {
    let config = load()?;
    start_logging(&config);
    let roles: Vec<jobs::Role> = match roles {
        [] => configured_roles(&config)?,
        _ => roles.iter().copied().map(Into::into).collect(),
    };
    block_on(async {
        let db = connect(&config).await?;
        up_to_date(&config, &db).await?;
        let shutdown = signals()?;
        let app = assemble::worker(config, db).await?;
        watch(&app, &shutdown).await?;
        let context = assemble::context(&app, shutdown.clone()).await?;
        let work = async {
            jobs::work(context, &roles).await;
            Ok(())
        };
        drained(work, shutdown, app.config.jobs.drain).await
    })
}

/// Lets operators see this process, until it is gone: also while it waits for its last jobs, and on connections of their own while
/// clients have all others.
async fn watch(app: &App, shutdown: &watch::Receiver<bool>) -> anyhow::Result<()> {
    app.monitor.ends_with(shutdown.clone());
    let Some(address) = &app.config.monitoring.listen else { return Ok(()) };
    let listener = TcpListener::bind(address).await;
    let listener = listener.with_context(|| format!("cannot serve metrics at {address} (METRICS_LISTEN)"))?;
    tracing::info!(address = %listener.local_addr()?, "serving metrics");
    let limits = Connections { most: MONITORING_CONNECTIONS, ..app.config.connections };
    tokio::spawn(listener::serve(
        listener,
        rest::probes(Arc::clone(&app.monitor)),
        limits,
        None,
        std::future::pending(),
    ));
    Ok(())
}

/// The roles of workers that are not told by the command line (`WORKER_ROLES`).
fn configured_roles(config: &Config) -> anyhow::Result<Vec<jobs::Role>> {
    config.check_worker(&config.jobs.roles).map_err(|errors| anyhow::anyhow!("{errors}"))?;
    let role = |role: &WorkerRole| match role {
        WorkerRole::Service => jobs::Role::Service,
        WorkerRole::Build => jobs::Role::Build,
    };
    Ok(config.jobs.roles.iter().map(role).collect())
}

pub fn load() -> anyhow::Result<Arc<Config>> {
    let config =
        Config::load(&Environment::of_process(), Purpose::Service).map_err(|errors| anyhow::anyhow!("{errors}"))?;
    Ok(Arc::new(config))
}

/// Runs a command. What still runs in the background when it ends is not waited for.
pub fn block_on(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    let ended = runtime.block_on(command);
    runtime.shutdown_background();
    ended
}

/// Once the process is asked to end, waits for `work` no longer than `drain`. Nothing is lost by leaving: whoever starts next goes
/// on from the database.
async fn drained(
    work: impl Future<Output = anyhow::Result<()>>,
    mut shutdown: watch::Receiver<bool>,
    drain: Duration,
) -> anyhow::Result<()> {
    let too_late = async {
        let _closed = shutdown.wait_for(|ending| *ending).await;
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        ended = work => ended,
        () = too_late => {
            tracing::warn!("ending with unfinished jobs; they are taken up again later");
            Ok(())
        }
    }
}

pub async fn connect(config: &Config) -> anyhow::Result<DatabaseConnection> {
    let address = &config.database.url;
    if let Some(folder) = entities::db::sqlite_path(address).and_then(Path::parent) {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    entities::db::connect(address, config.database.connections).await.context("cannot connect to the database")
}

async fn serve(app: App, mut shutdown: watch::Receiver<bool>) -> anyhow::Result<()> {
    let (address, limits) = (app.config.rest.listen.clone(), app.config.connections);
    let listener = TcpListener::bind(&address).await.with_context(|| format!("cannot listen at {address}"))?;
    let tls = app.config.tls.clone().map(Tls::open).transpose().context("cannot speak TLS")?;
    tracing::info!(address = %listener.local_addr()?, tls = tls.is_some(), "serving");
    let stop = async move {
        let _closed = shutdown.wait_for(|ending| *ending).await;
    };
    listener::serve(listener, rest::routes(app), limits, tls, stop).await;
    Ok(())
}

/// Becomes true on SIGTERM or Ctrl-C.
fn signals() -> anyhow::Result<watch::Receiver<bool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("ending");
        sender.send_replace(true);
        // Nobody else may hold a receiver for long; keep the value alive until the process ends.
        sender.closed().await;
    });
    Ok(receiver)
}

fn start_logging(config: &Config) {
    let filter = EnvFilter::try_from_env("RUST_LOG")
        .unwrap_or_else(|_| EnvFilter::new(format!("{},sqlx=warn,apalis=warn,sea_orm=warn", config.logging.level)));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if config.logging.json { builder.json().init() } else { builder.init() }
}
