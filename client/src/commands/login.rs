//! `mbs-build login`.

use std::env;

use clap::Args;
use serde_json::json;

use crate::cli::Options;
use crate::failure::Failure;
use crate::login::provider::Provider;
use crate::login::{browser, device};
use crate::out;
use crate::service::Service;

/// Log in at the service's identity provider
///
/// Opens a browser where there is a desktop; otherwise shows an address and a code for a browser anywhere. The log-in is kept in
/// `~/.config/mbs-build`, readable by you alone, and renewed as long as the provider allows. Scripts use an API token instead, in
/// `MBS_TOKEN`; see `mbs-build token`.
///
/// With --json: what `whoami` prints.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Show an address and a code, whatever there is
    #[arg(long, conflicts_with = "browser")]
    device: bool,
    /// Open a browser on this machine (`BROWSER` names another one)
    #[arg(long)]
    browser: bool,
}

/// Logs in, and says as whom.
pub async fn run(service: &Service, options: &Options, arguments: &Arguments) -> Result<(), Failure> {
    let answer = service.how_to_log_in().await?;
    let provider: Option<Provider> = serde_json::from_value(answer["oidc"].clone()).unwrap_or_default();
    let Some(provider) = provider else { return nothing_to_do(answer["method"].as_str(), options) };
    let tokens = if by_browser(&provider, arguments)? {
        browser::log_in(service.http(), &provider).await?
    } else {
        device::log_in(service.http(), &provider).await?
    };
    service.keep_login(provider, tokens)?;
    super::whoami::run(service, options).await
}

fn nothing_to_do(method: Option<&str>, options: &Options) -> Result<(), Failure> {
    match method {
        Some("none") if options.json => out::document(&json!({ "method": "none" })),
        Some("none") => out::line("This service lets everybody in; there is nothing to log in to."),
        Some("kerberos") => Err(Failure::Usage("this service wants a Kerberos ticket: run `kinit`".to_owned())),
        _ => Err(Failure::Usage(
            "this service does not say how to log in; its operator sets `OIDC_ISSUER` and `OIDC_CLI_CLIENT_ID`"
                .to_owned(),
        )),
    }
}

fn by_browser(provider: &Provider, arguments: &Arguments) -> Result<bool, Failure> {
    let missing = |what: &str| Err(Failure::Usage(format!("the identity provider does not offer log-in by {what}")));
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let desktop = set("BROWSER") || set("DISPLAY") || set("WAYLAND_DISPLAY");
    match (provider.authorization_endpoint.is_some(), provider.device_authorization_endpoint.is_some()) {
        (false, _) if arguments.browser => missing("browser"),
        (_, false) if arguments.device => missing("device code"),
        (false, false) => missing("browser or device code"),
        (browser, device) => Ok(browser && !arguments.device && (arguments.browser || desktop || !device)),
    }
}
