//! Hearing what other processes say on PostgreSQL (`LISTEN`).

use sea_orm::sqlx::Error;
use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{DbErr, RuntimeErr};

/// A connection of its own that hears a channel. What is said while it is broken is lost: whoever listens looks by the clock, too.
pub struct Listener(PgListener);

impl Listener {
    /// Begins to hear `channel`; `None` where the database is a file, which says nothing.
    pub async fn open(address: &str, channel: &str) -> Result<Option<Self>, DbErr> {
        if super::sqlite_path(address).is_some() {
            return Ok(None);
        }
        let mut listener = PgListener::connect(&super::driver_url(address)).await.map_err(unheard)?;
        listener.listen(channel).await.map_err(unheard)?;
        Ok(Some(Self(listener)))
    }

    /// Waits until somebody says something. A connection that broke is made again; an error means that this did not work, either.
    pub async fn heard(&mut self) -> Result<(), DbErr> {
        self.0.recv().await.map(|_notification| ()).map_err(unheard)
    }
}

fn unheard(error: Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}
