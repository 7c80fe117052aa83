//! Results of attempts: taken from the build folder, kept, read again.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::layout::Layout;
use super::repository::Installed;
use super::sandbox::Sandbox;
use super::{RpmBuild, copying, error, layout};
use crate::{BuilderError, BuiltRpm, ComponentRequest, Failure, FailureKind, Outcome, Phase};

/// Name of the file that tells how an attempt ended.
const RESULT: &str = "result.json";
const QUERY: &str = r"cd /in && exec rpm -qp --nosignature --nodigest --qf '%{NAME}\t%{NAME}-%{EPOCHNUM}:%{VERSION}-%{RELEASE}.%|SOURCEPACKAGE?{src}:{%{ARCH}}|\t%{NAME}-%{VERSION}-%{RELEASE}\t%{LICENSE}\n' *.rpm 2>/dev/null";

/// How an attempt ended, if it did.
pub(super) fn stored_outcome(folder: &Path) -> Result<Option<Outcome>, BuilderError> {
    match fs::read(folder.join(RESULT)) {
        // A file cut short by a crash of the machine is as good as none.
        Ok(text) => Ok(serde_json::from_slice(&text).ok()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error::io("read a result", folder)(error)),
    }
}

/// Packages of a component; `None` if they are not there (any more).
pub(super) fn component_rpms(layout: &Layout, component: &Installed) -> Result<Option<Vec<BuiltRpm>>, BuilderError> {
    let folder = layout.attempt(&component.tag, &component.package, component.attempt)?;
    Ok(match stored_outcome(&folder)? {
        Some(Outcome::Complete { rpms, .. }) => Some(rpms),
        _ => None,
    })
}

