//! What the process remembers of the feed.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Event;

/// Events that are remembered, whatever their size.
const MOST: usize = 10_000;

/// The newest events, without gaps, within a bound of memory.
#[derive(Debug)]
pub(super) struct Recent {
    events: VecDeque<Arc<Event>>,
    /// Number of the last one; where none is remembered, of the one before the next.
    last: i64,
    bytes: usize,
    most_bytes: usize,
}

/// What comes after a number.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum After {
    /// These, and perhaps more.
    Events(VecDeque<Arc<Event>>),
    /// Nothing yet.
    Nothing,
    /// Something that is not remembered any more.
    Forgotten,
}

impl Recent {
    pub(super) fn new(most_bytes: usize) -> Self {
        Self { events: VecDeque::new(), last: 0, bytes: 0, most_bytes }
    }

    pub(super) fn last(&self) -> i64 {
        self.last
    }

    /// Forgets all, and goes on after `last`.
    pub(super) fn begin_after(&mut self, last: i64) {
        self.events.clear();
        (self.last, self.bytes) = (last, 0);
    }

    /// Adds the next event. One that does not follow the last one begins anew: there must not be a gap.
    pub(super) fn push(&mut self, event: Event) {
        if event.number != self.last + 1 {
            self.begin_after(event.number - 1);
        }
        self.last = event.number;
        self.bytes += size(&event);
        self.events.push_back(Arc::new(event));
        while self.events.len() > MOST || self.bytes > self.most_bytes {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes -= size(&oldest);
        }
    }

    /// At most `most` events after number `number`.
    pub(super) fn after(&self, number: i64, most: usize) -> After {
        if number >= self.last {
            return After::Nothing;
        }
        let length = i64::try_from(self.events.len()).unwrap_or(i64::MAX);
        let before = self.last - length;
        match usize::try_from(number - before) {
            Ok(known) if number >= before => {
                After::Events(self.events.range(known..).take(most).map(Arc::clone).collect())
            }
            _ => After::Forgotten,
        }
    }
}

fn size(event: &Event) -> usize {
    event.json.len() + size_of::<Event>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: i64) -> Event {
        Event {
            number,
            topic: String::new(),
            module_build_id: None,
            owner: None,
            name: None,
            state: None,
            time: chrono::NaiveDateTime::default(),
            json: "x".repeat(1000),
        }
    }

    fn numbers(after: After) -> Vec<i64> {
        let After::Events(events) = after else { panic!("{after:?}") };
        events.iter().map(|event| event.number).collect()
    }

    #[test]
    fn the_newest_are_remembered_within_the_bound() {
        let mut recent = Recent::new(5 * (1000 + size_of::<Event>()));
        recent.begin_after(41);
        assert_eq!(recent.after(41, 9), After::Nothing);
        // Somebody who has seen what another process has read already.
        assert_eq!(recent.after(50, 9), After::Nothing);
        assert_eq!(recent.after(40, 9), After::Forgotten);
        (42..=50).for_each(|number| recent.push(event(number)));
        assert_eq!(numbers(recent.after(45, 9)), [46, 47, 48, 49, 50]);
        assert_eq!(numbers(recent.after(47, 2)), [48, 49]);
        assert_eq!(recent.after(44, 9), After::Forgotten);
        assert_eq!(recent.after(50, 9), After::Nothing);
    }

    #[test]
    fn a_gap_is_never_bridged() {
        let mut recent = Recent::new(1 << 20);
        (1..=3).for_each(|number| recent.push(event(number)));
        recent.push(event(7));
        assert_eq!(recent.after(3, 9), After::Forgotten);
        assert_eq!(numbers(recent.after(6, 9)), [7]);
    }
}
