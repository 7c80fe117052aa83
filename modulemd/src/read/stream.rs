//! The data of stream documents, all versions.

use super::envelope::Format;
use super::fields::{Entry, Fields, boolean, text, unsigned};
use super::validate::validate_submitted;
use super::{ReadError, build, components, dependencies, parts};
use crate::stream::ModuleStream;
use crate::yaml::Spanned;

/// Keys that every version has.
const COMMON: [&str; 9] =
    ["summary", "description", "license", "dependencies", "references", "profiles", "api", "filter", "components"];
/// Keys of documents that may come out of a build.
const BUILT: [&str; 9] =
    ["name", "stream", "version", "context", "arch", "servicelevels", "xmd", "buildopts", "artifacts"];
/// Keys that came with version 2.
const SINCE_V2: [&str; 2] = ["static_context", "demodularized"];

impl Format {
    fn keys(self) -> Vec<&'static str> {
        match self {
            Self::V1 => [&COMMON[..], &BUILT, &["eol"]].concat(),
            Self::V2 => [&COMMON[..], &BUILT, &SINCE_V2].concat(),
            Self::PackagerV2 => [&COMMON[..], &SINCE_V2].concat(),
        }
    }
}

pub(super) fn stream(fields: &mut Fields, data: &Spanned, format: Format) -> Result<ModuleStream, ReadError> {
    let mut stream = ModuleStream::default();
    for entry in fields.known(data, "data", &format.keys())? {
        field(fields, &mut stream, &entry, format)?;
    }
    require(fields, data, "summary")?;
    require(fields, data, "description")?;
    check(data, &stream)?;
    Ok(stream)
}

fn field(fields: &mut Fields, stream: &mut ModuleStream, entry: &Entry<'_>, format: Format) -> Result<(), ReadError> {
    let Entry { name, value, .. } = *entry;
    match name {
        "name" => stream.name = Some(text(value, name)?),
        "stream" => stream.stream = Some(text(value, name)?),
        "version" => stream.version = unsigned(value, name)?,
        "context" => stream.context = Some(text(value, name)?),
        "static_context" => stream.static_context = boolean(value, name)?,
        "arch" => stream.arch = Some(text(value, name)?),
        "summary" => stream.summary = text(value, name)?,
        "description" => stream.description = text(value, name)?,
        "license" => parts::licenses(fields, value, stream, format != Format::PackagerV2)?,
        "xmd" => stream.xmd = parts::xmd(value)?,
        "dependencies" if format == Format::V1 => {
            stream.dependencies = dependencies::single(fields, value)?;
        }
        "dependencies" => stream.dependencies.extend(dependencies::blocks(fields, value)?),
        "references" => {
            parts::references(fields, value)?.put(
                &mut stream.community,
                &mut stream.documentation,
                &mut stream.tracker,
            );
        }
        "profiles" => stream.profiles.extend(parts::profiles(fields, value)?),
        "api" => stream.api_rpms = fields.rpms(value, name)?,
        "filter" => stream.filter_rpms = fields.rpms(value, name)?,
        "demodularized" => stream.demodularized_rpms = fields.rpms(value, name)?,
        "buildopts" => stream.buildopts = build::options(fields, value)?,
        "components" => {
            components::components(fields, value, &mut stream.rpm_components, &mut stream.module_components)?;
        }
        "artifacts" if format == Format::V1 => stream.rpm_artifacts = fields.rpms(value, name)?,
        "artifacts" => parts::artifacts(fields, value, stream)?,
        "servicelevels" => stream.servicelevels.extend(parts::service_levels(fields, value)?),
        // Version 1 had one end of life; it is that of the service level "rawhide".
        "eol" => {
            stream.servicelevels.insert("rawhide".to_owned(), Some(parts::date(value)?));
        }
        _ => {}
    }
    Ok(())
}

/// Refuses data without `key`; an unknown key that was passed over may be what was meant.
pub(super) fn require(fields: &Fields, data: &Spanned, key: &str) -> Result<(), ReadError> {
    if data.get(key).is_some() {
        return Ok(());
    }
    let meant = format!("did you mean `{key}`?");
    let mut reason = format!("the module has no {key}");
    if let Some(notice) = fields.notices.iter().find(|notice| notice.text.ends_with(&meant)) {
        reason = format!("{reason} (line {}: {})", notice.line, notice.text);
    }
    Err(ReadError::at(data, reason))
}

/// Validates what was read and finds the place of a problem in the text.
pub(super) fn check(data: &Spanned, stream: &ModuleStream) -> Result<(), ReadError> {
    validate_submitted(stream).map_err(|problem| ReadError::at(data.locate(&problem.path), problem.reason))
}
