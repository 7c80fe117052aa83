//! Numbers of the feed: in the order in which messages become visible, without gaps, whoever writes and whoever gives them out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, NaiveDateTime, TimeDelta};
use entities::db::begin_write;
use entities::{feed, outbox};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait as _, Set};
use serde_json::json;
use tempfile::TempDir;
use tests::postgres::Postgres;

/// Tasks that write at the same time, and messages of each.
const WRITERS: usize = 8;
const MESSAGES: usize = 40;

fn noon() -> NaiveDateTime {
    DateTime::from_timestamp(1_554_120_000, 0).unwrap().naive_utc()
}

async fn sqlite() -> (TempDir, DatabaseConnection) {
    let folder = tempfile::tempdir().unwrap();
    let db = entities::db::connect(&format!("sqlite:///{}/mbs.db", folder.path().display()), 16).await.unwrap();
    Migrator::up(&db, None).await.unwrap();
    (folder, db)
}

async fn postgresql() -> (Postgres, DatabaseConnection) {
    let postgres = Postgres::start().await;
    let db = entities::db::connect(&postgres.url(), 24).await.unwrap();
    Migrator::up(&db, None).await.unwrap();
    (postgres, db)
}

/// At once, and not only with the commit: rows get their ids in another order than they become visible in.
async fn append<C: ConnectionTrait>(on: &C, name: &str) {
    let message = outbox::ActiveModel {
        event_id: Set(name.to_owned()),
        topic: Set("module.state.change".to_owned()),
        body: Set(json!({ "name": name }).to_string()),
        module_build_id: Set(Some(1)),
        time_created: Set(noon()),
        ..Default::default()
    };
    outbox::Entity::insert(message).exec_without_returning(on).await.unwrap();
}

async fn names(db: &DatabaseConnection) -> Vec<(i64, String)> {
    let entries = feed::after(db, 0, 1000).await.unwrap();
    entries.into_iter().map(|entry| (entry.number, entry.body)).collect()
}

#[tokio::test]
async fn a_message_that_is_committed_late_gets_a_late_number() {
    let (_postgres, db) = postgresql().await;
    let slow = begin_write(&db).await.unwrap();
    append(&slow, "slow").await;
    append(&db, "fast").await;
    assert_eq!(feed::number(&db, 10).await.unwrap(), 1);
    assert_eq!(names(&db).await, [(1, r#"{"name":"fast"}"#.to_owned())]);
    slow.commit().await.unwrap();
    assert_eq!(feed::number(&db, 10).await.unwrap(), 1);
    let ids: Vec<_> = names(&db).await;
    assert_eq!(ids[1], (2, r#"{"name":"slow"}"#.to_owned()));
    assert_eq!(feed::number(&db, 10).await.unwrap(), 0);
}

/// Reads as fast as it goes, to be in between.
async fn read_all(db: DatabaseConnection, expected: usize) -> Vec<String> {
    let (mut seen, mut last) = (Vec::new(), 0);
    while seen.len() < expected {
        for entry in feed::after(&db, last, 3).await.unwrap() {
            assert_eq!(entry.number, last + 1, "a gap, or disorder");
            last = entry.number;
            seen.push(entry.body);
        }
    }
    seen
}

/// Many write, with transactions that overlap and some that are rolled back; many give out numbers; one reads meanwhile.
async fn crowd(db: DatabaseConnection) {
    let written = Arc::new(AtomicBool::new(false));
    let writers = (0..WRITERS).map(|writer| {
        let db = db.clone();
        tokio::spawn(async move {
            for message in 0..MESSAGES {
                let tx = begin_write(&db).await.unwrap();
                append(&tx, &format!("{writer}-{message}")).await;
                tokio::task::yield_now().await;
                if message % 7 == 3 { tx.rollback().await.unwrap() } else { tx.commit().await.unwrap() }
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let relays = (0..3).map(|_| {
        let (db, written) = (db.clone(), Arc::clone(&written));
        tokio::spawn(async move {
            loop {
                let is_last = written.load(Ordering::SeqCst);
                if feed::number(&db, 5).await.unwrap() == 0 && is_last {
                    return;
                }
            }
        })
    });
    let relays: Vec<_> = relays.collect();
    let expected = WRITERS * (0..MESSAGES).filter(|message| message % 7 != 3).count();
    let reader = tokio::spawn(read_all(db.clone(), expected));
    for writer in writers {
        writer.await.unwrap();
    }
    written.store(true, Ordering::SeqCst);
    for relay in relays {
        relay.await.unwrap();
    }
    let mut seen = reader.await.unwrap();
    for writer in 0..WRITERS {
        // What one wrote after another has a greater number.
        let of_writer = seen.iter().filter(|body| body.contains(&format!("\"{writer}-")));
        let order: Vec<usize> =
            of_writer.map(|body| body.trim_end_matches("\"}").rsplit('-').next().unwrap().parse().unwrap()).collect();
        assert!(order.is_sorted(), "{order:?}");
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), expected);
    let bounds = feed::bounds(&db).await.unwrap();
    assert_eq!((bounds.oldest, bounds.newest), (1, i64::try_from(expected).unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_have_no_gaps_on_sqlite() {
    let (_folder, db) = sqlite().await;
    crowd(db).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_have_no_gaps_on_postgresql() {
    let (_postgres, db) = postgresql().await;
    crowd(db).await;
}

/// Only what lies before everything that is kept is forgotten, also where the clocks of those who published differ.
async fn forgetting(db: &DatabaseConnection) {
    for name in ["a", "b", "c", "d"] {
        append(db, name).await;
    }
    feed::number(db, 10).await.unwrap();
    append(db, "unnumbered").await;
    let published = |number: i64, hours: i64| {
        format!(
            "UPDATE outbox SET time_published = '{}' WHERE number = {number}",
            (noon() + TimeDelta::hours(hours)).format("%Y-%m-%d %H:%M:%S")
        )
    };
    for (number, hours) in [(1, 0), (2, 5), (3, 1)] {
        db.execute_unprepared(&published(number, hours)).await.unwrap();
    }
    assert_eq!(feed::forget(db, noon() + TimeDelta::hours(2)).await.unwrap(), 1);
    assert_eq!(feed::bounds(db).await.unwrap(), feed::Bounds { oldest: 2, newest: 4 });
    assert_eq!(feed::forget(db, noon() + TimeDelta::hours(9)).await.unwrap(), 2, "number 4 was not published");
    db.execute_unprepared(&published(4, 0)).await.unwrap();
    assert_eq!(feed::forget(db, noon() + TimeDelta::hours(9)).await.unwrap(), 1);
    assert_eq!(feed::bounds(db).await.unwrap(), feed::Bounds { oldest: 5, newest: 4 });
    feed::number(db, 10).await.unwrap();
    assert_eq!(names(db).await, [(5, r#"{"name":"unnumbered"}"#.to_owned())]);
}

#[tokio::test]
async fn the_oldest_are_forgotten_first() {
    let (_folder, db) = sqlite().await;
    forgetting(&db).await;
    let (_postgres, db) = postgresql().await;
    forgetting(&db).await;
}
