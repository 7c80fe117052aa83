//! `mbs-build token`.

use clap::{Args, Subcommand, ValueEnum, value_parser};
use serde_json::{Value, json};

use crate::cli::Options;
use crate::failure::Failure;
use crate::out;
use crate::service::Service;
use crate::text;

/// Make, list and revoke API tokens, for scripts
///
/// A script has its token in the environment variable `MBS_TOKEN`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  MBS_TOKEN=$(mbs-build token make ci --scope submit --days 30) mbs-build submit")]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a token, and print it: this is the only time that it can be seen
    Make {
        /// What to call it
        name: String,
        /// What it is good for; may be given several times
        #[arg(long = "scope", required = true, value_delimiter = ',')]
        scopes: Vec<Scope>,
        /// How many days it is good for [default: what the service says, 90 at most]
        #[arg(long, value_parser = value_parser!(i64).range(1..))]
        days: Option<i64>,
    },
    /// List your tokens, without what makes them tokens
    List {
        /// Those of another user, for administrators
        #[arg(long)]
        owner: Option<String>,
    },
    /// Revoke a token; it ends at once
    Revoke {
        /// Its number
        #[arg(value_parser = value_parser!(i64).range(1..))]
        id: i64,
    },
}

/// What a token is good for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Scope {
    /// Saying who it belongs to
    Read,
    /// Submitting builds
    Submit,
    /// Cancelling your builds
    Cancel,
    /// Answering for the gate
    Gate,
}

impl Scope {
    fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Submit => "submit",
            Self::Cancel => "cancel",
            Self::Gate => "gate",
        }
    }
}

/// Does what the arguments say.
pub async fn run(service: &Service, options: &Options, arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.what {
        What::Make { name, scopes, days } => {
            let scopes: Vec<_> = scopes.iter().map(|scope| scope.name()).collect();
            let mut wanted = json!({ "name": name, "scopes": scopes });
            if let Some(days) = days {
                wanted["days"] = json!(days);
            }
            let made = service.make_token(&wanted).await?;
            if options.json { out::document(&made) } else { out::line(made["token"].as_str().unwrap_or_default()) }
        }
        What::List { owner } => {
            let answer = service.tokens(owner.as_deref()).await?;
            if options.json {
                return out::document(&answer);
            }
            answer["items"]
                .as_array()
                .into_iter()
                .flatten()
                .try_for_each(|token| out::line(&text::printable(&line(token))))
        }
        What::Revoke { id } => {
            let token = service.revoke_token(*id).await?;
            if options.json { out::document(&token) } else { out::line(&text::printable(&line(&token))) }
        }
    }
}

fn line(token: &Value) -> String {
    let text = |name: &str| token[name].as_str().unwrap_or("never").to_owned();
    let scopes: Vec<_> = token["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let state = match (token["good"] == true, token["time_revoked"].is_string()) {
        (true, _) => format!("until {}", text("time_expires")),
        (false, true) => format!("revoked {}", text("time_revoked")),
        (false, false) => format!("expired {}", text("time_expires")),
    };
    let (id, name, scopes) = (&token["id"], text("name"), scopes.join(","));
    format!("{id}  {name}  {scopes}  {state}, last used {}", text("time_last_used"))
}
