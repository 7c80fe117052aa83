//! `mbs-build webhook`.

use clap::{Args, Subcommand, value_parser};
use serde_json::{Map, Value, json};

use crate::cli::Options;
use crate::failure::Failure;
use crate::out;
use crate::service::Service;
use crate::text;

/// Have the service tell an address what happens
///
/// Events are sent by POST and signed; what the signature is made of is in the documentation of the service's API.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mbs-build webhook make https://example.com/hook --name nodejs --state failed\n  mbs-build webhook deliveries 3\n  mbs-build webhook redeliver 9"
)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a webhook, and print its secret: this is the only time that it can be seen
    Make(Box<Make>),
    /// List your webhooks
    List {
        /// Those of another user, for administrators
        #[arg(long)]
        owner: Option<String>,
    },
    /// Remove a webhook
    Delete(Numbered),
    /// Switch a webhook on: it goes on where it stopped
    Enable(Numbered),
    /// Switch a webhook off
    Disable(Numbered),
    /// Tell what was sent to a webhook, and what became of it
    Deliveries(Numbered),
    /// Send something again, by the number of its delivery
    Redeliver(Numbered),
}

#[derive(Debug, Args)]
struct Numbered {
    /// Its number
    #[arg(value_parser = value_parser!(i64).range(1..))]
    id: i64,
}

/// Which events; each option may be given several times.
#[derive(Debug, Args)]
struct Make {
    /// Where events are sent
    url: String,
    /// Builds of this user
    #[arg(long = "owner")]
    owners: Vec<String>,
    /// Modules of this name
    #[arg(long = "name")]
    names: Vec<String>,
    /// Changes to this state, of modules or components
    #[arg(long = "state")]
    states: Vec<String>,
    /// This build
    #[arg(long = "id", value_parser = value_parser!(i64).range(1..))]
    ids: Vec<i64>,
    /// This topic: module.state.change or component.state.change
    #[arg(long = "topic")]
    topics: Vec<String>,
}

impl Make {
    fn body(&self) -> Value {
        let lists = [
            ("owner", json!(self.owners)),
            ("name", json!(self.names)),
            ("state", json!(self.states)),
            ("id", json!(self.ids)),
            ("topic", json!(self.topics)),
        ];
        let events: Map<String, Value> = lists.map(|(name, list)| (name.to_owned(), list)).into_iter().collect();
        json!({ "url": self.url, "events": events })
    }
}

/// Does what the arguments say.
pub async fn run(service: &Service, options: &Options, arguments: &Arguments) -> Result<(), Failure> {
    let (answer, show): (Value, fn(&Value) -> String) = match &arguments.what {
        What::Make(make) => (service.make_webhook(&make.body()).await?, made),
        What::List { owner } => (service.webhooks(owner.as_deref()).await?, webhook),
        What::Delete(which) => (service.delete_webhook(which.id).await?, webhook),
        What::Enable(which) => (service.switch_webhook(which.id, true).await?, webhook),
        What::Disable(which) => (service.switch_webhook(which.id, false).await?, webhook),
        What::Deliveries(which) => (service.webhook_deliveries(which.id).await?, delivery),
        What::Redeliver(which) => (service.redeliver(which.id).await?, delivery),
    };
    if options.json {
        return out::document(&answer);
    }
    match answer["items"].as_array() {
        Some(items) => items.iter().try_for_each(|item| out::line(&text::printable(&show(item)))),
        None => out::line(&text::printable(&show(&answer))),
    }
}

fn made(made: &Value) -> String {
    format!("{}  secret {}", webhook(made), made["secret"].as_str().unwrap_or_default())
}

fn webhook(hook: &Value) -> String {
    let text = |name: &str| hook[name].as_str().unwrap_or_default();
    let events = hook["events"].as_object().into_iter().flatten();
    let values = |list: &Value| {
        let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        list.as_array().into_iter().flatten().map(shown).collect::<Vec<_>>().join(",")
    };
    let events: Vec<_> = events.map(|(name, list)| (name, values(list))).filter(|(_, list)| !list.is_empty()).collect();
    let events: Vec<_> = events.iter().map(|(name, list)| format!("{name}={list}")).collect();
    let state = if hook["active"] == true { "on".to_owned() } else { format!("off: {}", text("reason")) };
    format!("{}  {}  {}  {state}", hook["id"], text("url"), events.join(" "))
}

fn delivery(row: &Value) -> String {
    let text = |name: &str| row[name].as_str().unwrap_or_default();
    let attempts = row["attempts"].as_i64().unwrap_or_default();
    let (id, event, state, topic) = (&row["id"], &row["event"], text("state"), text("topic"));
    let took = row["duration_ms"].as_i64().map(|ms| format!(", {ms} ms")).unwrap_or_default();
    let error = if text("error").is_empty() { String::new() } else { format!("  {}", text("error")) };
    format!("{id}  event {event}  {topic}  {state} ({attempts} attempts{took}){error}")
}
