//! The one place that reads the clock of the machine.
//!
//! Everything that depends on the time takes it from a [`Clock`], so that schedules are tested by turning its hands.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

/// Where the time comes from. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Microseconds since the epoch; `None` is the machine's clock.
    stopped_at: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands at `time` until [`Clock::advance`] moves it.
    pub fn stopped(time: DateTime<Utc>) -> Self {
        Self { stopped_at: Some(Arc::new(AtomicI64::new(time.timestamp_micros()))) }
    }

    /// Moves a stopped clock; the machine's clock is left alone.
    pub fn advance(&self, by: TimeDelta) {
        if let (Some(hands), Some(micros)) = (&self.stopped_at, by.num_microseconds()) {
            hands.fetch_add(micros, Ordering::SeqCst);
        }
    }

    /// The time, in UTC.
    pub fn utc(&self) -> DateTime<Utc> {
        match &self.stopped_at {
            Some(hands) => DateTime::from_timestamp_micros(hands.load(Ordering::SeqCst)).unwrap_or_default(),
            None => system_time(),
        }
    }

    /// The time as the database keeps it: UTC without a zone.
    pub fn now(&self) -> NaiveDateTime {
        self.utc().naive_utc()
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place")]
fn system_time() -> DateTime<Utc> {
    Utc::now()
}
