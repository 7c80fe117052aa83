//! Parts of the data that describe: licences, references, profiles, artifacts, service levels.

use std::collections::BTreeMap;

use super::ReadError;
use super::fields::{Fields, boolean, set, text, unsigned, wrong_kind};
use crate::stream::{ModuleStream, Profile};
use crate::yaml::{Node, Spanned, shorten};

/// `license`; a packager may not say what the content's licences are.
pub(super) fn licenses(
    fields: &mut Fields,
    at: &Spanned,
    stream: &mut ModuleStream,
    with_content: bool,
) -> Result<(), ReadError> {
    let known: &[&str] = if with_content { &["module", "content"] } else { &["module"] };
    for entry in fields.known(at, "license", known)? {
        match entry.name {
            "module" => stream.module_licenses = set(entry.value, "license.module")?,
            _ => stream.content_licenses = set(entry.value, "license.content")?,
        }
    }
    Ok(())
}

/// `references`, as far as they were given.
#[derive(Default)]
pub(super) struct References {
    community: Option<String>,
    documentation: Option<String>,
    tracker: Option<String>,
}

impl References {
    /// Overwrites what was given.
    pub fn put(self, community: &mut Option<String>, documentation: &mut Option<String>, tracker: &mut Option<String>) {
        let given = [(self.community, community), (self.documentation, documentation), (self.tracker, tracker)];
        for (value, place) in given {
            if value.is_some() {
                *place = value;
            }
        }
    }
}

pub(super) fn references(fields: &mut Fields, at: &Spanned) -> Result<References, ReadError> {
    let mut references = References::default();
    for entry in fields.known(at, "references", &["community", "documentation", "tracker"])? {
        let value = Some(text(entry.value, &format!("references.{}", entry.name))?);
        match entry.name {
            "community" => references.community = value,
            "documentation" => references.documentation = value,
            _ => references.tracker = value,
        }
    }
    Ok(references)
}

pub(super) fn profiles(fields: &mut Fields, at: &Spanned) -> Result<BTreeMap<String, Profile>, ReadError> {
    let mut profiles = BTreeMap::new();
    for profile in fields.entries(at, "profiles")? {
        profiles.insert(profile.name.to_owned(), self::profile(fields, profile.name, profile.value)?);
    }
    Ok(profiles)
}

fn profile(fields: &mut Fields, name: &str, at: &Spanned) -> Result<Profile, ReadError> {
    let what = format!("the profile `{}`", shorten(name));
    let mut profile = Profile::default();
    for entry in fields.known(at, &what, &["rpms", "description", "default"])? {
        match entry.name {
            "rpms" => profile.rpms = set(entry.value, &format!("rpms of {what}"))?,
            "description" => {
                profile.description = Some(text(entry.value, &format!("description of {what}"))?);
            }
            _ => profile.default = boolean(entry.value, &format!("default of {what}"))?,
        }
    }
    Ok(profile)
}

/// `xmd`: anything but a list at its top.
pub(super) fn xmd(at: &Spanned) -> Result<Node, ReadError> {
    match at.as_list() {
        Some(_) => Err(wrong_kind(at, "xmd", "a mapping")),
        None => Ok(at.to_node()),
    }
}

pub(super) fn service_levels(fields: &mut Fields, at: &Spanned) -> Result<BTreeMap<String, Option<String>>, ReadError> {
    let mut levels = BTreeMap::new();
    for level in fields.entries(at, "servicelevels")? {
        let what = format!("the service level `{}`", shorten(level.name));
        let mut end = None;
        for entry in fields.known(level.value, &what, &["eol"])? {
            end = Some(date(entry.value)?);
        }
        levels.insert(level.name.to_owned(), end);
    }
    Ok(levels)
}

/// A day that exists, as `YYYY-MM-DD`.
pub(super) fn date(at: &Spanned) -> Result<String, ReadError> {
    let wrong = || ReadError::at(at, "eol has to be a day that exists, written YYYY-MM-DD");
    let text = at.as_text().ok_or_else(wrong)?;
    let numbers: Vec<u16> = text
        .split('-')
        .map(|part| Some(part).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok())
        .collect::<Option<_>>()
        .ok_or_else(wrong)?;
    match numbers[..] {
        [year, month, day] if (1..=9999).contains(&year) && day >= 1 && day <= days(year, month) => {
            Ok(format!("{year:04}-{month:02}-{day:02}"))
        }
        _ => Err(wrong()),
    }
}

fn days(year: u16, month: u16) -> u16 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 0,
    }
}

/// `artifacts` of a built document.
pub(super) fn artifacts(fields: &mut Fields, at: &Spanned, stream: &mut ModuleStream) -> Result<(), ReadError> {
    for entry in fields.known(at, "artifacts", &["rpms", "rpm-map"])? {
        match entry.name {
            "rpms" => stream.rpm_artifacts = set(entry.value, "artifacts.rpms")?,
            _ => stream.rpm_artifact_map = rpm_map(fields, entry.value)?,
        }
    }
    Ok(())
}

/// `rpm-map`: kind of checksum, checksum, package.
fn rpm_map(fields: &mut Fields, at: &Spanned) -> Result<Option<Node>, ReadError> {
    let mut digests = BTreeMap::new();
    for digest in fields.entries(at, "rpm-map")? {
        let mut packages = BTreeMap::new();
        for package in fields.entries(digest.value, &format!("rpm-map.{}", shorten(digest.name)))? {
            packages.insert(package.name.to_owned(), rpm_map_entry(fields, package.key, package.value)?);
        }
        digests.insert(digest.name.to_owned(), Node::Map(packages));
    }
    Ok((!digests.is_empty()).then_some(Node::Map(digests)))
}

fn rpm_map_entry(fields: &mut Fields, key: &Spanned, at: &Spanned) -> Result<Node, ReadError> {
    let keys = ["name", "epoch", "version", "release", "arch", "nevra"];
    let mut found = BTreeMap::new();
    for entry in fields.known(at, "an entry of rpm-map", &keys)? {
        let value = match entry.name {
            "epoch" => unsigned(entry.value, "epoch")?.to_string(),
            name => text(entry.value, name)?,
        };
        found.insert(entry.name, value);
    }
    if let Some(missing) = keys.iter().find(|key| !found.contains_key(**key)) {
        return Err(ReadError::at(key, format!("this entry of rpm-map has no `{missing}`")));
    }
    let nevra =
        format!("{}-{}:{}-{}.{}", found["name"], found["epoch"], found["version"], found["release"], found["arch"]);
    if found["nevra"] != nevra {
        let reason =
            format!("nevra is `{}`, but the other fields make `{}`", shorten(&found["nevra"]), shorten(&nevra));
        return Err(ReadError::at(key, reason));
    }
    Ok(Node::Map(found.into_iter().map(|(name, value)| (name.to_owned(), Node::Text(value))).collect()))
}
