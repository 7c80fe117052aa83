//! `components`.

use std::collections::BTreeMap;

use super::ReadError;
use super::fields::{Entry, Fields, boolean, set, signed, text};
use crate::stream::{ModuleComponent, RpmComponent};
use crate::yaml::{Spanned, shorten};

const RPM_KEYS: [&str; 12] = [
    "rationale",
    "name",
    "repository",
    "ref",
    "cache",
    "arches",
    "multilib",
    "buildroot",
    "srpm-buildroot",
    "buildafter",
    "buildonly",
    "buildorder",
];
/// `buildafter` is written by libmodulemd, and read here so that it comes back.
const MODULE_KEYS: [&str; 5] = ["rationale", "repository", "ref", "buildorder", "buildafter"];

pub(super) fn components(
    fields: &mut Fields,
    at: &Spanned,
    rpms: &mut BTreeMap<String, RpmComponent>,
    modules: &mut BTreeMap<String, ModuleComponent>,
) -> Result<(), ReadError> {
    for entry in fields.known(at, "components", &["rpms", "modules"])? {
        match entry.name {
            "rpms" => {
                for component in fields.entries(entry.value, "components.rpms")? {
                    rpms.insert(component.name.to_owned(), rpm(fields, &component)?);
                }
            }
            _ => {
                for component in fields.entries(entry.value, "components.modules")? {
                    modules.insert(component.name.to_owned(), module(fields, &component)?);
                }
            }
        }
    }
    Ok(())
}

fn rpm(fields: &mut Fields, entry: &Entry<'_>) -> Result<RpmComponent, ReadError> {
    let component_name = format!("the component `{}`", shorten(entry.name));
    let mut component = RpmComponent { name: entry.name.to_owned(), ..RpmComponent::default() };
    for Entry { name, value, .. } in fields.known(entry.value, &component_name, &RPM_KEYS)? {
        let what = &format!("{name} of {component_name}");
        match name {
            "rationale" => component.rationale = text(value, what)?,
            "name" => component.source_name = Some(text(value, what)?),
            "repository" => component.repository = Some(text(value, what)?),
            "ref" => component.reference = Some(text(value, what)?),
            "cache" => component.cache = Some(text(value, what)?),
            "arches" => component.arches = set(value, what)?,
            "multilib" => component.multilib = set(value, what)?,
            "buildroot" => component.buildroot = boolean(value, what)?,
            "srpm-buildroot" => component.srpm_buildroot = boolean(value, what)?,
            "buildafter" => component.buildafter = set(value, what)?,
            "buildonly" => component.buildonly = boolean(value, what)?,
            _ => component.buildorder = signed(value, what)?,
        }
    }
    Ok(component)
}

fn module(fields: &mut Fields, entry: &Entry<'_>) -> Result<ModuleComponent, ReadError> {
    let component_name = format!("the module component `{}`", shorten(entry.name));
    let mut component = ModuleComponent { name: entry.name.to_owned(), ..ModuleComponent::default() };
    for Entry { name, value, .. } in fields.known(entry.value, &component_name, &MODULE_KEYS)? {
        let what = &format!("{name} of {component_name}");
        match name {
            "rationale" => component.rationale = text(value, what)?,
            "repository" => component.repository = Some(text(value, what)?),
            "ref" => component.reference = Some(text(value, what)?),
            "buildafter" => component.buildafter = set(value, what)?,
            _ => component.buildorder = signed(value, what)?,
        }
    }
    Ok(component)
}
