//! Jobs: everything that happens to a build after it was submitted.
//!
//! The database is the truth, the queue carries wake-ups. A [`Job`] is a name and an id; its handler reads the rows, returns when
//! there is nothing to do, and is safe to run twice or at the same time elsewhere.
//!
//! [`advance`] decides, in one transaction, what is due for a build and writes down what it decided; the other jobs carry it out
//! under a [lease](entities::lease), write down how it ended, and advance the build again. [`upkeep`] pushes again whatever the
//! database says is due, so that nothing depends on a message having arrived.
//!
//! To add a job: a variant in `job.rs` with its lane, a file with its `run`, a line in `dispatch.rs`.

pub mod advance;
mod build_component;
pub mod build_log;
mod chain;
mod clean_up;
pub mod collect;
mod context;
mod dispatch;
mod due;
mod error;
pub mod estimate;
pub mod failure;
mod finalize;
pub mod gate;
mod holding;
mod job;
pub mod measure;
mod numbering;
mod prepare_buildroot;
mod presence;
pub mod publish;
pub mod queue;
mod regenerate_repository;
mod retry;
pub mod reuse;
pub mod rows;
mod seldom;
mod side_tag;
pub mod slots;
pub mod upkeep;
mod validate;
pub mod webhooks;
mod worker;

pub use chain::Chain;
pub use context::{Context, Settings};
pub use error::{JobError, Verdict};
pub use job::Job;
pub use numbering::Numbering;
pub use seldom::Seldom;
pub use validate::{Inclusion, Problems, arches_of, arches_of_build, complete_components, include_modules, source_of};
pub use worker::{Role, work};
