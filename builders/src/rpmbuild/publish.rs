//! The finished module as a dnf repository.
//!
//! `repo/` holds the binary packages with the module's document; `repo/source/` and `repo/debug/` are repositories of their own,
//! so that nobody gets source or debug packages who did not ask for them.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use modulemd::ModuleStream;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::collect::{is_debug, is_source, regular_files, stored_outcome};
use super::layout::Layout;
use super::repository::Installed;
use super::sandbox::Sandbox;
use super::{RpmBuild, copying, discard, error, layout};
use crate::{BuilderError, BuiltComponent, BuiltRpm, ModuleRef, Outcome};

/// The list of packages that is kept in the repository for builds of modules that depend on this one.
pub(super) const PACKAGES: &str = "packages.json";

/// The list of components that other builds made.
const TAKEN_OVER: &str = "taken-over.json";

/// Makes the metadata of one repository.
const METADATA: &str = "umask 022; cd /out && createrepo_c --quiet --no-database --general-compress-type=gz \
                        -x 'source/*' -x 'debug/*' --outputdir /out /in && \
                        if [ -e /in/modules.yaml ]; then \
                        modifyrepo_c --mdtype=modules --compress-type=gz /in/modules.yaml /out/repodata >/dev/null; fi";

/// Makes the repository of a module and returns the document that is in it.
pub(super) async fn publish(
    builder: &RpmBuild,
    module: &ModuleRef,
    components: &[BuiltComponent],
) -> Result<ModuleStream, BuilderError> {
    let place = builder.layout.published(&module.tag)?;
    let folder = place.parent().unwrap_or(&place);
    layout::create_folder(folder)?;
    let new = tempfile::Builder::new()
        .prefix(layout::UNFINISHED)
        .permissions(Permissions::from_mode(0o755))
        .tempdir_in(folder)
        .map_err(error::io("make the repository of the module", folder))?;
    let rpms = collect(builder, module, components, new.path())?;
    let document = document(builder, module, &rpms).await?;
    write(&new.path().join("modules.yaml"), &document.to_yaml())?;
    let binary: Vec<&BuiltRpm> = rpms.iter().filter(|rpm| subfolder(rpm).is_empty()).collect();
    write(
        &new.path().join(PACKAGES),
        &serde_json::to_string_pretty(&binary).map_err(|error| BuilderError::Impossible(error.to_string()))?,
    )?;
    let installed = components.iter().map(|component| Installed::new(component, &module.tag));
    let taken_over: Vec<_> = installed.filter(|component| component.tag != module.tag).collect();
    write(
        &new.path().join(TAKEN_OVER),
        &serde_json::to_string_pretty(&taken_over).map_err(|error| BuilderError::Impossible(error.to_string()))?,
    )?;
    for part in ["source", "debug", ""] {
        metadata(builder, &new.path().join(part)).await?;
    }
    place_at(builder, new, &place)?;
    Ok(document)
}

