//! Configuration files: flat, or with sections that extend one another.
//!
//! ```yaml
//! BaseConfiguration:
//!   SYSTEM: rpmbuild
//! ProdConfiguration:
//!   extends: BaseConfiguration
//!   NUM_CONCURRENT_BUILDS: 8
//! ```
//!
//! A file whose keys are options is flat and may have an `extends`, too. Keys that begin with `_` are comments.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use modulemd::Limits;
use modulemd::yaml::{Spanned, parse};

use super::option::Definition;
use super::problem::{Problem, suggestion};
use super::table::{find, names};
use super::value::{Value, shorten};

/// Where a text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A file of the operator.
    File(PathBuf),
    /// The sections inside the program.
    BuiltIn,
}

impl Origin {
    /// A place in the text.
    pub(super) fn at(&self, line: usize) -> String {
        match self {
            Self::File(path) => format!("{}:{line}", path.display()),
            Self::BuiltIn => format!("built-in sections, line {line}"),
        }
    }
}

/// Options of one section.
#[derive(Debug, Default)]
pub(super) struct Section {
    /// Name of the section it extends, with its line.
    pub(super) extends: Option<(String, usize)>,
    /// Option, value, line.
    pub(super) options: Vec<(&'static Definition, Value, usize)>,
}

/// A text with sections.
#[derive(Debug)]
pub(super) struct Sections {
    pub(super) origin: Origin,
    /// The section of a flat file.
    pub(super) flat: Option<Section>,
    /// Sections by name.
    pub(super) named: BTreeMap<String, Section>,
}

impl Sections {
    /// Reads a text; everything that is wrong with it, in any section, goes into `problems`.
    pub(super) fn read(origin: Origin, text: &str, problems: &mut Vec<Problem>) -> Self {
        let mut sections = Self { origin, flat: None, named: BTreeMap::new() };
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            sections.flat = Some(Section::default());
            return sections;
        }
        match parse(text, &Limits::default()) {
            Ok(document) => sections.fill(&document, problems),
            Err(error) => {
                problems.push(Problem::new(sections.origin.at(error.line), error.reason));
                sections.flat = Some(Section::default());
            }
        }
        sections
    }

    fn fill(&mut self, document: &Spanned, problems: &mut Vec<Problem>) {
        let Some(entries) = document.as_map() else {
            let message = "the file has to be a mapping of options, or of sections";
            problems.push(Problem::new(self.origin.at(document.line), message));
            self.flat = Some(Section::default());
            return;
        };
        let is_section = |(key, value): &&(Spanned, Spanned)| {
            let name = key.as_text().unwrap_or_default();
            let lower = name.contains(|c: char| c.is_ascii_lowercase());
            lower
                && name != "extends"
                && (value.as_map().is_some() || value.is_null())
                && find(&name.to_uppercase()).is_none()
        };
        if !entries.iter().any(|entry| is_section(&entry)) {
            self.flat = Some(self.section(entries, problems));
            return;
        }
        for entry in entries {
            let (key, value) = entry;
            let name = key.as_text().unwrap_or_default();
            if is_section(&entry) {
                let section = self.section(value.as_map().unwrap_or_default(), problems);
                self.named.insert(name.to_owned(), section);
            } else if !name.starts_with('_') {
                let message = format!("`{}` stands outside of the sections; move it into one", shorten(name));
                problems.push(Problem::new(self.origin.at(key.line), message));
            }
        }
    }

    fn section(&self, entries: &[(Spanned, Spanned)], problems: &mut Vec<Problem>) -> Section {
        let mut section = Section::default();
        for (key, value) in entries {
            let name = key.as_text().unwrap_or_default();
            let mut wrong = |line, message| problems.push(Problem::new(self.origin.at(line), message));
            match (name, find(name)) {
                (comment, _) if comment.starts_with('_') => {}
                ("extends", _) => match value.as_text().filter(|text| !text.is_empty()) {
                    Some(text) => section.extends = Some((text.to_owned(), value.line)),
                    None => wrong(value.line, "`extends` takes the name of one section".to_owned()),
                },
                (_, None) => {
                    let message = format!("unknown option `{}`{}", shorten(name), suggestion(name, names()));
                    wrong(key.line, message);
                }
                (_, Some(definition)) => match Value::read(definition, value) {
                    Ok(value) => section.options.push((definition, value, key.line)),
                    Err(message) => wrong(key.line, message),
                },
            }
        }
        self.refuse_twice(&section, problems);
        section
    }

    /// An option under its name and its alias.
    fn refuse_twice(&self, section: &Section, problems: &mut Vec<Problem>) {
        let mut seen = BTreeSet::new();
        for (definition, _, line) in &section.options {
            if !seen.insert(definition.name) {
                let alias = definition.alias.unwrap_or_default();
                let message = format!("`{}` and `{alias}` are the same option; leave one out", definition.name);
                problems.push(Problem::new(self.origin.at(*line), message));
            }
        }
    }
}

/// The sections that make up `start`, the base first. Names are looked for in `file`, then among the built-in ones, so that a
/// section may extend the built-in one of its own name.
pub(super) fn chain<'a>(
    start: (&'a Origin, &'a Section),
    file: Option<&'a Sections>,
    built_in: &'a Sections,
    problems: &mut Vec<Problem>,
) -> Vec<(&'a Origin, &'a Section)> {
    let mut chain = vec![start];
    while let Some((origin, section)) = chain.last().copied()
        && let Some((name, line)) = &section.extends
    {
        let candidates = file.into_iter().chain([built_in]);
        let found = candidates.filter_map(|sections| Some((&sections.origin, sections.named.get(name)?)));
        let known: Vec<_> = found.collect();
        let unused = known.iter().find(|(_, section)| chain.iter().all(|(_, used)| !std::ptr::eq(*used, *section)));
        if let Some(next) = unused {
            chain.push(*next);
            continue;
        }
        let message = if known.is_empty() {
            let names = file.into_iter().chain([built_in]).flat_map(|sections| sections.named.keys());
            format!("there is no section `{}`{}", shorten(name), suggestion(name, names.map(String::as_str)))
        } else {
            format!("`{}` extends itself", shorten(name))
        };
        problems.push(Problem::new(origin.at(*line), message));
        break;
    }
    chain.reverse();
    chain
}
