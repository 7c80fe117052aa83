//! What answers are made of, read from the database: a fixed number of statements whatever the size of a page, no YAML, and of
//! each table only the columns that are shown.

mod component_builds;
mod histories;
mod ids;
mod messages;
mod module_builds;
mod newest;
mod page;
mod parts;
mod relatives;
mod revisions;
mod slices;

pub use component_builds::{COMPONENTS, Component, component, component_with_revision};
pub use histories::{Facts, Step, component_traces, facts};
pub use ids::one_of;
pub use messages::{MESSAGES, Message, message};
pub use module_builds::{BUILDS, BUILDS_AND_BASE_MODULES, builds, documents, id_and_revision};
pub use newest::Newest;
pub use page::{FIRST, Listing, Wanted, page};
pub use parts::{Parts, Task, parts};
pub use relatives::{Relatives, Short};
pub use revisions::{of_build, of_component, revision};
pub use slices::{Slice, Slices, Window, counts, slices};
