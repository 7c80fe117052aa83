//! Metrics and probes of processes that serve nothing else.
//!
//! Options: `METRICS_LISTEN`. The Python service's environment variables `MONITOR_STANDALONE_METRICS_SERVER_ENABLE` and
//! `MONITOR_STANDALONE_METRICS_SERVER_PORT` are understood, too; the option counts more.

use super::environment::Environment;
use super::option::{Definition, Group, Kind};
use super::problem::Problem;
use super::rest::check_listen_address;
use super::settings::Settings;

pub(super) const GROUP: Group = Group { title: "Monitoring", options: OPTIONS };

const OPTIONS: &[Definition] = &[Definition::new(
    "METRICS_LISTEN",
    Kind::Text,
    "",
    "Address and port, e.g. `0.0.0.0:10040`, at which any process, workers too, serves `/metrics`, `/healthz` and `/readyz`; different for each process of a machine. Empty is none, unless the environment has `MONITOR_STANDALONE_METRICS_SERVER_ENABLE=true`: then it is `0.0.0.0` and the port in `MONITOR_STANDALONE_METRICS_SERVER_PORT`, or 10040.",
)
.checked(check_listen_address)];

const ENABLE: &str = "MONITOR_STANDALONE_METRICS_SERVER_ENABLE";
const PORT: &str = "MONITOR_STANDALONE_METRICS_SERVER_PORT";
const DEFAULT_PORT: u16 = 10040;

/// Metrics and probes of processes that serve nothing else.
#[derive(Clone, Debug)]
pub struct Monitoring {
    /// `host:port` to listen at, if any.
    pub listen: Option<String>,
}

impl Monitoring {
    pub(super) fn new(settings: &Settings, environment: &Environment) -> Result<Self, Problem> {
        let listen = settings.given("METRICS_LISTEN");
        if listen.is_some() || !environment.is_true(ENABLE) {
            return Ok(Self { listen });
        }
        let port = match environment.get(PORT).map(str::trim) {
            None | Some("") => DEFAULT_PORT,
            Some(port) => port.parse().map_err(|_| Problem::new(PORT, "it has to be a port, from 0 to 65535"))?,
        };
        Ok(Self { listen: Some(format!("0.0.0.0:{port}")) })
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Environment, Purpose};

    fn listen(variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let embedded = [("MBS_CONFIG_FILE", ""), ("MBS_STATE_DIR", "/nowhere")];
        let environment: Environment = embedded.iter().chain(variables).copied().collect();
        let config = Config::load(&environment, Purpose::Service).map_err(|errors| errors.to_string())?;
        Ok(config.monitoring.listen)
    }

    #[test]
    fn the_variables_of_the_python_service_count_where_the_option_does_not() {
        const ON: (&str, &str) = (super::ENABLE, "true");
        let at = |address: &str| Ok(Some(address.to_owned()));
        assert_eq!(listen(&[]), Ok(None));
        assert_eq!(listen(&[(super::ENABLE, "false"), (super::PORT, "1")]), Ok(None));
        assert_eq!(listen(&[ON]), at("0.0.0.0:10040"));
        assert_eq!(listen(&[ON, (super::PORT, "9100")]), at("0.0.0.0:9100"));
        assert_eq!(listen(&[ON, ("MBS_METRICS_LISTEN", "[::1]:7")]), at("[::1]:7"));
        let refused = listen(&[ON, (super::PORT, "ninety")]).unwrap_err();
        assert!(refused.contains(super::PORT), "{refused}");
        assert!(listen(&[("MBS_METRICS_LISTEN", "9100")]).is_err());
    }
}
