//! The time at the service, by the `Date` of its answers. Build times come from there, so this machine's clock, which may
//! be wrong, is never compared with them.

use std::sync::Mutex;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

/// The service's time at its last answer.
#[derive(Debug, Default)]
pub struct ServerClock(Mutex<Option<(DateTime<Utc>, Instant)>>);

impl ServerClock {
    /// Sets the clock by a `Date` header. Anything else than a date leaves it as it is.
    pub fn set(&self, date: &str) {
        if let (Ok(date), Ok(mut last)) = (DateTime::parse_from_rfc2822(date), self.0.lock()) {
            *last = Some((date.to_utc(), Instant::now()));
        }
    }

    /// The time there now.
    pub fn now(&self) -> Option<DateTime<Utc>> {
        let (date, at) = (*self.0.lock().ok()?)?;
        date.checked_add_signed(TimeDelta::from_std(at.elapsed()).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_on_from_the_last_date() {
        let clock = ServerClock::default();
        assert_eq!(clock.now(), None);
        clock.set("Sun, 22 Nov 2026 17:52:43 GMT");
        clock.set("yesterday");
        let passed = clock.now().unwrap() - "2026-11-22T17:52:43Z".parse::<DateTime<Utc>>().unwrap();
        assert!((0..60).contains(&passed.num_seconds()), "{passed}");
    }
}
