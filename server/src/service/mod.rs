//! What can be asked for. REST, GraphQL and `mbs-manager` call these functions; they know nothing of HTTP.

pub mod cancel;
pub mod error;
pub mod import;
pub mod params;
pub mod platform;
pub mod progress;
pub mod retry;
pub mod submit;
pub mod tokens;
pub mod upgrade;

pub use error::ServiceError;
