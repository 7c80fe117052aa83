//! Depth, fields, aliases and directives of a parsed query. The cost of a fragment is found out once, so that fragments of fragments
//! of fragments, which stand for very many fields in little text, cost nothing to refuse.

use std::collections::HashMap;

use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, OperationType, Selection, SelectionSet,
};
use async_graphql::{Error, Name, Positioned};

use super::beyond;
use crate::config::Graphql;
use crate::graphql::error::coded;

/// Fragments within fragments and fields within fields that are followed.
const FOLLOWED: usize = 200;
/// Values that one asked for in a list of the schema stands for, by the list.
const INTROSPECTION: [(&str, usize); 8] = [
    ("types", 100),
    ("fields", 10),
    ("args", 3),
    ("inputFields", 5),
    ("enumValues", 5),
    ("possibleTypes", 5),
    ("interfaces", 2),
    ("directives", 5),
];

/// What a part of a query costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cost {
    depth: usize,
    fields: usize,
    aliases: usize,
    directives: usize,
    /// Values that the answer may have, where the schema itself is asked for.
    values: usize,
    introspects: bool,
}

/// What kind of operation a query asks for; where it does not say which of several, one that changes something. Refused if it costs too much, whichever of its operations is asked for.
pub fn check(document: &ExecutableDocument, operation: Option<&str>, limits: &Graphql) -> Result<OperationType, Error> {
    let mut walk = Walk { document, known: HashMap::new(), entered: Vec::new() };
    let mut kind = OperationType::Query;
    let operations: Vec<_> = match &document.operations {
        DocumentOperations::Single(one) => vec![(None, one)],
        DocumentOperations::Multiple(all) => all.iter().map(|(name, one)| (Some(name.as_str()), one)).collect(),
    };
    let mut whole = Cost::default();
    for (name, one) in operations {
        if one.node.ty == OperationType::Subscription {
            has_one_root(&one.node.selection_set.node)?;
        }
        let mut cost = walk.set(&one.node.selection_set.node, 0)?;
        cost.directives += one.node.directives.len();
        whole = whole.beside(cost);
        let is_asked_for = operation.is_none() || name.is_none() || name == operation;
        if is_asked_for && one.node.ty != OperationType::Query && kind != OperationType::Mutation {
            kind = one.node.ty;
        }
    }
    for name in document.fragments.keys() {
        walk.fragment(name, 0)?;
    }
    for (code, what, limit, cost) in [
        ("DEPTH_LIMIT", "fields within fields", limits.depth, whole.depth),
        ("FIELD_LIMIT", "fields", limits.fields, whole.fields),
        ("ALIAS_LIMIT", "aliases", limits.aliases, whole.aliases),
        ("DIRECTIVE_LIMIT", "directives", limits.directives, whole.directives),
        ("COMPLEXITY_LIMIT", "values in its answer", limits.complexity, whole.values),
    ] {
        if cost > limit {
            return Err(beyond(code, what, limit, cost));
        }
    }
    if whole.introspects && !limits.introspection {
        return Err(coded("INTROSPECTION_DISABLED", "This service does not tell its schema"));
    }
    Ok(kind)
}

/// As the specification of GraphQL has it: each event is one answer, so there is one thing that events are of.
fn has_one_root(set: &SelectionSet) -> Result<(), Error> {
    let mut roots = set.items.iter().map(|selection| &selection.node);
    match (roots.next(), roots.next()) {
        (Some(Selection::Field(field)), None) if !field.node.name.node.starts_with("__") => Ok(()),
        _ => Err(coded("SUBSCRIPTION_ROOT", "A subscription has exactly one field at its root, and no fragment there")),
    }
}

impl Cost {
    /// Of two parts that stand beside one another.
    fn beside(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            values: self.values.saturating_add(other.values),
            introspects: self.introspects || other.introspects,
        }
    }
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    known: HashMap<&'a Name, Cost>,
    entered: Vec<&'a Name>,
}

impl<'a> Walk<'a> {
    fn set(&mut self, set: &'a SelectionSet, level: usize) -> Result<Cost, Error> {
        if level > FOLLOWED {
            return Err(beyond("DEPTH_LIMIT", "fields and fragments within one another", FOLLOWED, level));
        }
        let mut whole = Cost::default();
        for selection in &set.items {
            whole = whole.beside(self.selection(&selection.node, level)?);
        }
        Ok(whole)
    }

    fn selection(&mut self, selection: &'a Selection, level: usize) -> Result<Cost, Error> {
        let (mut cost, directives): (Cost, &[Positioned<Directive>]) = match selection {
            Selection::Field(field) => {
                let field = &field.node;
                let mut cost = self.set(&field.selection_set.node, level + 1)?;
                cost.depth += 1;
                cost.fields = cost.fields.saturating_add(1);
                cost.aliases = cost.aliases.saturating_add(usize::from(field.alias.is_some()));
                let name = field.name.node.as_str();
                cost.introspects |= matches!(name, "__schema" | "__type");
                let times = INTROSPECTION.iter().find(|(list, _)| *list == name).map_or(1, |(_, times)| *times);
                cost.values = cost.values.max(1).saturating_mul(times);
                if name == "__typename" || !(cost.introspects || level > 0) {
                    cost.values = 0;
                }
                (cost, &field.directives)
            }
            Selection::FragmentSpread(spread) => {
                let spread = &spread.node;
                let mut cost = self.fragment(&spread.fragment_name.node, level)?;
                cost.fields = cost.fields.saturating_add(1);
                (cost, &spread.directives)
            }
            Selection::InlineFragment(fragment) => {
                let fragment = &fragment.node;
                (self.set(&fragment.selection_set.node, level + 1)?, &fragment.directives)
            }
        };
        cost.directives = cost.directives.saturating_add(directives.len());
        Ok(cost)
    }

    fn fragment(&mut self, name: &'a Name, level: usize) -> Result<Cost, Error> {
        if let Some(cost) = self.known.get(name) {
            return Ok(*cost);
        }
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Cost::default());
        };
        if self.entered.contains(&name) {
            return Err(coded("FRAGMENT_CYCLE", format!("The fragment {name} is part of itself")));
        }
        self.entered.push(name);
        let mut cost = self.set(&fragment.node.selection_set.node, level + 1)?;
        self.entered.pop();
        cost.directives = cost.directives.saturating_add(fragment.node.directives.len());
        self.known.insert(name, cost);
        Ok(cost)
    }
}
