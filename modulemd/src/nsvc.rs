//! Name, stream, version and context: what identifies a module build.

use std::fmt;
use std::str::FromStr;

/// The identity of one module build, written `name:stream:version:context`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Nsvc {
    /// Module name, e.g. `nodejs`.
    pub name: String,
    /// Stream, e.g. `12` or `rhel-8.0`; always text.
    pub stream: String,
    /// Version, a number up to 64 bits, kept as the text that the database holds.
    pub version: String,
    /// Context, eight hex digits, a static context, or `00000000` for imported modules.
    pub context: String,
}

impl Nsvc {
    /// An identity from its four parts.
    pub fn new(
        name: impl Into<String>,
        stream: impl Into<String>,
        version: impl Into<String>,
        context: impl Into<String>,
    ) -> Self {
        Self { name: name.into(), stream: stream.into(), version: version.into(), context: context.into() }
    }
}

impl fmt::Display for Nsvc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}:{}", self.name, self.stream, self.version, self.context)
    }
}

/// The text is not four parts separated by colons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected name:stream:version:context")]
pub struct NotAnNsvc;

impl FromStr for Nsvc {
    type Err = NotAnNsvc;

    fn from_str(text: &str) -> Result<Self, NotAnNsvc> {
        let parts: Vec<&str> = text.split(':').collect();
        match parts[..] {
            [name, stream, version, context] => Ok(Self::new(name, stream, version, context)),
            _ => Err(NotAnNsvc),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_writes() {
        let nsvc = Nsvc::new("nodejs", "1.10", "20190401", "c0ffee42");
        assert_eq!(nsvc.to_string().parse(), Ok(nsvc));
    }

    #[test]
    fn three_parts_are_refused() {
        assert_eq!("a:b:c".parse::<Nsvc>(), Err(NotAnNsvc));
    }
}
