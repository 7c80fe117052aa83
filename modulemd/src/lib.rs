//! Module documents and everything that can be decided from them alone.
//!
//! This crate is pure: it reads no file, opens no connection, asks no clock and knows no `async`. A caller hands in text and
//! settings and gets documents, contexts, expanded builds and plans back, so every rule in here is tested by calling a function.
//!
//! | module | subject |
//! | --- | --- |
//! | [`yaml`] | the only place that names a YAML parser |
//! | [`stream`] | the module stream document (v2 in memory; v1 is upgraded on reading) |
//! | [`read`], [`mod@write`] | text to document and back, with the rules of libmodulemd |
//! | [`document`], [`packager`] | what a packager can submit, and its version 3 |
//! | [`limits`] | how much a document may hold |
//! | [`names`] | names that are safe in paths, tags and command lines |
//! | [`nsvc`] | name, stream, version, context |
//! | [`version`] | stream versions and version prefixes |
//! | [`contexts`] | context hashes, bit for bit those of the Python service |
//! | [`included`], [`batches`] | modules that include others, and which component belongs to which batch |
//! | [`defaults`] | default streams of modules |
//! | [`disttag`], [`naming`] | releases, tags and package names of a build |
//! | [`expansion`] | one document to all builds that it becomes |
//! | [`submission`] | the whole of a submission that needs no database |
//! | [`order`] | what `buildafter` means |
//! | [`reuse`] | which components are taken over from an earlier build |
//! | [`difference`] | what is different between two builds |
//! | [`plan`] | what is due next for a build |
//! | [`slots`] | which builds may start components, where there are not enough slots for all |

pub mod batches;
pub mod contexts;
pub mod defaults;
pub mod difference;
pub mod disttag;
pub mod document;
pub mod expansion;
pub mod included;
pub mod limits;
pub mod names;
pub mod naming;
pub mod nsvc;
pub mod order;
pub mod packager;
pub mod plan;
pub mod read;
pub mod reuse;
pub mod slots;
pub mod stream;
pub mod submission;
pub mod version;
pub mod write;
pub mod yaml;

pub use document::Document;
pub use limits::Limits;
pub use names::validate_names;
pub use nsvc::Nsvc;
pub use stream::ModuleStream;
