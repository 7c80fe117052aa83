//! Leases: one holder at a time, and no outcome from one that lost it.

mod database;

use chrono::TimeDelta;
use database::{at, fresh};
use entities::db::begin_write;
use entities::lease::{LeaseError, claim};

const TEN_SECONDS: TimeDelta = TimeDelta::seconds(10);

#[tokio::test]
async fn only_one_worker_holds_a_lease() {
    let (_folder, db) = fresh().await;
    let first = claim(&db, "module:1", "a", at(0), TEN_SECONDS).await.unwrap();
    assert!(first.is_some());
    assert_eq!(claim(&db, "module:1", "b", at(5), TEN_SECONDS).await.unwrap(), None);
    assert!(claim(&db, "module:2", "b", at(5), TEN_SECONDS).await.unwrap().is_some());
}

#[tokio::test]
async fn a_lease_that_ran_out_is_taken_over_and_its_holder_notices() {
    let (_folder, db) = fresh().await;
    let slow = claim(&db, "module:1", "a", at(0), TEN_SECONDS).await.unwrap().unwrap();
    let next = claim(&db, "module:1", "b", at(11), TEN_SECONDS).await.unwrap().unwrap();
    assert!(matches!(slow.renew(&db, at(12), TEN_SECONDS).await, Err(LeaseError::Lost(_))));
    let tx = begin_write(&db).await.unwrap();
    assert!(matches!(slow.guard(&tx).await, Err(LeaseError::Lost(_))));
    next.guard(&tx).await.unwrap();
}

#[tokio::test]
async fn the_same_worker_does_not_hold_it_twice() {
    let (_folder, db) = fresh().await;
    claim(&db, "module:1", "a", at(0), TEN_SECONDS).await.unwrap().unwrap();
    assert_eq!(claim(&db, "module:1", "a", at(1), TEN_SECONDS).await.unwrap(), None);
}

#[tokio::test]
async fn renewing_and_releasing() {
    let (_folder, db) = fresh().await;
    let lease = claim(&db, "module:1", "a", at(0), TEN_SECONDS).await.unwrap().unwrap();
    lease.renew(&db, at(9), TEN_SECONDS).await.unwrap();
    assert_eq!(claim(&db, "module:1", "b", at(11), TEN_SECONDS).await.unwrap(), None);
    lease.release(&db, at(12)).await.unwrap();
    assert!(claim(&db, "module:1", "b", at(12), TEN_SECONDS).await.unwrap().is_some());
}

/// A renewal that nobody waits for any more may reach the database last.
#[tokio::test]
async fn a_lease_that_was_given_back_is_not_renewed() {
    let (_folder, db) = fresh().await;
    let released = claim(&db, "module:1", "a", at(0), TEN_SECONDS).await.unwrap().unwrap();
    released.release(&db, at(2)).await.unwrap();
    assert!(matches!(released.renew(&db, at(1), TEN_SECONDS).await, Err(LeaseError::Lost(_))));
    let given = claim(&db, "module:1", "b", at(2), TEN_SECONDS).await.unwrap().unwrap();
    assert!(given.token() > released.token());
    let tx = begin_write(&db).await.unwrap();
    given.give_back(&tx, at(3)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(given.renew(&db, at(3), TEN_SECONDS).await, Err(LeaseError::Lost(_))));
    assert!(claim(&db, "module:1", "c", at(3), TEN_SECONDS).await.unwrap().is_some());
}

#[tokio::test]
async fn of_many_claims_at_once_one_wins() {
    let (_folder, db) = fresh().await;
    let claims = (0..20).map(|n| {
        let db = db.clone();
        tokio::spawn(async move { claim(&db, "upkeep", &format!("w{n}"), at(0), TEN_SECONDS).await.unwrap() })
    });
    let mut winners = 0;
    for claimed in claims.collect::<Vec<_>>() {
        winners += usize::from(claimed.await.unwrap().is_some());
    }
    assert_eq!(winners, 1);
}
