//! The tables, as Sea-ORM entities, and the only code that changes a state.
//!
//! Names of tables and columns that the Python service made are kept, so that an operator points the service at the database
//! that exists. What is ours is said to be ours where it stands. One file a table; [`transition`] moves states,
//! [`outbox`] keeps what is to be told to the message bus, [`lease`] says who works on what, [`clock`] is where time comes from.

pub mod api_token;
pub mod audit_event;
pub mod clock;
pub mod component_build;
pub mod component_build_trace;
pub mod component_state;
pub mod db;
pub mod derive;
pub mod event_filter;
pub mod feed;
pub mod idempotency_key;
pub mod lease;
pub mod log_message;
pub mod message;
pub mod module_arch;
pub mod module_build;
pub mod module_build_arch;
pub mod module_build_buildrequire;
pub mod module_build_trace;
pub mod module_build_virtual_stream;
pub mod outbox;
pub mod slot_owner;
pub mod transition;
pub mod virtual_stream;
pub mod waiting_build;
pub mod webhook;
pub mod webhook_delivery;

pub use component_state::ComponentState;
pub use module_build::{CleanUp, ModuleState};
