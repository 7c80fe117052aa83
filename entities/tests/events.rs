//! What happens on connections is counted. One test, since the counts are those of the process.

mod database;

use entities::db::{begin_write, events, note_unreachable};
use sea_orm::{ConnectionTrait, DbErr, RuntimeErr};

#[tokio::test]
async fn errors_and_rollbacks_are_counted() {
    let (_folder, db) = database::fresh().await;
    let start = events();
    begin_write(&db).await.unwrap().commit().await.unwrap();
    assert_eq!((events().rollbacks, events().errors), (start.rollbacks, start.errors));
    assert!(events().connections > start.connections);

    begin_write(&db).await.unwrap().rollback().await.unwrap();
    drop(begin_write(&db).await.unwrap());
    assert_eq!(events().rollbacks, start.rollbacks + 2);

    let tx = begin_write(&db).await.unwrap();
    let wrong = sea_orm::Statement::from_string(db.get_database_backend(), "SELECT nothing FROM nowhere");
    tx.query_one_raw(wrong.clone()).await.unwrap_err();
    drop(tx);
    let error = db.query_one_raw(wrong).await.unwrap_err();
    assert_eq!((events().errors, events().rollbacks), (start.errors + 2, start.rollbacks + 3));

    note_unreachable(&error);
    assert_eq!(events().unreachable, start.unreachable, "it was reached, and counted already");
    note_unreachable(&DbErr::Conn(RuntimeErr::Internal("gone".to_owned())));
    assert_eq!(events().unreachable, start.unreachable + 1);
}
