//! Is the database up to date? If not, make it so, or say what is missing.

use anyhow::{Context as _, ensure};
use entities::clock::Clock;
use sea_orm::DatabaseConnection;
use server::config::Config;
use server::service::upgrade::{self, Missing, News};

use crate::start::{block_on, connect, load};

/// `upgradedb`.
pub fn upgradedb() -> anyhow::Result<()> {
    let config = load()?;
    block_on(async {
        reach(&config).await?;
        let db = connect(&config).await?;
        let done = upgrade::upgrade(&db, &Clock::system(), &|news| eprintln!("{news}")).await;
        let upgrade::Done { changes, rows } = done.context("the database is not up to date; run this again")?;
        println!("{changes} schema changes made; the database is at the newest schema");
        println!("{rows} module builds completed");
        db.close().await.context("cannot close the database")
    })
}

/// `upgradedb --check`.
pub fn check() -> anyhow::Result<()> {
    let config = load()?;
    block_on(async {
        let address = &config.database.url;
        if let Some(file) = entities::db::sqlite_path(address) {
            ensure!(file.is_file(), "there is no database {}; `mbs-manager upgradedb` would make it", file.display());
        }
        reach(&config).await?;
        let db = entities::db::connect_read_only(address).await.context("cannot connect to the database")?;
        println!("{}", upgrade::preview(&db).await.context("cannot look at the database")?);
        Ok(())
    })
}

async fn reach(config: &Config) -> anyhow::Result<()> {
    entities::db::reach(&config.database.url).await.context("cannot connect to the database")
}

/// An embedded database is the service's own matter; on a server's one the operator decides when.
pub async fn up_to_date(config: &Config, db: &DatabaseConnection) -> anyhow::Result<()> {
    match upgrade::missing(db).await.context("cannot look at the database")? {
        None => Ok(()),
        Some(_) if config.database.is_sqlite() => {
            upgrade::upgrade(db, &Clock::system(), &log).await.context("cannot bring the database up to date")?;
            Ok(())
        }
        Some(Missing::Schema(_)) => {
            anyhow::bail!("the database has an older schema; run `mbs-manager upgradedb` first")
        }
        Some(Missing::Rows) => {
            anyhow::bail!("the Python service has written to the database; run `mbs-manager upgradedb` first")
        }
    }
}

fn log(news: &News) {
    if news.is_warning() {
        tracing::warn!("{news}");
    } else {
        tracing::info!("{news}");
    }
}
