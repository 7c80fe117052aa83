//! What a provider says of a token or of a user, and what is made of it.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::Refusal;
use crate::auth::permission::quoted;
use crate::config;

/// Clocks of two hosts differ; so much earlier a token may come than it says it is valid.
const SKEW: TimeDelta = TimeDelta::seconds(10);
/// Longest name of a user.
const LONGEST: usize = 255;

/// A JSON object of a provider.
#[derive(Debug)]
pub struct Claims(pub Map<String, Value>);

impl Claims {
    /// Whether a token with these is good enough: time, issuer and audience where they are said, scopes.
    pub fn check(&self, config: &config::Oidc, issuer: Option<&str>, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.expires().is_some_and(|expires| expires <= now) {
            return Err(Refusal::invalid("it has expired"));
        }
        if self.time("nbf").is_some_and(|begins| begins > now + SKEW) {
            return Err(Refusal::invalid("it is not valid yet"));
        }
        if let (Some(issuer), Some(said)) = (issuer, self.0.get("iss"))
            && said != issuer
        {
            return Err(Refusal::invalid("another provider made it"));
        }
        if !config.audience.is_empty() && self.0.contains_key("aud") && !self.is_for(&config.audience) {
            return Err(Refusal::invalid("it is for somebody else"));
        }
        self.check_scopes(config)
    }

    /// Whether one of these names is in `aud`.
    pub fn is_for(&self, audience: &[String]) -> bool {
        self.texts("aud").iter().any(|name| audience.contains(name))
    }

    fn check_scopes(&self, config: &config::Oidc) -> Result<(), Refusal> {
        let presented = self.scopes();
        for wanted in config.scopes.iter().chain(&config.required_scope) {
            if !presented.contains(wanted) {
                let list: Vec<_> = presented.iter().map(|scope| quoted(scope)).collect();
                let (wanted, list) = (quoted(wanted), list.join(", "));
                return Err(Refusal::Token(format!("Required OIDC scope {wanted} not present: [{list}]")));
            }
        }
        Ok(())
    }

    fn scopes(&self) -> Vec<String> {
        match self.0.get("scope") {
            Some(Value::String(scopes)) => scopes.split(' ').map(str::to_owned).collect(),
            _ => self.texts("scope"),
        }
    }

    /// When the token ends, if that is said.
    pub fn expires(&self) -> Option<DateTime<Utc>> {
        self.time("exp")
    }

    /// Seconds since 1970, also with a fraction.
    fn time(&self, name: &str) -> Option<DateTime<Utc>> {
        let seconds = self.0.get(name)?;
        #[expect(clippy::cast_possible_truncation, reason = "a fraction of a second matters to nobody; casts saturate")]
        let seconds = seconds.as_i64().or_else(|| seconds.as_f64().map(|seconds| seconds as i64));
        // What no clock can show is over.
        Some(seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).unwrap_or_default())
    }

    /// The name of the user, if it is there. What could be mistaken for another name is none.
    pub fn user_name(&self, claim: &str) -> Result<Option<String>, Refusal> {
        let name = match self.0.get(claim) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(name)) => name,
            Some(_) => return Err(Refusal::invalid("the name of the user is no text")),
        };
        let good =
            !name.is_empty() && name.len() <= LONGEST && name.trim() == name && !name.chars().any(char::is_control);
        if good { Ok(Some(name.clone())) } else { Err(Refusal::invalid("the name of the user is no name")) }
    }

    /// Groups, if they are there as a list of texts.
    pub fn groups(&self, claim: &str) -> Option<Vec<String>> {
        let groups = self.0.get(claim)?.as_array()?;
        groups.iter().map(|group| group.as_str().map(str::to_owned)).collect()
    }

    /// Who the user is to the provider.
    pub fn subject(&self) -> Option<&str> {
        self.0.get("sub").and_then(Value::as_str)
    }

    /// A text, or a list of them.
    fn texts(&self, name: &str) -> Vec<String> {
        match self.0.get(name) {
            Some(Value::String(text)) => vec![text.clone()],
            Some(Value::Array(list)) => list.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect(),
            _ => Vec::new(),
        }
    }
}
