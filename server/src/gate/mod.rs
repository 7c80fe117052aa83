//! Gates that ask another service. What a gate is, and who asks it when, is in [`jobs::gate`]; which one is chosen in `assemble.rs`.

mod greenwave;

pub use greenwave::Greenwave;
