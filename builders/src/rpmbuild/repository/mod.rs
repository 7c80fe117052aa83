//! Repositories of a module build: what builds see as installed.
//!
//! A repository is a folder `repos/<n>` with the unpacked files of the packages that are new in it (`root`), an RPM database of
//! everything (`db`) and a list (`repository.json`). A build mounts the roots of a repository and of those it grew from on top
//! of the host's files, read-only. A repository appears under its number only when it is complete.

mod dependencies;
mod fill;
mod make;
mod manifest;
mod tree;

pub(super) use dependencies::dependency_rpms;
pub(super) use make::{make, prepare};
pub(super) use manifest::{Installed, Repository};
