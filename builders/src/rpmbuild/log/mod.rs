//! What a log says about why a build failed.

mod lines;
mod phase;
mod scan;

pub(super) use scan::{Finding, scan};
