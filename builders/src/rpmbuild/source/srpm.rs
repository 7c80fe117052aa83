//! Sources from a source package.

use std::path::Path;

use super::failure;
use crate::rpmbuild::RpmBuild;
use crate::rpmbuild::sandbox::Sandbox;
use crate::rpmbuild::{copying, error, layout};
use crate::{BuilderError, Failure};

const UNPACK: &str =
    "cd /out && rpm2cpio /in/source.rpm | cpio -idm --quiet --no-absolute-filenames --no-preserve-owner";

/// Unpacks a source package that lies on this host.
pub(super) async fn unpack(
    builder: &RpmBuild,
    location: &str,
    sources: &Path,
) -> Result<Result<(), Failure>, BuilderError> {
    let path = Path::new(location.strip_prefix("file://").unwrap_or(location));
    if !path.is_absolute() {
        return Ok(Err(failure(format!("the source package {location:?} has to be an absolute path on the builder"))));
    }
    if !path.is_file() {
        return Ok(Err(failure(format!("the source package {location:?} does not exist on the builder"))));
    }
    let folder = tempfile::Builder::new()
        .prefix("srpm-")
        .tempdir_in(builder.layout.work())
        .map_err(error::io("make a working folder", &builder.settings.work_dir))?;
    let input = folder.path().join("in");
    layout::create_folder(&input)?;
    copying::link(path, &input.join("source.rpm"))?;
    let command = ["sh", "-c", UNPACK].map(Into::into).to_vec();
    let sandbox = Sandbox::tool(&builder.settings, sources.to_owned(), command)
        .mount(input, "/in", false)
        .mount(sources, "/out", true);
    Ok(match builder.try_tool("unpacking the source package", &sandbox).await? {
        Some(_) => Ok(()),
        None => Err(failure(format!("the source package {location:?} cannot be unpacked; is it a source RPM?"))),
    })
}
