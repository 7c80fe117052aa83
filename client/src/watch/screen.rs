//! Where events and snapshots are shown.

use std::io::{self, IsTerminal};

use chrono::{DateTime, Utc};
use serde_json::json;

use super::bars::Bars;
use super::changes::Event;
use super::layout;
use super::lines;
use super::snapshot::Snapshot;
use crate::failure::Failure;
use crate::{out, text};

/// One of the three ways to show builds.
pub enum Screen {
    /// Bars on a terminal, and below them in the end how the builds ended.
    Bars {
        /// The bars.
        bars: Box<Bars>,
        /// How the builds ended.
        summaries: Vec<String>,
    },
    /// A line a change.
    Lines,
    /// A JSON object a change.
    Json,
}

impl Screen {
    /// JSON if asked for, bars on a terminal unless plain lines are asked for, else lines.
    pub fn new(json: bool, plain: bool) -> Self {
        match (json, plain || !io::stdout().is_terminal()) {
            (true, _) => Self::Json,
            (false, true) => Self::Lines,
            (false, false) => Self::Bars { bars: Box::new(Bars::new()), summaries: Vec::new() },
        }
    }

    /// Tells an event.
    pub fn show(&mut self, event: &Event) -> Result<(), Failure> {
        match self {
            Self::Json => out::line(&json!(event).to_string())?,
            Self::Lines => {
                if let Some(line) = lines::line(event) {
                    out::line(&line)?;
                }
                if let Some(notice) = lines::notice(event) {
                    out::notice(&notice);
                }
            }
            Self::Bars { bars, summaries } => {
                summaries.extend(lines::summary(event));
                if let Some(notice) = lines::notice(event) {
                    bars.say(&text::printable(&notice))?;
                }
            }
        }
        Ok(())
    }

    /// Shows the builds as they are, where that is not said by events.
    pub fn draw(&mut self, snapshots: &[&Snapshot], now: Option<DateTime<Utc>>) {
        if let Self::Bars { bars, .. } = self {
            bars.draw(layout::rows(snapshots, now, Bars::height()));
        }
    }

    /// Whether it moves by itself and wants to be drawn again while nothing happens.
    pub fn moves(&self) -> bool {
        matches!(self, Self::Bars { .. })
    }

    /// Ends the showing.
    pub fn close(&mut self) -> Result<(), Failure> {
        if let Self::Bars { bars, summaries } = self {
            bars.close();
            summaries.drain(..).try_for_each(|summary| out::line(&summary))?;
        }
        Ok(())
    }
}
