//! Upgrades large databases of the Python service while a client reads and writes them all the time, and prints how long the upgrade
//! took and how long the client had to wait at most. `scripts/bench/adoption.sh` runs it.
//!
//! The client does what the Python service does: it changes a build, a component and their histories in one transaction, and
//! reads a page of builds. Each of its operations is measured from the question for a connection to the commit.

use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Parser;
use entities::db::{begin_write, connect};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use tests::postgres::Postgres;

/// Measures the adoption of databases of the Python service, on SQLite and on PostgreSQL.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder of `mbs-manager` and `generate_database`.
    programs: std::path::PathBuf,
    /// Rows of `module_builds`.
    #[arg(long, default_value_t = 2200)]
    builds: u32,
    /// Rows of `component_builds`.
    #[arg(long, default_value_t = 42_000)]
    components: u32,
}

/// What was measured.
struct Figures {
    upgrade: Duration,
    operations: u64,
    longest_write: Duration,
    longest_read: Duration,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir()?;
    let file = format!("sqlite:///{}", folder.path().join("python.db").display());
    let postgres = Postgres::start().await;
    println!("{} module builds, {} components", arguments.builds, arguments.components);
    println!("{:10} {:>12} {:>16} {:>16} {:>12}", "", "upgradedb", "longest write", "longest read", "operations");
    for (name, address) in [("SQLite", file), ("PostgreSQL", postgres.url())] {
        let Figures { upgrade, operations, longest_write, longest_read } =
            measure(&arguments, &address, folder.path()).await?;
        let [upgrade, write, read] = [upgrade, longest_write, longest_read].map(|time| time.as_millis());
        println!("{name:10} {upgrade:>9} ms {write:>13} ms {read:>13} ms {operations:>12}");
    }
    Ok(())
}

async fn measure(arguments: &Arguments, address: &str, folder: &Path) -> anyhow::Result<Figures> {
    let (builds, components) = (arguments.builds.to_string(), arguments.components.to_string());
    let generated = Command::new(arguments.programs.join("generate_database"))
        .args([address, "--builds", &builds, "--components", &components])
        .output()?;
    ensure!(generated.status.success(), "generate_database: {}", String::from_utf8_lossy(&generated.stderr));
    let db = connect(address, 1).await?;
    // What a first operation costs by itself is of no interest.
    write(&db, 0).await?;
    read(&db).await?;
    let upgrade = Command::new(arguments.programs.join("mbs-manager"))
        .arg("upgradedb")
        .envs([("MBS_CONFIG_FILE", ""), ("MBS_SQLALCHEMY_DATABASE_URI", address)])
        .env("MBS_STATE_DIR", folder)
        .stdout(std::fs::File::create(folder.join("upgradedb.log"))?)
        .stderr(std::fs::File::create(folder.join("upgradedb.warnings"))?)
        .spawn()
        .context("mbs-manager")?;
    work_beside(&db, upgrade).await
}

async fn work_beside(db: &DatabaseConnection, mut upgrade: Child) -> anyhow::Result<Figures> {
    let start = Instant::now();
    let mut figures =
        Figures { upgrade: Duration::ZERO, operations: 0, longest_write: Duration::ZERO, longest_read: Duration::ZERO };
    while upgrade.try_wait()?.is_none() {
        let began = Instant::now();
        write(db, figures.operations).await?;
        figures.longest_write = figures.longest_write.max(began.elapsed());
        let began = Instant::now();
        read(db).await?;
        figures.longest_read = figures.longest_read.max(began.elapsed());
        figures.operations += 2;
        // A busy service, but not one that leaves nothing to others.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    figures.upgrade = start.elapsed();
    ensure!(upgrade.wait()?.success(), "upgradedb failed");
    Ok(figures)
}

async fn write(db: &DatabaseConnection, number: u64) -> anyhow::Result<()> {
    // Builds all over the table, so that also rows that are being completed are met.
    let build = 50 + number * 37 % 2000;
    let tx = begin_write(db).await?;
    for statement in [
        format!("UPDATE module_builds SET batch = batch + 1 WHERE id = {build}"),
        format!("UPDATE component_builds SET state_reason = 'written beside the upgrade' WHERE module_id = {build}"),
        format!(
            "INSERT INTO module_builds_trace (module_id, state_time, state) VALUES ({build}, '2026-01-01 00:00:00', 3)"
        ),
        format!(
            "INSERT INTO log_messages (module_build_id, message, time_created)
             VALUES ({build}, 'written beside the upgrade', '2026-01-01 00:00:00')"
        ),
    ] {
        tx.execute_unprepared(&statement).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn read(db: &DatabaseConnection) -> anyhow::Result<()> {
    let page = "SELECT id, name, stream, version, context, state, owner FROM module_builds ORDER BY id DESC LIMIT 10";
    db.query_all_raw(Statement::from_string(db.get_database_backend(), page)).await?;
    Ok(())
}
