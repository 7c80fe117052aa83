//! Unpacks packages into the folder of a repository.
//!
//! Packages are made by strangers: one may hold a link to a folder of the host and a file behind that link. So unpacking happens
//! in a sandbox in which nothing but the repository is writable.

use std::fs;
use std::path::{Path, PathBuf};

use super::manifest::Manifest;
use super::tree::trees;
use crate::BuilderError;
use crate::rpmbuild::host::HOME;
use crate::rpmbuild::sandbox::Sandbox;
use crate::rpmbuild::{RpmBuild, copying, error, layout};

const UNPACK: &str = include_str!("unpack.sh");
const LINKER_CACHE: &str = "ldconfig -X -C /out/etc/ld.so.cache.new $(ls -d /usr/lib /usr/lib64 2>/dev/null) && \
                            mv /out/etc/ld.so.cache.new /out/etc/ld.so.cache";

/// What to fill.
pub(super) struct Fill<'a> {
    /// The new, empty folder.
    pub folder: &'a Path,
    /// The folder above it.
    pub repositories: &'a Path,
    /// What it will be.
    pub manifest: &'a Manifest,
    /// Packages to unpack, later ones win.
    pub rpms: &'a [PathBuf],
    /// The database to start from.
    pub database: Option<&'a Path>,
    /// Nothing lies below it but the host.
    pub first: bool,
}

pub(super) async fn fill(builder: &RpmBuild, fill: &Fill<'_>) -> Result<(), BuilderError> {
    let folder = fill.folder;
    let (out, rpms, empty) = (folder.join("out"), folder.join("in"), folder.join("empty"));
    for path in [&out, &rpms, &empty] {
        layout::create_folder(path)?;
    }
    builder.give_to_builds(&out)?;
    for (number, rpm) in fill.rpms.iter().enumerate() {
        copying::link(rpm, &rpms.join(format!("{number:06}.rpm")))?;
    }
    let command = ["sh", "-c", UNPACK].map(Into::into).to_vec();
    let mut sandbox = Sandbox::tool(&builder.settings, folder.to_owned(), command)
        .mount(&out, "/out", true)
        .mount(&rpms, "/in", false)
        .mount(fill.database.unwrap_or(&empty), "/base", false);
    let host = builder.host().await?;
    sandbox.environment.push(("BUILD_HOME", HOME.to_owned()));
    sandbox.environment.push(("DATABASE", host.database_inside.to_string_lossy().into_owned()));
    sandbox.environment.push(("FIRST", if fill.first { "1" } else { "0" }.to_owned()));
    let printed = builder.tool("installing packages into the buildroot", &sandbox).await?;
    for part in ["root", "db"] {
        fs::rename(out.join(part), folder.join(part)).map_err(error::io("fill a repository", folder))?;
        must_be_folder(&folder.join(part))?;
    }
    for path in [&out, &rpms, &empty] {
        fs::remove_dir_all(path).map_err(error::io("clean a repository", folder))?;
    }
    if printed.is_empty() { Ok(()) } else { linker_cache(builder, fill).await }
}

/// Programs find libraries of packages by the linker's cache, which an installation would have made.
async fn linker_cache(builder: &RpmBuild, fill: &Fill<'_>) -> Result<(), BuilderError> {
    let command = ["sh", "-c", LINKER_CACHE].map(Into::into).to_vec();
    let mut sandbox = Sandbox::tool(&builder.settings, fill.folder.to_owned(), command);
    sandbox.layers_folder = fill.repositories.to_owned();
    sandbox.trees = trees(fill.repositories, fill.manifest);
    let sandbox = sandbox.mount(fill.folder.join("root"), "/out", true);
    builder.tool("making the linker's cache of the buildroot", &sandbox).await.map(drop)
}

fn must_be_folder(path: &Path) -> Result<(), BuilderError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        _ => Err(BuilderError::Impossible("a package of the module replaced a folder of the buildroot".into())),
    }
}