/// Packages of all attempts that succeeded, below the folder of a module's components.
pub(super) fn all_rpms(components: &Path) -> Result<Vec<BuiltRpm>, BuilderError> {
    let folders = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found = Vec::new();
    for attempt in folders(components).flat_map(|component| folders(&component)) {
        if let Some(Outcome::Complete { rpms, .. }) = stored_outcome(&attempt)? {
            found.extend(rpms);
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Part of the buildroot and of the repository for users: no source, no debug information.
pub(super) fn is_binary(rpm: &BuiltRpm) -> bool {
    !is_source(rpm) && !is_debug(rpm)
}

pub(super) fn is_source(rpm: &BuiltRpm) -> bool {
    has_end(&rpm.nevra, "src")
}

/// The text ends in a dot and `end`.
fn has_end(text: &str, end: &str) -> bool {
    text.rsplit_once('.').is_some_and(|(_, last)| last == end)
}

pub(super) fn is_debug(rpm: &BuiltRpm) -> bool {
    rpm.name.ends_with("-debuginfo") || rpm.name.ends_with("-debugsource")
}

/// A folder that becomes the result of an attempt.
pub(super) struct NewResult {
    folder: tempfile::TempDir,
    place: PathBuf,
}

impl NewResult {
    pub(super) fn new(builder: &RpmBuild, request: &ComponentRequest) -> Result<Self, BuilderError> {
        let place = builder.layout.attempt(&request.module.tag, &request.package, request.attempt)?;
        let parent = place.parent().unwrap_or(&place);
        layout::create_folder(parent)?;
        let folder = tempfile::Builder::new()
            .prefix(layout::UNFINISHED)
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in(parent)
            .map_err(error::io("make the folder of a result", parent))?;
        Ok(Self { folder, place })
    }

    /// Takes the packages from a build folder. `Err` of the inner kind if the build did not make what it should.
    pub(super) async fn take_rpms(
        &self,
        builder: &RpmBuild,
        build: &Path,
    ) -> Result<Result<Outcome, Failure>, BuilderError> {
        let files = rpm_files(build);
        for file in &files {
            let Some(name) = file.file_name().and_then(|name| name.to_str()).filter(|name| is_rpm_name(name)) else {
                return Ok(Err(failure("a package has a file name with characters that are not allowed")));
            };
            copying::take(file, &self.folder.path().join(name))?;
        }
        if files.is_empty() {
            return Ok(Err(failure("rpmbuild succeeded, but made no packages")));
        }
        Ok(self.query(builder).await?.ok_or_else(|| failure("the packages it made cannot be read")))
    }

    /// Asks RPM what the packages are; in a sandbox, as they were made by strangers.
    async fn query(&self, builder: &RpmBuild) -> Result<Option<Outcome>, BuilderError> {
        let command = ["sh", "-c", QUERY].map(Into::into).to_vec();
        let folder = self.folder.path();
        let sandbox = Sandbox::tool(&builder.settings, folder.to_owned(), command).mount(folder, "/in", false);
        let Some(text) = builder.try_tool("reading the packages", &sandbox).await? else { return Ok(None) };
        let text = String::from_utf8_lossy(&text);
        let mut files: Vec<String> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        // The order in which the shell hands them to rpm in the C locale.
        files.sort();
        let rows: Vec<Vec<&str>> = text.lines().map(|line| line.splitn(4, '\t').collect()).collect();
        if rows.len() != files.len() || rows.iter().any(|row| row.len() != 4) {
            return Ok(None);
        }
        let nvr = rows.iter().find(|row| has_end(row[1], "src")).map(|row| row[2].to_owned());
        let rpms = rows.iter().zip(files).map(|(row, file)| BuiltRpm {
            name: row[0].to_owned(),
            nevra: row[1].to_owned(),
            file,
            license: row[3].to_owned(),
        });
        let rpms = rpms.collect();
        Ok(nvr.map(|nvr| Outcome::Complete { nvr, rpms }))
    }

    /// Writes down how it ended and makes it visible, whole or not at all.
    pub(super) fn publish(self, outcome: &Outcome, log: &Path) -> Result<(), BuilderError> {
        let folder = self.folder.path();
        if !matches!(outcome, Outcome::Complete { .. }) {
            remove_rpms(folder);
        }
        if log.exists() {
            copying::link(log, &folder.join("build.log"))?;
        }
        let text = serde_json::to_vec_pretty(outcome).map_err(|error| BuilderError::Impossible(error.to_string()))?;
        let file = folder.join(RESULT);
        fs::write(&file, text).map_err(error::io("write a result", &file))?;
        sync(folder).map_err(error::io("write a result to the disk", folder))?;
        if stored_outcome(&self.place)?.is_some() {
            // Another worker, which took this one for dead, was faster; others may have been built against its packages.
            return Ok(());
        }
        if self.place.exists() {
            // It cannot be read, so nobody used it.
            fs::remove_dir_all(&self.place).map_err(error::io("replace a result", &self.place))?;
        }
        fs::rename(folder, &self.place).map_err(error::io("put a result into place", &self.place))?;
        let _renamed = self.folder.keep();
        Ok(())
    }
}

/// The database will say that the component is built, so it has to be on the disk.
fn sync(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        fs::File::open(entry?.path())?.sync_data()?;
    }
    Ok(())
}

fn remove_rpms(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let _ = fs::remove_file(entry.path());
    }
}

fn failure(message: &str) -> Failure {
    Failure { kind: FailureKind::User, phase: Phase::Package, message: message.to_owned(), log_line: None }
}

/// Regular files with the names of packages in `RPMS`, its folders and `SRPMS`. A build may have left links there.
fn rpm_files(build: &Path) -> Vec<PathBuf> {
    let rpms = build.join("RPMS");
    let mut files = Vec::new();
    let mut folders = vec![build.join("SRPMS"), rpms.clone()];
    folders.extend(entries(&rpms, fs::FileType::is_dir));
    for folder in folders {
        files.extend(regular_files(&folder).filter(|path| path.extension().is_some_and(|end| end == "rpm")));
    }
    files
}

/// The regular files of a real folder, no links.
pub(super) fn regular_files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    entries(folder, fs::FileType::is_file)
}

fn entries(folder: &Path, kind: fn(&fs::FileType) -> bool) -> impl Iterator<Item = PathBuf> {
    let real = fs::symlink_metadata(folder).is_ok_and(|metadata| metadata.is_dir());
    let entries = if real { fs::read_dir(folder).ok() } else { None };
    entries
        .into_iter()
        .flatten()
        .flatten()
        .filter(move |entry| entry.file_type().is_ok_and(|found| kind(&found)))
        .map(|entry| entry.path())
}

fn is_rpm_name(name: &str) -> bool {
    !name.starts_with(['-', '.']) && name.chars().all(|c| c.is_ascii_alphanumeric() || "._+-~^:".contains(c))
}
