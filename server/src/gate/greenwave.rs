//! Greenwave: decides by policies over test results and waivers.
//!
//! ```text
//! GET  <url>/policies   {"policies": [{"decision_context": "osci", "product_versions": ["rhel-8"]}, …]}
//! POST <url>/decision   {"decision_context": "osci", "product_version": "rhel-8", "subject_type": "redhat-module",
//!                        "subject_identifier": "nodejs-20-820.c0ffee42"}
//!                       {"policies_satisfied": false, "summary": "1 of 2 required tests failed"}
//! ```
//!
//! The gate is open where the policies of one product version are satisfied.

use std::collections::BTreeSet;

use async_trait::async_trait;
use jobs::gate::{Answer, Gate};
use modulemd::Nsvc;
use modulemd::naming::Nvr;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::config;

/// No answer is longer, in bytes.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// Product versions that are asked about; more would hold up others for too long.
const MAX_VERSIONS: usize = 50;

/// Longest summary that is shown, in characters.
const LONGEST_SUMMARY: usize = 300;

/// A client of Greenwave.
#[derive(Debug)]
pub struct Greenwave {
    http: Client,
    settings: config::Greenwave,
}

impl Greenwave {
    /// Asks nothing yet.
    pub fn new(settings: &config::Greenwave) -> Result<Self, reqwest::Error> {
        // reqwest is built without a TLS provider of its own. The only error is that one is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self { http: Client::builder().timeout(settings.timeout).build()?, settings: settings.clone() })
    }

    async fn decide(&self, build: &Nsvc) -> Result<Answer, String> {
        let context = &self.settings.decision_context;
        let policies = self.answer(self.http.get(format!("{}/policies", self.settings.url))).await?;
        let versions = product_versions(&policies, context);
        if versions.is_empty() {
            return Ok(Answer::Closed(format!("Greenwave has no policy for the decision context {context}.")));
        }
        let mut summaries = Vec::new();
        for version in versions.iter().take(MAX_VERSIONS) {
            let decision = self.decision(build, version).await?;
            if decision["policies_satisfied"].as_bool() == Some(true) {
                return Ok(Answer::Open);
            }
            summaries.push(summary(&decision, version));
        }
        Ok(Answer::Closed(format!("Waits for Greenwave ({context}): {}", shortened(&summaries.join("; ")))))
    }

    async fn decision(&self, build: &Nsvc, product_version: &str) -> Result<Value, String> {
        let question = json!({
            "decision_context": self.settings.decision_context,
            "product_version": product_version,
            "subject_type": self.settings.subject_type,
            "subject_identifier": Nvr::of_module(build).to_string(),
        });
        self.answer(self.http.post(format!("{}/decision", self.settings.url)).json(&question)).await
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Value, String> {
        let mut response = request.send().await.map_err(|error| cause(&error, &self.settings))?;
        if !response.status().is_success() {
            return Err(format!("it answered \"{}\"", response.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| cause(&error, &self.settings))? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_ANSWER {
                return Err("its answer is too long".to_owned());
            }
        }
        serde_json::from_slice(&body).map_err(|_| "its answer is no JSON".to_owned())
    }
}

#[async_trait]
impl Gate for Greenwave {
    async fn ask(&self, build: &Nsvc) -> Answer {
        self.decide(build).await.unwrap_or_else(|reason| {
            tracing::warn!(%build, reason, "Greenwave cannot be asked");
            Answer::Closed(format!("Waits for Greenwave, which cannot be asked: {reason}."))
        })
    }
}

fn product_versions(policies: &Value, context: &str) -> BTreeSet<String> {
    let policies = policies["policies"].as_array().into_iter().flatten();
    let ours = policies.filter(|policy| is_for(&policy["decision_context"], context));
    let versions = ours.filter_map(|policy| policy["product_versions"].as_array()).flatten();
    versions.filter_map(|version| version.as_str().map(str::to_owned)).collect()
}

/// Newer policies have a list of contexts.
fn is_for(of_policy: &Value, context: &str) -> bool {
    of_policy == context || of_policy.as_array().is_some_and(|all| all.iter().any(|one| one == context))
}

fn summary(decision: &Value, version: &str) -> String {
    let summary = decision["summary"].as_str().filter(|text| !text.is_empty());
    format!("{version}: {}", summary.unwrap_or("the policies are not satisfied"))
}

fn shortened(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(LONGEST_SUMMARY).collect()
}

/// What went wrong, without the address.
fn cause(error: &reqwest::Error, settings: &config::Greenwave) -> String {
    if error.is_timeout() {
        return format!("it did not answer within {} seconds", settings.timeout.as_secs());
    }
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(deeper) = cause.and_then(std::error::Error::source) {
        cause = Some(deeper);
    }
    cause.map_or_else(|| "it did not answer".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_policies_with_the_context() {
        let policies = json!({"policies": [
            {"decision_context": "ours", "product_versions": ["b", "a"]},
            {"decision_context": ["other", "ours"], "product_versions": ["c"]},
            {"decision_context": "other", "product_versions": ["d"]},
            {"product_versions": ["e"]},
            {"decision_context": "ours"},
        ]});
        let versions: Vec<_> = product_versions(&policies, "ours").into_iter().collect();
        assert_eq!(versions, ["a", "b", "c"]);
        assert!(product_versions(&json!([]), "ours").is_empty());
    }
}
