//! Slots: `NUM_CONCURRENT_BUILDS` components are built at a time, over all builds and workers, and builds share them fairly.
//!
//! Every build that is decided for notes how many of its components could start (`waiting_builds`). From these notes and from what
//! runs, [`modulemd::slots`] says who gets what is free: the same for everybody who asks. So a build takes only what is its own, and
//! wakes those whose turn it is.

mod expected;
mod line;
mod sharing;

pub use expected::note_expected;
pub use line::{Line, Place};
pub use sharing::{Sharing, tell};
