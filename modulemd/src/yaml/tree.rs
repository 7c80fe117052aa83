//! Builds trees from the events of a parser, within limits.

use std::collections::HashMap;

use super::{Rules, Spanned, SpannedValue, YamlError};
use crate::limits::Limits;

/// Line and column, counted from 1.
pub(super) type At = (usize, usize);

/// What a finished value costs; an alias costs the same again.
#[derive(Clone, Copy, Default)]
struct Cost {
    nodes: usize,
    bytes: usize,
    height: usize,
}

/// A list or mapping whose end has not been seen.
struct Open {
    at: At,
    anchor: Option<String>,
    cost: Cost,
    content: Content,
}

enum Content {
    List(Vec<Spanned>),
    Map { entries: Vec<(Spanned, Spanned)>, key: Option<Spanned>, lines: HashMap<String, usize> },
}

/// The documents so far and the values that are still open.
pub(super) struct Tree {
    pub(super) documents: Vec<Spanned>,
    open: Vec<Open>,
    anchors: HashMap<String, (Spanned, Cost)>,
    spent: Cost,
    limits: Limits,
    rules: Rules,
}

impl Tree {
    pub(super) fn new(limits: Limits, rules: Rules) -> Self {
        Self { documents: Vec::new(), open: Vec::new(), anchors: HashMap::new(), spent: Cost::default(), limits, rules }
    }

    /// A document begins; what was marked before is forgotten.
    pub(super) fn start(&mut self) {
        self.anchors.clear();
    }

    pub(super) fn scalar(
        &mut self,
        at: At,
        text: String,
        plain: bool,
        anchor: Option<String>,
    ) -> Result<(), YamlError> {
        if text.contains('\0') {
            return Err(YamlError::new(at, "a text with a NUL character is not allowed"));
        }
        let cost = Cost { nodes: 1, bytes: text.len(), height: 0 };
        self.spend(at, cost)?;
        self.finish(spanned(at, SpannedValue::Scalar { text, plain }), cost, anchor)
    }

    pub(super) fn open(&mut self, at: At, mapping: bool, anchor: Option<String>) -> Result<(), YamlError> {
        let cost = Cost { nodes: 1, bytes: 0, height: 1 };
        self.spend(at, cost)?;
        let content = if mapping {
            Content::Map { entries: Vec::new(), key: None, lines: HashMap::new() }
        } else {
            Content::List(Vec::new())
        };
        self.open.push(Open { at, anchor, cost, content });
        Ok(())
    }

    pub(super) fn close(&mut self) -> Result<(), YamlError> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let value = match open.content {
            Content::List(items) => SpannedValue::List(items),
            Content::Map { entries, .. } => SpannedValue::Map(entries),
        };
        self.finish(spanned(open.at, value), open.cost, open.anchor)
    }

    pub(super) fn alias(&mut self, at: At, anchor: &str) -> Result<(), YamlError> {
        if !self.rules.aliases {
            return Err(YamlError::new(
                at,
                "aliases (`*name`) are not allowed in module documents; write the value out",
            ));
        }
        let Some((value, cost)) = self.anchors.get(anchor).cloned() else {
            return Err(YamlError::new(at, format!("no finished value above is marked `&{}`", super::shorten(anchor))));
        };
        self.spend(at, cost)?;
        self.finish(Spanned { line: at.0, column: at.1, ..value }, cost, None)
    }

    /// Accounts for a value before it is made.
    fn spend(&mut self, at: At, cost: Cost) -> Result<(), YamlError> {
        self.spent.nodes = self.spent.nodes.saturating_add(cost.nodes);
        self.spent.bytes = self.spent.bytes.saturating_add(cost.bytes);
        let Limits { max_bytes, max_depth, max_nodes } = self.limits;
        if self.open.len() + cost.height > max_depth {
            return Err(YamlError::new(at, format!("more than {max_depth} lists and mappings inside each other")));
        }
        if self.spent.nodes > max_nodes {
            return Err(YamlError::new(at, format!("more than {max_nodes} values")));
        }
        if self.spent.bytes > max_bytes {
            return Err(YamlError::new(at, format!("more than {max_bytes} bytes of text once aliases are expanded")));
        }
        Ok(())
    }

    /// Puts a finished value where it belongs.
    fn finish(&mut self, value: Spanned, cost: Cost, anchor: Option<String>) -> Result<(), YamlError> {
        if let Some(anchor) = anchor.filter(|_| self.rules.aliases) {
            // The copy that is kept counts as well, or marks inside marks would cost their product.
            self.spend((value.line, value.column), cost)?;
            self.anchors.insert(anchor, (value.clone(), cost));
        }
        let Some(parent) = self.open.last_mut() else {
            self.documents.push(value);
            return Ok(());
        };
        parent.cost.nodes += cost.nodes;
        parent.cost.bytes += cost.bytes;
        parent.cost.height = parent.cost.height.max(cost.height + 1);
        match &mut parent.content {
            Content::List(items) => items.push(value),
            Content::Map { entries, key, lines } => match key.take() {
                Some(name) => entries.push((name, value)),
                None => *key = Some(check_key(value, lines, self.rules)?),
            },
        }
        Ok(())
    }
}

fn check_key(key: Spanned, lines: &mut HashMap<String, usize>, rules: Rules) -> Result<Spanned, YamlError> {
    let at = (key.line, key.column);
    let Some(text) = key.as_text() else {
        return Err(YamlError::new(at, "a key has to be a text, not a list or mapping"));
    };
    if rules.repeated_keys {
        return Ok(key);
    }
    match lines.insert(text.to_owned(), key.line) {
        Some(line) => Err(YamlError::new(at, format!("the key `{}` is already in line {line}", super::shorten(text)))),
        None => Ok(key),
    }
}

fn spanned((line, column): At, value: SpannedValue) -> Spanned {
    Spanned { value, line, column }
}
