//! Source packages, made by `rpmbuild`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Component;

/// Makes the source package of a component below `folder`; returns its path.
pub fn source_package(folder: &Path, component: &Component) -> PathBuf {
    let top = folder.join(format!("srpm-{}", component.name));
    std::fs::create_dir_all(&top).unwrap();
    for (name, text) in component.files() {
        std::fs::write(top.join(name), text).unwrap();
    }
    let mut command = Command::new("rpmbuild");
    command.args(["-bs", "--nodeps", "--define"]).arg(format!("_topdir {}", top.display()));
    command.arg(top.join(format!("{}.spec", component.name)));
    let output = command.output().unwrap();
    assert!(output.status.success(), "rpmbuild -bs: {}", String::from_utf8_lossy(&output.stderr));
    let mut made = std::fs::read_dir(top.join("SRPMS")).unwrap();
    made.next().expect("rpmbuild makes a source package").unwrap().path()
}
