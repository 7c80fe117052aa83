//! A YAML value without positions, as it is kept in memory and written.

use std::collections::BTreeMap;

/// A YAML value. Scalars are the text that stands in the document: `1.10` stays `1.10` and `no` stays `no`. Only the plain
/// scalars that libmodulemd reads as booleans inside `xmd` become [`Node::Bool`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// `true` or `false`, only inside `xmd`.
    Bool(bool),
    /// Any other scalar; a null is the empty text.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, ordered by key as libmodulemd writes it.
    Map(BTreeMap<String, Node>),
}

impl Default for Node {
    fn default() -> Self {
        Self::Map(BTreeMap::new())
    }
}

impl Node {
    /// The value under `key`, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match self {
            Self::Map(map) => map.get(key),
            _ => None,
        }
    }

    /// The text of a scalar that is not a boolean.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The mapping, if this is one.
    pub fn as_map(&self) -> Option<&BTreeMap<String, Node>> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The mapping to change; anything else is replaced by an empty one first.
    pub fn as_map_mut(&mut self) -> &mut BTreeMap<String, Node> {
        if !matches!(self, Self::Map(_)) {
            *self = Self::default();
        }
        match self {
            Self::Map(map) => map,
            _ => unreachable!("replaced by a mapping above"),
        }
    }

    /// The sequence, if this is one.
    pub fn as_list(&self) -> Option<&[Node]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
