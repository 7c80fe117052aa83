//! The documents that a packager can submit.

use crate::packager::PackagerV3;
use crate::stream::ModuleStream;

/// What one document holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// `document: modulemd` version 1 (upgraded) or 2, or `document: modulemd-packager` version 2.
    Stream(Box<ModuleStream>),
    /// `document: modulemd-packager` version 3: several builds in one document.
    Packager(Box<PackagerV3>),
}

impl Document {
    /// The module name, where the document has one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Stream(stream) => stream.name.as_deref(),
            Self::Packager(packager) => packager.name.as_deref(),
        }
    }

    /// The stream, where the document has one.
    pub fn stream(&self) -> Option<&str> {
        match self {
            Self::Stream(stream) => stream.stream.as_deref(),
            Self::Packager(packager) => packager.stream.as_deref(),
        }
    }

    /// Gives the document a module name.
    pub fn set_name(&mut self, name: &str) {
        match self {
            Self::Stream(stream) => stream.name = Some(name.to_owned()),
            Self::Packager(packager) => packager.name = Some(name.to_owned()),
        }
    }

    /// Gives the document a stream.
    pub fn set_stream(&mut self, name: &str) {
        match self {
            Self::Stream(stream) => stream.stream = Some(name.to_owned()),
            Self::Packager(packager) => packager.stream = Some(name.to_owned()),
        }
    }

    /// All streams that the document stands for: itself, or one for every configuration.
    pub fn into_streams(self) -> Vec<ModuleStream> {
        match self {
            Self::Stream(stream) => vec![*stream],
            Self::Packager(packager) => packager.to_streams(),
        }
    }
}