/// Components of a published module that other builds made.
pub(super) fn taken_over(layout: &Layout, tag: &str) -> Result<Vec<Installed>, BuilderError> {
    let file = layout.published(tag)?.join(TAKEN_OVER);
    match fs::read(&file) {
        Ok(text) => serde_json::from_slice(&text).map_err(|error| BuilderError::Impossible(error.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error::io("read what a module took over", &file)(error)),
    }
}

/// Links the packages that belong into the repository and lists them.
fn collect(
    builder: &RpmBuild,
    module: &ModuleRef,
    components: &[BuiltComponent],
    new: &Path,
) -> Result<Vec<BuiltRpm>, BuilderError> {
    let mut all = Vec::new();
    for component in components.iter().filter(|component| !component.build_time_only) {
        let at = Installed::new(component, &module.tag);
        let folder = builder.layout.attempt(&at.tag, &at.package, at.attempt)?;
        let Some(Outcome::Complete { rpms, .. }) = stored_outcome(&folder)? else {
            return Err(BuilderError::Impossible(format!(
                "the packages of {} are not in the results folder; build it again",
                component.package
            )));
        };
        let kept: Vec<BuiltRpm> =
            rpms.into_iter().filter(|rpm| is_source(rpm) || !module.modulemd.filter_rpms.contains(&rpm.name)).collect();
        for rpm in &kept {
            let part = new.join(subfolder(rpm));
            layout::create_folder(&part)?;
            let file = part.join(&rpm.file);
            if file.exists() {
                tracing::warn!(
                    file = rpm.file,
                    component = component.package,
                    "two components made the same package; the later one is kept"
                );
                fs::remove_file(&file).map_err(error::io("replace a package", &file))?;
            }
            copying::link(&folder.join(&rpm.file), &file)?;
        }
        all.extend(kept);
    }
    all.sort();
    all.dedup_by(|one, other| one.file == other.file);
    Ok(all)
}

fn subfolder(rpm: &BuiltRpm) -> &'static str {
    match rpm {
        rpm if is_source(rpm) => "source",
        rpm if is_debug(rpm) => "debug",
        _ => "",
    }
}

/// The document of the module with what the build found out.
async fn document(builder: &RpmBuild, module: &ModuleRef, rpms: &[BuiltRpm]) -> Result<ModuleStream, BuilderError> {
    let nsvc = &module.nsvc;
    let mut document = ModuleStream::clone(&module.modulemd);
    document.name = Some(nsvc.name.clone());
    document.stream = Some(nsvc.stream.clone());
    document.version = nsvc.version.parse().map_err(|_| {
        BuilderError::Impossible(format!("the version {:?} of the module is not a number", nsvc.version))
    })?;
    document.context = Some(nsvc.context.clone());
    document.arch = Some(builder.host().await?.arch.clone());
    document.rpm_artifacts = rpms.iter().map(|rpm| rpm.nevra.clone()).collect();
    document.content_licenses =
        rpms.iter().map(|rpm| rpm.license.clone()).filter(|license| !license.is_empty()).collect::<BTreeSet<_>>();
    Ok(document)
}

/// In a sandbox: the packages were made by strangers.
async fn metadata(builder: &RpmBuild, folder: &Path) -> Result<(), BuilderError> {
    if !folder.exists() {
        return Ok(());
    }
    let work = tempfile::Builder::new()
        .prefix("repo-")
        .tempdir_in(builder.layout.work())
        .map_err(error::io("make a working folder", folder))?;
    let made = work.path().join("out");
    layout::create_folder(&made)?;
    builder.give_to_builds(&made)?;
    let command = ["sh", "-c", METADATA].map(Into::into).to_vec();
    let sandbox =
        Sandbox::tool(&builder.settings, made.clone(), command).mount(folder, "/in", false).mount(&made, "/out", true);
    builder.tool("making the metadata of the repository", &sandbox).await?;
    let repodata = folder.join("repodata");
    layout::create_folder(&repodata)?;
    for file in regular_files(&made.join("repodata")) {
        copying::take(&file, &repodata.join(file.file_name().unwrap_or_default()))?;
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<(), BuilderError> {
    fs::write(file, text).map_err(error::io("write the repository of the module", file))
}

fn place_at(builder: &RpmBuild, new: tempfile::TempDir, place: &Path) -> Result<(), BuilderError> {
    let cannot = error::io("put the repository of the module into place", place);
    match renameat_with(CWD, new.path(), CWD, place, RenameFlags::NOREPLACE) {
        Ok(()) => {
            let _renamed = new.keep();
        }
        Err(Errno::EXIST) => {
            renameat_with(CWD, new.path(), CWD, place, RenameFlags::EXCHANGE).map_err(|errno| cannot(errno.into()))?;
            discard::discard(&builder.layout, &new.keep());
        }
        Err(errno) => return Err(cannot(errno.into())),
    }
    Ok(())
}
