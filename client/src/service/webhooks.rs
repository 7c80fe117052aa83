//! Webhooks.

use reqwest::Method;
use serde_json::{Value, json};

use super::exchange::Repeat;
use super::{READ_TIMEOUT, Service, address};
use crate::failure::Failure;

impl Service {
    /// Makes a webhook. Its secret is in the answer, and never again.
    pub async fn make_webhook(&self, wanted: &Value) -> Result<Value, Failure> {
        self.ask(Method::POST, "webhooks/", Some(wanted), Repeat::IfUnread).await
    }

    /// Webhooks of a user, or one's own.
    pub async fn webhooks(&self, owner: Option<&str>) -> Result<Value, Failure> {
        let query: Vec<_> = owner.map(|owner| ("owner", owner.to_owned())).into_iter().collect();
        self.get("webhooks/", &query).await
    }

    /// Removes a webhook.
    pub async fn delete_webhook(&self, id: i64) -> Result<Value, Failure> {
        self.ask(Method::DELETE, &format!("webhooks/{id}"), None, Repeat::IfUnread).await
    }

    /// Switches a webhook on or off.
    pub async fn switch_webhook(&self, id: i64, active: bool) -> Result<Value, Failure> {
        let wanted = json!({ "active": active });
        self.ask(Method::PATCH, &format!("webhooks/{id}"), Some(&wanted), Repeat::Always).await
    }

    /// The newest of what was sent to a webhook.
    pub async fn webhook_deliveries(&self, id: i64) -> Result<Value, Failure> {
        self.get(&format!("webhooks/{id}/deliveries"), &[("per_page", "50".to_owned())]).await
    }

    /// Sends something again.
    pub async fn redeliver(&self, delivery: i64) -> Result<Value, Failure> {
        self.ask(Method::POST, &format!("webhook-deliveries/{delivery}/redelivery"), None, Repeat::IfUnread).await
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>, repeat: Repeat) -> Result<Value, Failure> {
        let url = address::below(&self.base, path);
        let request = || {
            let request = self.http.request(method.clone(), url.clone()).timeout(READ_TIMEOUT);
            match body {
                Some(body) => request.json(body),
                None => request,
            }
        };
        self.exchange(request, repeat).await
    }
}
