//! YAML to a tree with positions and back to text. The only file that names a YAML parser.
//!
//! Reading goes through the events of `libyaml-safer`, a port of libyaml to safe Rust. libyaml is the parser inside
//! libmodulemd, so a document is YAML here exactly when it is there; parsers of YAML 1.2 refuse some that packagers have
//! been building for years. Events leave every scalar the text that stands in the document (a stream `1.10` is not `1.1`,
//! and `no` is `no`), and every error has its line.
//!
//! Writing is in [`Out`]: libmodulemd takes `TRUE` as a boolean only as this word, which no YAML library writes.

mod emit;
mod node;
mod spanned;
mod tree;

use std::panic::{AssertUnwindSafe, catch_unwind};

use libyaml_safer::{Encoding, EventData, Mark, Parser, ScalarStyle};

pub use emit::Out;
pub use node::Node;
pub use spanned::{Spanned, SpannedValue};

use crate::limits::Limits;
use tree::{At, Tree};

/// A text that is not YAML, or more of it than the limits allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct YamlError {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is wrong there.
    pub reason: String,
    /// The text is not YAML at all; otherwise it is YAML that is not taken here.
    pub is_syntax: bool,
}

impl YamlError {
    fn new((line, column): At, reason: impl Into<String>) -> Self {
        Self { line, column, reason: reason.into(), is_syntax: false }
    }

    fn syntax(at: At, what: &str) -> Self {
        Self { is_syntax: true, ..Self::new(at, format!("not valid YAML{what}")) }
    }
}

/// What a reader of YAML puts up with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// `*name` stands for a copy of what `&name` marked.
    pub aliases: bool,
    /// A key may stand in its mapping again.
    pub repeated_keys: bool,
}

/// The tree of a text that holds exactly one document. Aliases are expanded, repeated keys refused.
pub fn parse(text: &str, limits: &Limits) -> Result<Spanned, YamlError> {
    parse_with(text, limits, Rules { aliases: true, repeated_keys: false })
}

pub(crate) fn parse_with(text: &str, limits: &Limits, rules: Rules) -> Result<Spanned, YamlError> {
    let mut documents = parse_all(text, limits, rules)?.into_iter();
    match (documents.next(), documents.next()) {
        (None, _) => Err(YamlError::new((1, 1), "the document is empty")),
        (Some(document), None) => Ok(document),
        (Some(_), Some(second)) => {
            Err(YamlError::new((second.line, second.column), "there is a second document; expected only one"))
        }
    }
}

/// The trees of all documents in a text.
pub(crate) fn parse_all(text: &str, limits: &Limits, rules: Rules) -> Result<Vec<Spanned>, YamlError> {
    if text.len() > limits.max_bytes {
        let reason = format!("the text has {} bytes; at most {} are read", text.len(), limits.max_bytes);
        return Err(YamlError::new((1, 1), reason));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    refuse_unprintable(text)?;
    let mut tree = Tree::new(*limits, rules);
    let mut bytes = text.as_bytes();
    let mut parser = Parser::new();
    parser.set_encoding(Encoding::Utf8);
    parser.set_input_string(&mut bytes);
    let mut at = (1, 1);
    loop {
        let (event, mark) = next_event(&mut parser, at)?;
        at = position(mark);
        if !take(&mut tree, event, at)? {
            return Ok(tree.documents);
        }
    }
}

/// The next event. The port panics where libyaml runs into the end of its buffer (at a broken tag such as `[!,`); that is an
/// error like any other, and the parser is not used again after one.
fn next_event(parser: &mut Parser<&mut &[u8]>, at: At) -> Result<(EventData, Mark), YamlError> {
    match catch_unwind(AssertUnwindSafe(|| parser.parse())) {
        Ok(Ok(event)) => Ok((event.data, event.start_mark)),
        Ok(Err(error)) => {
            let place = error.problem_mark().or(error.context_mark()).map_or(at, position);
            let context = error.context().map(|context| format!(" {context}")).unwrap_or_default();
            Err(YamlError::syntax(place, &format!("{context}: {}", error.problem())))
        }
        Err(_) => Err(YamlError::syntax(at, " soon after this place")),
    }
}

/// Puts an event into the tree; false at the end of the text.
fn take(tree: &mut Tree, event: EventData, at: At) -> Result<bool, YamlError> {
    match event {
        EventData::Scalar { anchor, value, style, .. } => {
            tree.scalar(at, value, style == ScalarStyle::Plain, anchor)?;
        }
        EventData::SequenceStart { anchor, .. } => tree.open(at, false, anchor)?,
        EventData::MappingStart { anchor, .. } => tree.open(at, true, anchor)?,
        EventData::SequenceEnd | EventData::MappingEnd => tree.close()?,
        EventData::Alias { anchor } => tree.alias(at, &anchor)?,
        EventData::DocumentStart { .. } => tree.start(),
        EventData::StreamStart { .. } | EventData::DocumentEnd { .. } => {}
        EventData::StreamEnd => return Ok(false),
    }
    Ok(true)
}

fn position(mark: Mark) -> At {
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).saturating_add(1);
    (count(mark.line), count(mark.column))
}

fn refuse_unprintable(text: &str) -> Result<(), YamlError> {
    let Some((offset, bad)) = text.char_indices().find(|(_, character)| !is_readable(*character)) else {
        return Ok(());
    };
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let reason = format!(
        "the character U+{:04X} is not allowed as it is; write it as an escape in double quotes",
        u32::from(bad)
    );
    Err(YamlError::new((line, column), reason))
}

/// A text for an error message: at most 60 characters, control characters escaped.
pub(crate) fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().nth(60).is_some() {
        short.push('…');
    }
    short
}

/// Characters that may stand in a YAML text as they are.
fn is_readable(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
        && character != '\u{feff}'
}

#[cfg(test)]
mod tests;
