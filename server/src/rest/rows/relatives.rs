//! Builds that an answer mentions beside the one it is about: siblings (other contexts of the same name, stream and version)
//! and the base modules it was built against.

/// What identifies a build.
#[derive(Clone, Debug)]
pub struct Short {
    /// Row id.
    pub id: i32,
    /// Name.
    pub name: String,
    /// Stream.
    pub stream: String,
    /// Version.
    pub version: String,
    /// Context.
    pub context: String,
    /// Number of its state.
    pub state: i32,
    /// `f27.0.1` is 270001.
    pub stream_version: Option<f64>,
}

/// The relatives of one build.
#[derive(Clone, Debug, Default)]
pub struct Relatives {
    /// Ids of its siblings.
    pub siblings: Vec<i32>,
    /// Base modules.
    pub base_modules: Vec<Short>,
}
