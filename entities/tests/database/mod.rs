//! An empty database with the newest schema, and one build in it.

#![allow(clippy::unwrap_used, reason = "a fixture that fails is a test that fails")]

use chrono::{DateTime, NaiveDateTime};
use entities::{CleanUp, ModuleState, db, module_build, transition};
use migration::{Migrator, MigratorTrait};
use sea_orm::{DatabaseConnection, Set};

/// A fresh SQLite file; it vanishes with the folder.
pub async fn fresh() -> (tempfile::TempDir, DatabaseConnection) {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:///{}", folder.path().join("mbs.db").display());
    let db = db::connect(&address, 4).await.unwrap();
    Migrator::up(&db, None).await.unwrap();
    (folder, db)
}

/// `seconds` after noon of a day.
pub fn at(seconds: i64) -> NaiveDateTime {
    DateTime::from_timestamp(1_554_120_000 + seconds, 0).unwrap().naive_utc()
}

/// A build in `init`.
#[allow(dead_code, reason = "not every test needs a build")]
pub async fn build(db: &DatabaseConnection) -> module_build::Model {
    let row = module_build::ActiveModel {
        name: Set("testmodule".to_owned()),
        stream: Set("main".to_owned()),
        version: Set("1".to_owned()),
        context: Set("c0ffee42".to_owned()),
        state: Set(ModuleState::Init),
        modulemd: Set("---\n".to_owned()),
        owner: Set("alice".to_owned()),
        time_submitted: Set(at(0)),
        rebuild_strategy: Set("all".to_owned()),
        scratch: Set(Some(false)),
        retries: Set(0),
        resumed: Set(0),
        clean_up: Set(CleanUp::Nothing),
        ..Default::default()
    };
    let tx = db::begin_write(db).await.unwrap();
    let build = transition::create(&tx, at(0), row).await.unwrap();
    tx.commit().await.unwrap();
    build
}
