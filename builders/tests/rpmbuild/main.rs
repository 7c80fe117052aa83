//! The `rpmbuild` builder with real git repositories, rpmbuild and dnf on this host.

#![allow(missing_docs, reason = "tests are named by their functions")]

mod bad_input;
mod buildroot;
mod disk;
mod fixture;
mod killed;
mod limits;
mod module;
mod published;
mod user;
