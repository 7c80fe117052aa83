//! The text format of Prometheus: a `# HELP` and a `# TYPE` line, then a line a series.

use std::fmt::{Display, Write as _};

/// A text that grows family by family. Names and labels are given by this program and need no escaping.
#[derive(Debug, Default)]
pub(super) struct Exposition(String);

/// Kind of a family.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Only grows while the process lives.
    Counter,
    /// Goes up and down.
    Gauge,
}

impl Exposition {
    /// A family with one series without labels.
    pub fn single(&mut self, kind: Kind, name: &str, help: &str, value: impl Display) {
        self.family(kind, name, help);
        let _infallible = writeln!(self.0, "{name} {value}");
    }

    /// A family with a series for each value of one label.
    pub fn labelled<V: Display>(
        &mut self,
        kind: Kind,
        name: &str,
        help: &str,
        label: &str,
        series: impl IntoIterator<Item = (&'static str, V)>,
    ) {
        self.family(kind, name, help);
        for (of, value) in series {
            let _infallible = writeln!(self.0, "{name}{{{label}=\"{of}\"}} {value}");
        }
    }

    /// The text, with families that were written elsewhere at its end.
    pub fn finish(mut self, more: &str) -> String {
        self.0.push_str(more);
        self.0
    }

    fn family(&mut self, kind: Kind, name: &str, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        let _infallible = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }
}
