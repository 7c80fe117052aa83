//! The `rpmbuild` builder with real git repositories, rpmbuild and dnf on this host.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bad_input;
mod buildroot;
mod disk;
mod fixture;
mod killed;
mod limits;
mod module;
mod published;
mod source_package;
mod user;
