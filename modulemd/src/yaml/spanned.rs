//! A YAML value that knows where it stands in its text.

use super::Node;

/// A value with the position of its first character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned {
    /// What stands there.
    pub value: SpannedValue,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
}

/// What stands at one place of a YAML text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpannedValue {
    /// A scalar, as the text that stands in the document: `1.10` stays `1.10`, `no` stays `no`.
    Scalar {
        /// The text, unquoted; a missing value is the empty text.
        text: String,
        /// It stands there without quotes and not as a block, so a reader may give it a type.
        plain: bool,
    },
    /// A sequence.
    List(Vec<Spanned>),
    /// A mapping in the order of the document; every key is a scalar.
    Map(Vec<(Spanned, Spanned)>),
}

impl Spanned {
    /// The text of a scalar.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            SpannedValue::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The items of a sequence.
    pub fn as_list(&self) -> Option<&[Spanned]> {
        match &self.value {
            SpannedValue::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a mapping.
    pub fn as_map(&self) -> Option<&[(Spanned, Spanned)]> {
        match &self.value {
            SpannedValue::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value under `key`, if this is a mapping that has it; the last one where the key stands there again.
    pub fn get(&self, key: &str) -> Option<&Spanned> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Key and value of `key`, if this is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<(&Spanned, &Spanned)> {
        let found = self.as_map()?.iter().rev().find(|(name, _)| name.as_text() == Some(key));
        found.map(|(name, value)| (name, value))
    }

    /// Whether nothing stands there: an empty plain scalar, `~` or `null`.
    pub fn is_null(&self) -> bool {
        match &self.value {
            SpannedValue::Scalar { text, plain: true } => {
                matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }

    /// The value without positions. Plain `TRUE` and `FALSE` become booleans, as libmodulemd reads them inside `xmd`; all
    /// other scalars stay text. Of a repeated key the last value counts.
    pub fn to_node(&self) -> Node {
        match &self.value {
            SpannedValue::Scalar { text, plain: true } if text == "TRUE" => Node::Bool(true),
            SpannedValue::Scalar { text, plain: true } if text == "FALSE" => Node::Bool(false),
            SpannedValue::Scalar { text, .. } => Node::Text(text.clone()),
            SpannedValue::List(items) => Node::List(items.iter().map(Self::to_node).collect()),
            SpannedValue::Map(entries) => Node::Map(
                entries.iter().filter_map(|(key, value)| Some((key.as_text()?.to_owned(), value.to_node()))).collect(),
            ),
        }
    }

    /// The deepest value on the way along `path` (keys, positions in lists counted from 0, or the text of a list's item);
    /// for a key it is the key itself. Errors about a whole document find their line with it.
    pub fn locate(&self, path: &[String]) -> &Spanned {
        let Some((step, rest)) = path.split_first() else {
            return self;
        };
        match &self.value {
            SpannedValue::Map(_) => match self.entry(step) {
                Some((key, _)) if rest.is_empty() => key,
                Some((_, value)) => value.locate(rest),
                None => self,
            },
            SpannedValue::List(items) => items
                .iter()
                .find(|item| item.as_text() == Some(step))
                .or_else(|| items.get(step.parse::<usize>().ok()?))
                .map_or(self, |item| item.locate(rest)),
            SpannedValue::Scalar { .. } => self,
        }
    }
}
