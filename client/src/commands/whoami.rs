//! `mbs-build whoami`.

use serde_json::Value;

use crate::cli::Options;
use crate::failure::Failure;
use crate::out;
use crate::service::Service;
use crate::text;

/// Says as whom the service knows the user.
pub async fn run(service: &Service, options: &Options) -> Result<(), Failure> {
    let answer = service.whoami().await?;
    if options.json {
        return out::document(&answer);
    }
    let texts = |name: &str| {
        let list = answer[name].as_array().into_iter().flatten();
        list.filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
    };
    let (name, method) = (answer["name"].as_str().unwrap_or("nobody"), answer["method"].as_str().unwrap_or_default());
    let mut lines = vec![format!("{name}, known by {method}")];
    lines.push(format!("groups: {}", texts("groups")));
    if answer["scopes"].is_array() {
        lines.push(format!("scopes: {}", texts("scopes")));
    }
    if answer["admin"] == true {
        lines.push("administrator".to_owned());
    }
    lines.iter().try_for_each(|line| out::line(&text::printable(line)))
}
