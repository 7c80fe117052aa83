//! Writes YAML that libyaml, and so libmodulemd, reads back as the same text.

use std::fmt::Write as _;

use super::Node;

/// A value to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Out {
    /// Written as it is: numbers, dates, `true`, `TRUE`. The caller knows that it needs no quotes.
    Verbatim(String),
    /// Text in double quotes, whether it needs them or not.
    Quoted(String),
    /// Text; quoted where a reader could take it for something else, a block where it has several lines.
    Text(String),
    /// Texts on one line.
    Flow(Vec<String>),
    /// A sequence, one item a line.
    List(Vec<Out>),
    /// A mapping in this order.
    Map(Vec<(String, Out)>),
}

impl Out {
    /// One document with its markers. `self` has to be a mapping that is not empty.
    pub fn to_document(&self) -> String {
        let mut text = String::from("---\n");
        match self {
            Self::Map(entries) => write_map(&mut text, entries, 0, false),
            other => write_inline(&mut text, other, 0),
        }
        text.push_str("...\n");
        text
    }
}

impl From<&Node> for Out {
    fn from(node: &Node) -> Self {
        match node {
            Node::Bool(true) => Self::Verbatim("TRUE".to_owned()),
            Node::Bool(false) => Self::Verbatim("FALSE".to_owned()),
            Node::Text(text) => Self::Text(text.clone()),
            Node::List(items) => Self::List(items.iter().map(Self::from).collect()),
            Node::Map(map) => Self::Map(map.iter().map(|(key, value)| (key.clone(), value.into())).collect()),
        }
    }
}

/// Entries at `indent`; the first continues the line where `inline` (it stands after a `- `).
fn write_map(text: &mut String, entries: &[(String, Out)], indent: usize, inline: bool) {
    for (position, (key, value)) in entries.iter().enumerate() {
        if position > 0 || !inline {
            pad(text, indent);
        }
        let key = scalar(key, false);
        // A parser looks no further than 1024 characters for the colon of a key that is not marked as one.
        if key.len() > 500 {
            let _ = writeln!(text, "? {key}");
            pad(text, indent);
            text.push(':');
        } else {
            let _ = write!(text, "{key}:");
        }
        write_value(text, value, indent);
    }
}

fn write_list(text: &mut String, items: &[Out], indent: usize, inline: bool) {
    for (position, item) in items.iter().enumerate() {
        if position > 0 || !inline {
            pad(text, indent);
        }
        text.push('-');
        match item {
            Out::Map(entries) if !entries.is_empty() => {
                text.push(' ');
                write_map(text, entries, indent + 2, true);
            }
            Out::List(items) if !items.is_empty() => {
                text.push(' ');
                write_list(text, items, indent + 2, true);
            }
            other => {
                text.push(' ');
                write_inline(text, other, indent);
            }
        }
    }
}

/// What follows the colon of a key at `indent`.
fn write_value(text: &mut String, value: &Out, indent: usize) {
    match value {
        Out::Map(entries) if !entries.is_empty() => {
            text.push('\n');
            write_map(text, entries, indent + 2, false);
        }
        Out::List(items) if !items.is_empty() => {
            text.push('\n');
            write_list(text, items, indent, false);
        }
        other => {
            text.push(' ');
            write_inline(text, other, indent);
        }
    }
}

fn write_inline(text: &mut String, value: &Out, indent: usize) {
    match value {
        Out::Verbatim(word) => text.push_str(word),
        Out::Quoted(word) => text.push_str(&quote(word)),
        Out::Text(words) if fits_block(words) => return write_block(text, words, indent + 2),
        Out::Text(words) => text.push_str(&scalar(words, false)),
        Out::Flow(words) => {
            let words: Vec<String> = words.iter().map(|word| scalar(word, true)).collect();
            let _ = write!(text, "[{}]", words.join(", "));
        }
        Out::List(_) => text.push_str("[]"),
        Out::Map(_) => text.push_str("{}"),
    }
    text.push('\n');
}

fn pad(text: &mut String, indent: usize) {
    text.extend(std::iter::repeat_n(' ', indent));
}

/// Several lines that a literal block gives back exactly.
fn fits_block(words: &str) -> bool {
    words.trim_end_matches('\n').contains('\n')
        && !words.ends_with("\n\n")
        && !words.starts_with([' ', '\n'])
        && words.lines().all(|line| line.is_empty() || !line.trim_matches(' ').is_empty())
        && words.chars().all(|character| character == '\n' || is_plain(character))
}

fn write_block(text: &mut String, words: &str, indent: usize) {
    text.push_str(if words.ends_with('\n') { "|\n" } else { "|-\n" });
    for line in words.lines() {
        if !line.is_empty() {
            pad(text, indent);
            text.push_str(line);
        }
        text.push('\n');
    }
}

fn scalar(words: &str, flow: bool) -> String {
    if reads_as_text(words, flow) { words.to_owned() } else { quote(words) }
}

/// Whether a plain scalar is read as exactly this text, and as no other type by any version of YAML.
fn reads_as_text(words: &str, flow: bool) -> bool {
    let mut characters = words.chars();
    let starts_well = match characters.next() {
        Some('-') => characters.next().is_some_and(|second| second.is_ascii_alphanumeric()),
        Some('/' | '_' | '.') => true,
        Some(first) => first.is_ascii_alphanumeric() || first > '\u{a0}',
        None => false,
    };
    let special: &[char] = if flow { &[',', '[', ']', '{', '}', ':'] } else { &[] };
    starts_well
        && words.chars().all(is_plain)
        && !words.starts_with("...")
        && !words.ends_with([' ', ':'])
        && !words.contains(": ")
        && !words.contains(" #")
        && !words.contains(special)
        && !has_type(words)
}

/// Characters that stand for themselves in plain scalars and blocks.
fn is_plain(character: char) -> bool {
    matches!(character, ' '..='~')
        || (character > '\u{a0}' && super::is_readable(character) && !matches!(character, '\u{2028}' | '\u{2029}'))
}

/// Numbers, booleans, nulls and dates of YAML 1.1 and 1.2.
fn has_type(words: &str) -> bool {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let lower = words.to_ascii_lowercase();
    let digits = lower.replace('_', "");
    let unsigned = digits.trim_start_matches(['+', '-']);
    let based = ["0x", "0o", "0b"].iter().any(|base| unsigned.starts_with(base));
    let is_number =
        unsigned.parse::<f64>().is_ok() || unsigned.strip_prefix('.').is_some_and(|rest| rest.parse::<f64>().is_ok());
    let numeric_only = words.starts_with(|first: char| first.is_ascii_digit())
        && words.chars().all(|character| character.is_ascii_digit() || matches!(character, ':' | '-' | '.'));
    WORDS.contains(&lower.as_str()) || based || is_number || numeric_only
}

fn quote(words: &str) -> String {
    let mut quoted = String::with_capacity(words.len() + 2);
    quoted.push('"');
    for character in words.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            plain if is_plain(plain) => quoted.push(plain),
            other => write_escape(&mut quoted, u32::from(other)),
        }
    }
    quoted.push('"');
    quoted
}

fn write_escape(quoted: &mut String, code: u32) {
    let _ = match code {
        0..=0xff => write!(quoted, "\\x{code:02x}"),
        0x100..=0xffff => write!(quoted, "\\u{code:04x}"),
        _ => write!(quoted, "\\U{code:08x}"),
    };
}
