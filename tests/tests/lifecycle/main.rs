//! What becomes of builds: resumed, cancelled, gated, collected, retired; scratch builds and side tags. On real packages.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cancel;
mod collect;
mod gate;
mod manager;
mod removed;
mod resume;
mod scratch;
mod side_tag;
