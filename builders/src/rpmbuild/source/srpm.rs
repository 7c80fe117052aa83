//! Sources from a source package.

use std::fs::File;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::failure;
use crate::rpmbuild::RpmBuild;
use crate::rpmbuild::sandbox::Sandbox;
use crate::rpmbuild::{copying, error, layout};
use crate::{BuilderError, Failure};

const UNPACK: &str =
    "cd /out && rpm2cpio /in/source.rpm | cpio -idm --quiet --no-absolute-filenames --no-preserve-owner";
const QUERY: &str = r"exec rpm -qp --nosignature --nodigest --qf '%|SOURCEPACKAGE?{source}:{binary}| %{NAME}\n' /in/source.rpm 2>/dev/null";

/// Unpacks a source package that lies on this host.
pub(super) async fn unpack(
    builder: &RpmBuild,
    location: &str,
    sources: &Path,
) -> Result<Result<(), Failure>, BuilderError> {
    let input = match Input::of(builder, location)? {
        Ok(input) => input,
        Err(failure) => return Ok(Err(failure)),
    };
    builder.give_to_builds(sources)?;
    let sandbox = input.sandbox(builder, sources, UNPACK).mount(sources, "/out", true);
    Ok(match builder.try_tool("unpacking the source package", &sandbox).await? {
        Some(_) => Ok(()),
        None => Err(failure(format!("the source package {location:?} cannot be unpacked; is it a source RPM?"))),
    })
}

/// The name in the header of a source package that lies on this host.
pub(in crate::rpmbuild) async fn name(builder: &RpmBuild, location: &str) -> Result<String, BuilderError> {
    let impossible = |failure: Failure| BuilderError::Impossible(failure.message);
    let input = Input::of(builder, location)?.map_err(impossible)?;
    let sandbox = input.sandbox(builder, &input.folder, QUERY);
    let printed = builder.try_tool("reading the source package", &sandbox).await?.unwrap_or_default();
    match String::from_utf8_lossy(&printed).trim().split_once(' ') {
        Some(("source", name)) => Ok(name.to_owned()),
        _ => Err(BuilderError::Impossible(format!("{location:?} is no source package"))),
    }
}

/// A source package in a folder of its own. It was made by strangers, so it is only looked at in a sandbox.
struct Input {
    folder: PathBuf,
    _keep: TempDir,
}

impl Input {
    /// The inner error is for the packager.
    fn of(builder: &RpmBuild, location: &str) -> Result<Result<Self, Failure>, BuilderError> {
        let path = Path::new(location.strip_prefix("file://").unwrap_or(location));
        if !path.is_absolute() {
            return Ok(Err(failure(format!(
                "the source package {location:?} has to be an absolute path on the builder"
            ))));
        }
        // A pipe or a device might never end; what the service may not read is as good as not there.
        if !path.is_file() || File::open(path).is_err() {
            return Ok(Err(failure(format!("the source package {location:?} does not exist on the builder"))));
        }
        let keep = tempfile::Builder::new()
            .prefix("srpm-")
            .tempdir_in(builder.layout.work())
            .map_err(error::io("make a working folder", &builder.settings.work_dir))?;
        let folder = keep.path().join("in");
        layout::create_folder(&folder)?;
        copying::link(path, &folder.join("source.rpm"))?;
        Ok(Ok(Self { folder, _keep: keep }))
    }

    fn sandbox(&self, builder: &RpmBuild, layers: &Path, script: &str) -> Sandbox {
        let command = ["sh", "-c", script].map(Into::into).to_vec();
        Sandbox::tool(&builder.settings, layers.to_owned(), command).mount(self.folder.clone(), "/in", false)
    }
}
