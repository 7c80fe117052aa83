//! `module-build-macros`: the package that makes the other components of a module what they are.
//!
//! It installs one file of RPM macros, read after all others of the host, which sets `%dist`, says which module is being built
//! and holds the macros of the module's author. It conflicts with the packages that dependencies filter out.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::error;
use crate::{BuilderError, ModuleRef};

const SPEC: &str = "Name: module-build-macros
Version: 0.1
Release: 1%{dist}
Summary: RPM macros for the components of one module build
License: MIT
BuildArch: noarch
Source0: macros.modules
{conflicts}
%description
Sets the release suffix and the macros of a module build. It is only of use in the
buildroot of that module and should not be installed anywhere else.

%prep

%build

%install
install -D -m 644 %{SOURCE0} %{buildroot}/etc/rpm/macros.zz-modules

%files
/etc/rpm/macros.zz-modules
";

/// Writes spec file and source.
pub(super) fn write(module: &ModuleRef, folder: &Path) -> Result<(), BuilderError> {
    let write = |name: &str, text: String| {
        let file = folder.join(name);
        fs::write(&file, text).map_err(error::io("write the macros of the module", &file))
    };
    write("module-build-macros.spec", spec(module))?;
    write("macros.modules", macros(module))
}

fn spec(module: &ModuleRef) -> String {
    let mut text = format!("%global dist {}\n", literal(&module.disttag));
    for (name, value) in identity(module) {
        let _ = writeln!(text, "%global {name} {value}");
    }
    text + &SPEC.replace("{conflicts}", &conflicts(module))
}

fn macros(module: &ModuleRef) -> String {
    let mut text = format!("# Set by the build service\n%dist {}\n%_module_build 1\n", literal(&module.disttag));
    for (name, value) in identity(module) {
        let _ = writeln!(text, "%{name} {value}");
    }
    let own = module.modulemd.buildopts.rpm_macros.as_deref().unwrap_or_default();
    let _ = writeln!(text, "\n# Set by the author of the module\n{own}");
    text
}

fn identity(module: &ModuleRef) -> [(&'static str, String); 5] {
    let nsvc = &module.nsvc;
    [
        ("modularitylabel", literal(&nsvc.to_string())),
        ("_module_name", literal(&nsvc.name)),
        ("_module_stream", literal(&nsvc.stream)),
        ("_module_version", literal(&nsvc.version)),
        ("_module_context", literal(&nsvc.context)),
    ]
}

/// Text that RPM takes as it stands: one line, no macros.
fn literal(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && *c != '\\').collect::<String>().replace('%', "%%")
}

fn conflicts(module: &ModuleRef) -> String {
    let mut lines = String::new();
    for dependency in module.dependencies.iter().filter(|dependency| !dependency.filtered_rpms.is_empty()) {
        let _ = writeln!(lines, "# Filtered from {}", literal(&dependency.nsvc.to_string()));
        for package in &dependency.filtered_rpms {
            if package.chars().all(|c| c.is_ascii_alphanumeric() || "._+-~^:".contains(c)) && !package.is_empty() {
                let _ = writeln!(lines, "Conflicts: {}", conflict(package));
            }
        }
    }
    lines
}

/// `name-version-release`, the version perhaps with an epoch, or just a name.
fn conflict(package: &str) -> String {
    let mut parts = package.rsplitn(3, '-');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(release), Some(version), Some(name)) if version.starts_with(|c: char| c.is_ascii_digit()) => {
            format!("{name} = {version}-{release}")
        }
        _ => package.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflicts_name_versions_where_they_are_known() {
        for (package, line) in [
            ("foo", "foo"),
            ("foo-devel-libs", "foo-devel-libs"),
            ("foo-devel-1.0-1.el8", "foo-devel = 1.0-1.el8"),
            ("foo-1:1.0-1.el8", "foo = 1:1.0-1.el8"),
            ("foo-1", "foo-1"),
        ] {
            assert_eq!(conflict(package), line);
        }
    }

    #[test]
    fn values_cannot_become_macros_or_lines() {
        assert_eq!(literal("a%(rm -rf /)\nb\\"), "a%%(rm -rf /)b");
    }
}
