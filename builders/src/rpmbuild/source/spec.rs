//! Which file is the spec file.

use std::fs;
use std::path::{Path, PathBuf};

use super::failure;
use crate::{Failure, Phase};

/// Where rpmbuild finds the spec file and the sources, relative to the sources of the component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rpmbuild) struct Spec {
    /// The spec file.
    pub file: PathBuf,
    /// `%_sourcedir`.
    pub sources: PathBuf,
}

/// The only spec file, or that with the name of the package; in the folder itself or in `SPECS`.
pub(in crate::rpmbuild) fn find(folder: &Path, package: &str) -> Result<Spec, Failure> {
    let sources = if folder.join("SOURCES").is_dir() { "SOURCES" } else { "" };
    for place in ["", "SPECS"] {
        let mut found = specs(&folder.join(place));
        let own = format!("{package}.spec");
        let name = match &found[..] {
            [] => continue,
            [_] => found.remove(0),
            _ if found.contains(&own) => own,
            _ => {
                return Err(spec_failure(format!(
                    "the sources of {package} hold {} spec files and none is {own}: {}",
                    found.len(),
                    found.join(", ")
                )));
            }
        };
        return Ok(Spec { file: Path::new(place).join(name), sources: PathBuf::from(sources) });
    }
    Err(spec_failure(format!(
        "the sources of {package} hold no spec file; expected {package}.spec at the top of the repository"
    )))
}

fn spec_failure(message: String) -> Failure {
    Failure { phase: Phase::Spec, ..failure(message) }
}

fn specs(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "spec") && !name.starts_with(['.', '-']))
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    #[test]
    fn one_spec_is_taken_whatever_its_name() {
        let spec = find(folder(&["other.spec", "a.c"]).path(), "foo").unwrap();
        assert_eq!(spec, Spec { file: "other.spec".into(), sources: "".into() });
    }

    #[test]
    fn of_several_the_one_named_like_the_package() {
        assert_eq!(find(folder(&["a.spec", "foo.spec"]).path(), "foo").unwrap().file, PathBuf::from("foo.spec"));
        let failure = find(folder(&["a.spec", "b.spec"]).path(), "foo").unwrap_err();
        assert!(failure.message.contains("none is foo.spec: a.spec, b.spec"), "{failure}");
    }

    #[test]
    fn folders_as_rpmbuild_makes_them() {
        let spec = find(folder(&["SPECS/foo.spec", "SOURCES/a.c"]).path(), "foo").unwrap();
        assert_eq!(spec, Spec { file: "SPECS/foo.spec".into(), sources: "SOURCES".into() });
    }

    #[test]
    fn no_spec_names_the_component() {
        let failure = find(folder(&["README"]).path(), "foo").unwrap_err();
        assert_eq!(failure.phase, Phase::Spec);
        assert!(failure.message.contains("foo hold no spec file"), "{failure}");
    }
}
