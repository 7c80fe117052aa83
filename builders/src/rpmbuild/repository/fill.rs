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
const LINKER_CACHE: &str = "mkdir -p /out/etc && \
                            ldconfig -X -C /out/etc/ld.so.cache.new $(ls -d /usr/lib /usr/lib64 2>/dev/null) && \
                            mv /out/etc/ld.so.cache.new /out/etc/ld.so.cache";

/// What to fill.
pub(super) struct Fill<'a> {
    /// The new, empty folder of the repository.
    pub folder: &'a Path,
    /// The new, empty folder of its layer.
    pub layer: &'a Path,
    /// The folder of all repositories and layers.
    pub repositories: &'a Path,
    /// What the repository will be.
    pub manifest: &'a Manifest,
    /// Packages to unpack, later ones win.
    pub rpms: &'a [PathBuf],
    /// The database to start from.
    pub database: Option<&'a Path>,
}

pub(super) async fn fill(builder: &RpmBuild, fill: &Fill<'_>) -> Result<(), BuilderError> {
    let (database, rpms, empty) = (fill.folder.join("db"), fill.folder.join("in"), fill.folder.join("empty"));
    for path in [&database, &rpms, &empty] {
        layout::create_folder(path)?;
    }
    builder.give_to_builds(fill.layer)?;
    builder.give_to_builds(&database)?;
    for (number, rpm) in fill.rpms.iter().enumerate() {
        copying::link(rpm, &rpms.join(format!("{number:06}.rpm")))?;
    }
    let command = ["sh", "-c", UNPACK].map(Into::into).to_vec();
    let mut sandbox = Sandbox::tool(&builder.settings, fill.repositories.to_owned(), command)
        .mount(fill.layer, "/out/root", true)
        .mount(&database, "/out/db", true)
        .mount(&rpms, "/in", false)
        .mount(fill.database.unwrap_or(&empty), "/base", false);
    let inside = &builder.host().await?.database_inside;
    let first = fill.manifest.layers.len() == 1;
    sandbox.environment.push(("BUILD_HOME", HOME.to_owned()));
    sandbox.environment.push(("DATABASE", inside.to_string_lossy().into_owned()));
    sandbox.environment.push(("FIRST", if first { "1" } else { "0" }.to_owned()));
    let printed = builder.tool("installing packages into the buildroot", &sandbox).await?;
    for path in [&rpms, &empty] {
        fs::remove_dir_all(path).map_err(error::io("clean a repository", fill.folder))?;
    }
    let has_libraries = String::from_utf8_lossy(&printed).contains("/out/root/");
    if has_libraries { linker_cache(builder, fill).await } else { Ok(()) }
}

/// Programs find libraries of packages by the linker's cache, which an installation would have made.
async fn linker_cache(builder: &RpmBuild, fill: &Fill<'_>) -> Result<(), BuilderError> {
    let command = ["sh", "-c", LINKER_CACHE].map(Into::into).to_vec();
    let mut sandbox = Sandbox::tool(&builder.settings, fill.repositories.to_owned(), command);
    sandbox.trees = trees(fill.repositories, fill.manifest);
    let sandbox = sandbox.mount(fill.layer, "/out", true);
    builder.tool("making the linker's cache of the buildroot", &sandbox).await.map(drop)
}
