//! Log lines about what may happen a thousand times a second.

use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_secs(10);

/// Says something at most every 10 seconds, and then how often it happened since.
#[derive(Debug, Default)]
pub struct Seldom {
    said: Option<Instant>,
    times: u64,
}

impl Seldom {
    /// It happened once more; `line` is called with the number of times where it is time to say so.
    pub fn say(&mut self, line: impl FnOnce(u64)) {
        self.times += 1;
        if self.said.is_none_or(|said| said.elapsed() >= INTERVAL) {
            line(self.times);
            *self = Self { said: Some(Instant::now()), times: 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_one_line() {
        let (mut seldom, mut lines) = (Seldom::default(), Vec::new());
        for _ in 0..1000 {
            seldom.say(|times| lines.push(times));
        }
        assert_eq!(lines, [1]);
        seldom.said = None;
        seldom.say(|times| lines.push(times));
        assert_eq!(lines, [1, 1000]);
    }
}
