//! `buildopts`.

use super::ReadError;
use super::fields::{Fields, set, text};
use crate::stream::BuildOptions;
use crate::yaml::Spanned;

pub(super) fn options(fields: &mut Fields, at: &Spanned) -> Result<BuildOptions, ReadError> {
    let mut options = BuildOptions::default();
    for entry in fields.known(at, "buildopts", &["rpms", "arches"])? {
        match entry.name {
            "rpms" => rpms(fields, entry.value, &mut options)?,
            _ => options.arches = set(entry.value, "buildopts.arches")?,
        }
    }
    Ok(options)
}

fn rpms(fields: &mut Fields, at: &Spanned, options: &mut BuildOptions) -> Result<(), ReadError> {
    for entry in fields.known(at, "buildopts.rpms", &["macros", "whitelist"])? {
        match entry.name {
            "macros" => options.rpm_macros = Some(text(entry.value, "buildopts.rpms.macros")?),
            _ => options.rpm_whitelist = set(entry.value, "buildopts.rpms.whitelist")?,
        }
    }
    Ok(())
}
