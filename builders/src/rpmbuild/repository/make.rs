//! Makes the repositories of a module build.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::dependency_rpms;
use super::fill::{Fill, fill};
use super::manifest::{Installed, Manifest, Repository};
use crate::rpmbuild::collect::{is_binary, stored_outcome};
use crate::rpmbuild::discard::discard;
use crate::rpmbuild::{RpmBuild, error, layout};
use crate::{BuilderError, BuiltComponent, ModuleRef, Outcome};

/// With more layers than this, a repository is filled from the start: the kernel stacks at most 500, and the names have to fit
/// into one page.
const MOST_LAYERS: usize = 100;

/// Repository 0: what the dependencies provide.
pub(in crate::rpmbuild) async fn prepare(builder: &RpmBuild, module: &ModuleRef) -> Result<(), BuilderError> {
    let folder = builder.layout.repositories(&module.tag)?;
    if Repository::open(&folder, 0)?.is_some() {
        return Ok(());
    }
    let rpms = dependency_rpms(&builder.layout, module)?;
    let database = builder.host().await?.database.clone();
    let manifest = Manifest { packages: names(&rpms), ..Manifest::default() };
    publish(builder, &folder, 0, manifest, &files(rpms), database.as_deref()).await
}

/// Repository `number` with all `components`.
pub(in crate::rpmbuild) async fn make(
    builder: &RpmBuild,
    module: &ModuleRef,
    number: i32,
    components: &[BuiltComponent],
) -> Result<(), BuilderError> {
    let folder = builder.layout.repositories(&module.tag)?;
    let mut wanted: Vec<Installed> = components.iter().map(|one| Installed::new(one, &module.tag)).collect();
    wanted.sort();
    wanted.dedup();
    if Repository::open(&folder, number)?.is_some_and(|there| there.manifest.components == wanted) {
        return Ok(());
    }
    if Repository::open(&folder, 0)?.is_none() {
        prepare(builder, module).await?;
    }
    let base = Repository::newest_within(&folder, number, &wanted)?.ok_or_else(|| {
        BuilderError::Impossible(format!("repository {number} needs a number from 1 and repository 0"))
    })?;
    grow(builder, module, base, number, wanted).await
}

/// Adds to `base` what it lacks.
async fn grow(
    builder: &RpmBuild,
    module: &ModuleRef,
    base: Repository,
    number: i32,
    wanted: Vec<Installed>,
) -> Result<(), BuilderError> {
    let from_start = base.manifest.layers.len() >= MOST_LAYERS;
    let mut rpms = if from_start { dependency_rpms(&builder.layout, module)? } else { Vec::new() };
    for component in &wanted {
        if from_start || !base.manifest.components.contains(component) {
            rpms.extend(component_rpms(builder, component)?);
        }
    }
    let start = if from_start { builder.host().await?.database.clone() } else { Some(base.database()) };
    let mut packages = base.manifest.packages;
    packages.extend(names(&rpms));
    packages.sort();
    packages.dedup();
    let layers = if from_start { Vec::new() } else { base.manifest.layers };
    let manifest = Manifest { components: wanted, packages, layers };
    publish(builder, &base.folder, number, manifest, &files(rpms), start.as_deref()).await
}

fn component_rpms(builder: &RpmBuild, component: &Installed) -> Result<Vec<(String, PathBuf)>, BuilderError> {
    let folder = builder.layout.attempt(&component.tag, &component.package, component.attempt)?;
    let Some(Outcome::Complete { rpms, .. }) = stored_outcome(&folder)? else {
        return Err(BuilderError::Impossible(format!(
            "the packages of {} are not in the results folder of this builder; build it again",
            component.package
        )));
    };
    Ok(rpms.into_iter().filter(is_binary).map(|rpm| (rpm.name, folder.join(rpm.file))).collect())
}

/// Fills a folder of another name and renames it into place.
async fn publish(
    builder: &RpmBuild,
    folder: &Path,
    number: i32,
    mut manifest: Manifest,
    rpms: &[PathBuf],
    database: Option<&Path>,
) -> Result<(), BuilderError> {
    layout::create_folder(folder)?;
    let unfinished = new_folder(folder, "new-")?;
    let layer = new_folder(folder, "l")?;
    let name = layer.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    manifest.layers.insert(0, name.to_owned());
    let request =
        Fill { folder: &unfinished, layer: &layer, repositories: folder, manifest: &manifest, rpms, database };
    let placed = match fill(builder, &request).await.and_then(|()| manifest.write(&unfinished)) {
        Ok(()) => place(&unfinished, &folder.join(number.to_string())),
        Err(error) => Err(error),
    };
    if placed.is_err() {
        discard(&builder.layout, &layer);
    }
    if unfinished.exists() {
        discard(&builder.layout, &unfinished);
    }
    placed
}

fn new_folder(parent: &Path, prefix: &str) -> Result<PathBuf, BuilderError> {
    let folder = tempfile::Builder::new()
        .prefix(prefix)
        .permissions(Permissions::from_mode(0o755))
        .tempdir_in(parent)
        .map_err(error::io("make the folder of a repository", parent))?;
    Ok(folder.keep())
}

/// Exchanges the two where there is one already: builds that see the old one keep it until they end.
fn place(unfinished: &Path, place: &Path) -> Result<(), BuilderError> {
    let cannot = error::io("put a repository into place", place);
    match renameat_with(CWD, unfinished, CWD, place, RenameFlags::NOREPLACE) {
        Err(Errno::EXIST) => renameat_with(CWD, unfinished, CWD, place, RenameFlags::EXCHANGE),
        done => done,
    }
    .map_err(|errno| cannot(errno.into()))
}

fn names(rpms: &[(String, PathBuf)]) -> Vec<String> {
    let mut names: Vec<String> = rpms.iter().map(|(name, _)| name.clone()).collect();
    names.sort();
    names.dedup();
    names
}

fn files(rpms: Vec<(String, PathBuf)>) -> Vec<PathBuf> {
    rpms.into_iter().map(|(_, file)| file).collect()
}
