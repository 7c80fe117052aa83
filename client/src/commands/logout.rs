//! `mbs-build logout`.

use serde_json::json;

use crate::cli::Options;
use crate::failure::Failure;
use crate::out;
use crate::service::Service;

/// Gives the log-in back to the identity provider and removes it here.
pub async fn run(service: &Service, options: &Options) -> Result<(), Failure> {
    let known = service.forget_login().await?;
    if options.json {
        return out::document(&json!({ "logged_out": known }));
    }
    out::line(if known { "Logged out." } else { "You were not logged in at this service." })
}
