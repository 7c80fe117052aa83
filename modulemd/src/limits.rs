//! How much a document may hold before it is refused.

/// Bounds on a YAML text, so that no input costs more memory or time than its sender could have sent plainly.
///
/// The largest real module documents are under 1 MiB and nine levels deep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the text, and bytes of all scalars after aliases are expanded.
    pub max_bytes: usize,
    /// Lists and mappings inside each other.
    pub max_depth: usize,
    /// Scalars, lists and mappings together, keys included, after aliases are expanded.
    pub max_nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 10 * 1024 * 1024, max_depth: 64, max_nodes: 500_000 }
    }
}
