//! The data of packager documents version 3.

use std::collections::BTreeMap;

use super::fields::{Entry, Fields, set, text, wrong_kind};
use super::stream::{check, require};
use super::{ReadError, build, components, dependencies, parts};
use crate::packager::{Configuration, PackagerV3};
use crate::yaml::{Spanned, shorten};

const KEYS: [&str; 13] = [
    "name",
    "stream",
    "summary",
    "description",
    "license",
    "xmd",
    "configurations",
    "references",
    "profiles",
    "api",
    "filter",
    "demodularized",
    "components",
];
/// Longest context of a configuration; the service appends to it.
const MAX_CONTEXT: usize = 10;

pub(super) fn packager(fields: &mut Fields, data: &Spanned) -> Result<PackagerV3, ReadError> {
    let mut packager = PackagerV3::default();
    for entry in fields.known(data, "data", &KEYS)? {
        field(fields, &mut packager, &entry)?;
    }
    require(fields, data, "summary")?;
    require(fields, data, "description")?;
    if packager.configurations.is_empty() {
        return Err(ReadError::at(data, "the document has no configurations, so there is nothing to build"));
    }
    for stream in packager.to_streams() {
        check(data, &stream)?;
    }
    Ok(packager)
}

fn field(fields: &mut Fields, packager: &mut PackagerV3, entry: &Entry<'_>) -> Result<(), ReadError> {
    let Entry { name, value, .. } = *entry;
    match name {
        "name" => packager.name = Some(text(value, name)?),
        "stream" => packager.stream = Some(text(value, name)?),
        "summary" => packager.summary = text(value, name)?,
        "description" => packager.description = text(value, name)?,
        "license" => packager.licenses = set(value, name)?,
        "xmd" => packager.xmd = parts::xmd(value)?,
        "configurations" => configurations(fields, value, &mut packager.configurations)?,
        "references" => parts::references(fields, value)?.put(
            &mut packager.community,
            &mut packager.documentation,
            &mut packager.tracker,
        ),
        "profiles" => packager.profiles.extend(parts::profiles(fields, value)?),
        "api" => packager.api_rpms = fields.rpms(value, name)?,
        "filter" => packager.filter_rpms = fields.rpms(value, name)?,
        "demodularized" => packager.demodularized_rpms = fields.rpms(value, name)?,
        _ => components::components(fields, value, &mut packager.rpm_components, &mut packager.module_components)?,
    }
    Ok(())
}

fn configurations(
    fields: &mut Fields,
    at: &Spanned,
    found: &mut BTreeMap<String, Configuration>,
) -> Result<(), ReadError> {
    let Some(items) = at.as_list() else {
        return Err(wrong_kind(at, "configurations", "a list"));
    };
    for item in items {
        let configuration = configuration(fields, item)?;
        let context = configuration.context.clone();
        if found.insert(context.clone(), configuration).is_some() {
            return Err(ReadError::at(item, format!("the context `{context}` stands here a second time")));
        }
    }
    Ok(())
}

fn configuration(fields: &mut Fields, at: &Spanned) -> Result<Configuration, ReadError> {
    let keys = ["context", "platform", "buildrequires", "requires", "buildopts"];
    let mut configuration = Configuration::default();
    for entry in fields.known(at, "a configuration", &keys)? {
        match entry.name {
            "context" => configuration.context = context(entry.value)?,
            "platform" => {
                configuration.platform = text(entry.value, "platform of a configuration")?;
            }
            "buildrequires" => {
                configuration.buildrequires = streams(fields, entry.value, "buildrequires")?;
            }
            "requires" => configuration.requires = streams(fields, entry.value, "requires")?,
            _ => configuration.buildopts = build::options(fields, entry.value)?,
        }
    }
    match ["context", "platform"].iter().find(|key| at.get(key).is_none()) {
        Some(missing) => Err(ReadError::at(at, format!("this configuration has no `{missing}`"))),
        None => Ok(configuration),
    }
}

fn context(at: &Spanned) -> Result<String, ReadError> {
    let context = text(at, "context of a configuration")?;
    let fits = (1..=MAX_CONTEXT).contains(&context.len()) && context.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if fits {
        return Ok(context);
    }
    let reason =
        format!("the context `{}` has to be 1 to {MAX_CONTEXT} letters and digits without accents", shorten(&context));
    Err(ReadError::at(at, reason))
}

/// Modules with exactly one stream each.
fn streams(fields: &mut Fields, at: &Spanned, what: &str) -> Result<BTreeMap<String, String>, ReadError> {
    let mut single = BTreeMap::new();
    for (module, streams) in dependencies::modules(fields, at, what)? {
        let mut streams = streams.into_iter();
        let (Some(stream), None) = (streams.next(), streams.next()) else {
            let reason = format!("`{}` in {what} of a configuration has to have exactly one stream", shorten(&module));
            return Err(ReadError::at(at.locate(std::slice::from_ref(&module)), reason));
        };
        single.insert(module, stream);
    }
    Ok(single)
}
