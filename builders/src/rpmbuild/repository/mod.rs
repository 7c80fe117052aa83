//! Repositories of a module build: what builds see as installed.
//!
//! A repository is a folder `repos/<n>` with an RPM database of everything (`db`) and a list (`repository.json`). The list names
//! layers: folders with unpacked files, one for the packages that are new in this repository, and those of the repositories it
//! grew from. A build mounts them on top of the host's files, read-only. Layers never change, so a repository may be made anew
//! while builds use the old one. A repository appears under its number only when it is complete.

mod dependencies;
mod fill;
mod make;
mod manifest;
mod tree;

pub(super) use dependencies::{dependency_rpms, published_rpms};
pub(super) use make::{make, prepare};
pub(super) use manifest::{Installed, Repository};
