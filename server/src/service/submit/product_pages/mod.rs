//! Product Pages: which releases of a distribution are out.
//!
//! ```text
//! GET api/v7/releases/rhel-8-0/schedule-tasks/?fields=name,date_finish   [{"name": "GA", "date_finish": "2019-05-07"}, …]
//! GET api/v7/releases/rhel-8-0/?fields=ga_date                           {"ga_date": "2019-05-07"}
//! ```
//!
//! A release is out from the day after its date. What they do not answer counts as not released, as it does in the Python service:
//! that Product Pages are down stops nobody from building.

mod answers;

use std::collections::BTreeSet;
use std::error::Error;
use std::time::Duration;

use chrono::NaiveDate;
use futures::{StreamExt, stream};
use modulemd::submission::releases::Release;
use reqwest::{Client, StatusCode};
use serde_json::Value;

use crate::config;

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// No answer is longer, in bytes.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// Releases that are asked about at the same time.
const AT_ONCE: usize = 8;

/// A client of Product Pages.
#[derive(Debug)]
pub struct ProductPages {
    http: Client,
    url: String,
    tasks: Vec<String>,
}

impl ProductPages {
    /// Asks nothing yet.
    pub fn new(settings: &config::ProductPages) -> Result<Self, reqwest::Error> {
        // reqwest is built without a TLS provider of its own. The only error is that one is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().timeout(TIMEOUT).build()?;
        Ok(Self { http, url: settings.url.clone(), tasks: settings.tasks.clone() })
    }

    /// What is known of these releases on a day, each with its name.
    pub async fn releases(&self, names: &BTreeSet<String>, today: NaiveDate) -> Vec<(String, Release)> {
        let ask = |name: String| async move {
            let release = self.release(&name, today).await;
            (name, release)
        };
        // Owned names: the closure must not borrow from the stream.
        let names: Vec<String> = names.iter().cloned().collect();
        stream::iter(names).map(ask).buffer_unordered(AT_ONCE).collect().await
    }

    async fn release(&self, name: &str, today: NaiveDate) -> Release {
        let scheduled = match self.tasks.as_slice() {
            [] => Ok(false),
            tasks => {
                let answer = self.ask(name, "schedule-tasks/?fields=name,date_finish").await;
                answer.and_then(|tasks_of_release| answers::task_is_over(&tasks_of_release, tasks, today))
            }
        };
        if scheduled == Ok(true) {
            return Release::Out;
        }
        let answer = self.ask(name, "?fields=ga_date").await;
        let available = answer.and_then(|release| answers::is_available(&release, today));
        match (available, scheduled) {
            (Ok(true), _) => Release::Out,
            (Ok(false), Ok(_)) => Release::NotYet,
            (Err(reason), _) | (_, Err(reason)) => {
                tracing::warn!(release = name, reason, "Product Pages cannot be asked; the release counts as not out");
                Release::Unknown(reason)
            }
        }
    }

    /// The answer about a release; null if there is none of this name.
    async fn ask(&self, name: &str, rest: &str) -> Result<Value, String> {
        let address = format!("{}/api/v7/releases/{name}/{rest}", self.url);
        let mut response = self.http.get(address).send().await.map_err(|error| cause(&error))?;
        match response.status() {
            StatusCode::NOT_FOUND => return Ok(Value::Null),
            status if !status.is_success() => return Err(format!("they answered \"{status}\"")),
            _ => {}
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| cause(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_ANSWER {
                return Err("their answer is too long".to_owned());
            }
        }
        serde_json::from_slice(&body).map_err(|_| "their answer is no JSON".to_owned())
    }
}

/// The innermost cause, which names what went wrong and not the address, which may hold a password.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("they did not answer within {} seconds", TIMEOUT.as_secs());
    }
    let mut cause: Option<&dyn Error> = error.source();
    while let Some(deeper) = cause.and_then(Error::source) {
        cause = Some(deeper);
    }
    cause.map_or_else(|| "they did not answer".to_owned(), ToString::to_string)
}
