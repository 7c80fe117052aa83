//! `dependencies`, as blocks of version 2 and as the single one of version 1.

use std::collections::{BTreeMap, BTreeSet};

use super::ReadError;
use super::fields::{Fields, set, text, wrong_kind};
use crate::stream::Dependencies;
use crate::yaml::{Spanned, shorten};

type Modules = BTreeMap<String, BTreeSet<String>>;

const KEYS: [&str; 2] = ["buildrequires", "requires"];

/// Version 2: a list of blocks.
pub(super) fn blocks(fields: &mut Fields, at: &Spanned) -> Result<Vec<Dependencies>, ReadError> {
    let Some(items) = at.as_list() else {
        return Err(wrong_kind(at, "dependencies", "a list"));
    };
    items.iter().map(|item| block(fields, item)).collect()
}

fn block(fields: &mut Fields, at: &Spanned) -> Result<Dependencies, ReadError> {
    let mut block = Dependencies::default();
    for entry in fields.known(at, "a dependency block", &KEYS)? {
        let found = modules(fields, entry.value, entry.name)?;
        match entry.name {
            "buildrequires" => block.buildrequires = found,
            _ => block.requires = found,
        }
    }
    Ok(block)
}

/// Streams by module; here a module may stand only once.
pub(super) fn modules(fields: &mut Fields, at: &Spanned, what: &str) -> Result<Modules, ReadError> {
    let mut modules = Modules::new();
    for module in fields.entries(at, what)? {
        let streams = set(module.value, &format!("{what}.{}", shorten(module.name)))?;
        if modules.insert(module.name.to_owned(), streams).is_some() {
            let reason = format!("`{}` stands in this {what} a second time", shorten(module.name));
            return Err(ReadError::at(module.key, reason));
        }
    }
    Ok(modules)
}

/// Version 1: one stream for every module; becomes one block, or none where there are no modules.
pub(super) fn single(fields: &mut Fields, at: &Spanned) -> Result<Vec<Dependencies>, ReadError> {
    let mut block = Dependencies::default();
    for entry in fields.known(at, "dependencies", &KEYS)? {
        let mut found = Modules::new();
        for module in fields.entries(entry.value, entry.name)? {
            let stream = text(module.value, &format!("{}.{}", entry.name, shorten(module.name)))?;
            let streams = Some(stream).filter(|stream| !stream.is_empty()).into_iter().collect();
            found.insert(module.name.to_owned(), streams);
        }
        match entry.name {
            "buildrequires" => block.buildrequires = found,
            _ => block.requires = found,
        }
    }
    let is_empty = block.buildrequires.is_empty() && block.requires.is_empty();
    Ok(if is_empty { Vec::new() } else { vec![block] })
}
