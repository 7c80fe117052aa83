//! Packages of the modules that a module is built against.

use std::fs;
use std::path::PathBuf;

use crate::rpmbuild::layout::Layout;
use crate::rpmbuild::publish::PACKAGES;
use crate::{BuilderError, BuiltRpm, Dependency, ModuleRef};

/// The RPMs of all dependencies that have a tag, without those that are filtered, as names and files.
pub(in crate::rpmbuild) fn dependency_rpms(
    layout: &Layout,
    module: &ModuleRef,
) -> Result<Vec<(String, PathBuf)>, BuilderError> {
    let mut found = Vec::new();
    for dependency in &module.dependencies {
        let Some(tag) = &dependency.tag else {
            if dependency.base {
                continue;
            }
            return Err(missing(dependency));
        };
        let folder = layout.published(tag)?;
        let rpms = match published_rpms(layout, tag)? {
            Some(rpms) => rpms,
            // Base modules stand for the host; one that was imported has a tag of another build system.
            None if dependency.base => continue,
            None => return Err(missing(dependency)),
        };
        found.extend(
            rpms.into_iter()
                .filter(|rpm| !dependency.filtered_rpms.iter().any(|filter| matches(filter, rpm)))
                .map(|rpm| (rpm.name, folder.join(rpm.file))),
        );
    }
    Ok(found)
}

/// The packages that users of a module get; `None` if nothing was published here under this tag.
pub(in crate::rpmbuild) fn published_rpms(layout: &Layout, tag: &str) -> Result<Option<Vec<BuiltRpm>>, BuilderError> {
    let text = fs::read(layout.published(tag)?.join(PACKAGES));
    Ok(text.ok().and_then(|text| serde_json::from_slice(&text).ok()))
}

/// A filter is a name or a name with version and release.
fn matches(filter: &str, rpm: &BuiltRpm) -> bool {
    if filter == rpm.name {
        return true;
    }
    let without_arch = rpm.nevra.rsplit_once('.').map_or(rpm.nevra.as_str(), |(rest, _)| rest);
    let Some(version) = without_arch.strip_prefix(&rpm.name).and_then(|rest| rest.strip_prefix('-')) else {
        return false;
    };
    let without_epoch = version.split_once(':').map_or(version, |(_, rest)| rest);
    filter == without_arch || filter == format!("{}-{without_epoch}", rpm.name)
}

fn missing(dependency: &Dependency) -> BuilderError {
    BuilderError::Impossible(format!(
        "the module {} is needed to build this one, but its packages are not in the results folder of this builder; \
         build it here first",
        dependency.nsvc
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_name_a_package_with_or_without_version() {
        let rpm = BuiltRpm {
            name: "foo-devel".into(),
            nevra: "foo-devel-0:1.0-1.el8.x86_64".into(),
            file: "foo-devel-1.0-1.el8.x86_64.rpm".into(),
            license: "MIT".into(),
        };
        for filter in ["foo-devel", "foo-devel-1.0-1.el8", "foo-devel-0:1.0-1.el8"] {
            assert!(matches(filter, &rpm), "{filter}");
        }
        for filter in ["foo", "foo-devel-1.0", "foo-devel-1.0-2.el8", ""] {
            assert!(!matches(filter, &rpm), "{filter}");
        }
    }
}
