//! What answers are made of, read from the database: a fixed number of statements whatever the size of a page, no YAML, and of
//! each table only the columns that are shown.

mod component_builds;
mod histories;
mod ids;
mod module_builds;
mod relatives;

pub use component_builds::{Component, Task, components, components_of, tasks};
pub use histories::{Facts, Step, component_traces, facts};
pub use module_builds::{documents, select as module_builds};
pub use relatives::{Relatives, Short, relatives};
