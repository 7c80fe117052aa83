//! From layers to what is mounted at `/usr`, `/etc` and so on.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::manifest::{Manifest, Repository};
use crate::rpmbuild::sandbox::Tree;

/// Folders in `/` that are not taken from packages.
const RESERVED: [&str; 8] = ["proc", "sys", "dev", "tmp", "run", "builddir", "root", "home"];

impl Repository {
    /// The folders in `/` of somebody who has this repository installed.
    pub(in crate::rpmbuild) fn trees(&self) -> Vec<Tree> {
        trees(&self.folder, &self.manifest)
    }
}

/// The same before the repository has its final name.
pub(super) fn trees(folder: &Path, manifest: &Manifest) -> Vec<Tree> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for layer in &manifest.layers {
        for name in top_folders(&folder.join(layer)) {
            let path = format!("{layer}/{name}");
            found.entry(name).or_default().push(path);
        }
    }
    for (name, layers) in &mut found {
        if is_shared_with_host(name) {
            layers.push(format!("/{name}"));
        }
    }
    found.into_iter().map(|(name, layers)| Tree { name, layers }).collect()
}

/// Data of the host below `/var`, `/srv` and the like is nobody's business, its programs and their configuration are.
fn is_shared_with_host(name: &str) -> bool {
    matches!(name, "usr" | "etc" | "opt") && Path::new("/").join(name).is_dir()
}

/// Real folders only: a link that a package brings could point anywhere on the host.
fn top_folders(layer: &Path) -> Vec<String> {
    fs::read_dir(layer)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !RESERVED.contains(&name.as_str()) && !name.starts_with('.'))
        .filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || "._+-".contains(c)))
        .filter(|name| !fs::symlink_metadata(Path::new("/").join(name)).is_ok_and(|on_host| on_host.is_symlink()))
        .collect()
}
