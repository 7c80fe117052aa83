//! What can be asked for. REST, GraphQL and `mbs-manager` call these functions; they know nothing of HTTP.

pub mod cancel;
pub mod difference;
pub mod error;
pub mod gate;
pub mod import;
pub mod params;
pub mod platform;
pub mod priority;
pub mod progress;
pub mod retire;
pub mod retry;
pub mod submit;
pub mod tokens;
pub mod upgrade;
pub mod webhooks;

pub use error::ServiceError;
