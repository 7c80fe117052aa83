//! What GraphQL queries may cost.
//!
//! Options: `GRAPHQL_MAX_QUERY_BYTES`, `GRAPHQL_MAX_REQUEST_BYTES`, `GRAPHQL_MAX_TOKENS`, `GRAPHQL_MAX_DEPTH`, `GRAPHQL_MAX_ALIASES`,
//! `GRAPHQL_MAX_DIRECTIVES`, `GRAPHQL_MAX_FIELDS`, `GRAPHQL_MAX_COMPLEXITY`, `GRAPHQL_MAX_SUBSCRIPTION_COMPLEXITY`,
//! `GRAPHQL_MAX_ANSWER_BYTES`, `GRAPHQL_MAX_LIST`, `GRAPHQL_MAX_TREE`, `GRAPHQL_MAX_SUBSCRIPTIONS`,
//! `GRAPHQL_TIMEOUT_SECONDS`, `GRAPHQL_INTROSPECTION`, `GRAPHQL_EXPLORER`, `GRAPHQL_PERSISTED_BYTES`, `GRAPHQL_PERSISTED_FOLDER`,
//! `GRAPHQL_PERSISTED_ONLY`.

use std::path::PathBuf;
use std::time::Duration;

use super::option::{Definition, Group, Kind};
use super::settings::Settings;

pub(super) const GROUP: Group = Group { title: "GraphQL", options: OPTIONS };

const OPTIONS: &[Definition] = &[
    Definition::new("GRAPHQL_MAX_QUERY_BYTES", Kind::Bytes, "64K", "Longest text of a GraphQL query."),
    Definition::new(
        "GRAPHQL_MAX_REQUEST_BYTES",
        Kind::Bytes,
        "4M",
        "Largest GraphQL request, query and variables together; never more than `MAX_REQUEST_BYTES`.",
    ),
    Definition::new(
        "GRAPHQL_MAX_TOKENS",
        Kind::Int(10, 1_000_000),
        "10000",
        "Words and signs that the text of a GraphQL query may have.",
    ),
    Definition::new("GRAPHQL_MAX_DEPTH", Kind::Int(2, 60), "20", "How deep fields of a GraphQL query may be nested."),
    Definition::new(
        "GRAPHQL_MAX_ALIASES",
        Kind::Int(0, 100_000),
        "100",
        "Aliases that a GraphQL query may have, those of a fragment counted wherever it is used.",
    ),
    Definition::new(
        "GRAPHQL_MAX_DIRECTIVES",
        Kind::Int(0, 100_000),
        "50",
        "Directives that a GraphQL query may have, counted as aliases are.",
    ),
    Definition::new(
        "GRAPHQL_MAX_FIELDS",
        Kind::Int(10, 1_000_000),
        "5000",
        "Fields that a GraphQL query may name, counted as aliases are.",
    ),
    Definition::new(
        "GRAPHQL_MAX_COMPLEXITY",
        Kind::Int(100, 1_000_000_000),
        "200000",
        "Values that the answer to a GraphQL query may have, those of a list counted as often as it may have items.",
    ),
    Definition::new(
        "GRAPHQL_MAX_SUBSCRIPTION_COMPLEXITY",
        Kind::Int(100, 1_000_000_000),
        "10000",
        "The same for one answer of a GraphQL subscription, which has many.",
    ),
    Definition::new(
        "GRAPHQL_MAX_ANSWER_BYTES",
        Kind::Bytes,
        "16M",
        "Bytes of logs, documents and other long texts in one GraphQL answer.",
    ),
    Definition::new("GRAPHQL_MAX_LIST", Kind::Int(1, 5000), "2000", "Items of the largest page of a GraphQL list."),
    Definition::new(
        "GRAPHQL_MAX_TREE",
        Kind::Int(1, 100_000),
        "1000",
        "Steps from build to build that a GraphQL `buildTree` takes at most.",
    ),
    Definition::new(
        "GRAPHQL_MAX_SUBSCRIPTIONS",
        Kind::Int(0, 10_000),
        "50",
        "GraphQL subscriptions that one websocket may have; each is a stream of events, too (`EVENTS_MAX_SUBSCRIBERS`, `EVENTS_MAX_SUBSCRIBERS_PER_CLIENT`).",
    ),
    Definition::new(
        "GRAPHQL_TIMEOUT_SECONDS",
        Kind::Int(1, 3600),
        "30",
        "Seconds that answering a GraphQL request may take.",
    ),
    Definition::new("GRAPHQL_INTROSPECTION", Kind::Bool, "true", "GraphQL clients may ask for the schema."),
    Definition::new(
        "GRAPHQL_EXPLORER",
        Kind::Bool,
        "true",
        "Browsers get a page for trying out queries at `/graphql`.",
    ),
    Definition::new(
        "GRAPHQL_PERSISTED_BYTES",
        Kind::Bytes,
        "4M",
        "Memory for queries that clients send once and name by their hash afterwards, per process; 0 keeps none.",
    ),
    Definition::new(
        "GRAPHQL_PERSISTED_FOLDER",
        Kind::Path,
        "",
        "Folder with queries (`*.graphql`) that clients may name by their SHA-256; read when the service starts.",
    ),
    Definition::new(
        "GRAPHQL_PERSISTED_ONLY",
        Kind::Bool,
        "false",
        "Only the queries of `GRAPHQL_PERSISTED_FOLDER` are answered.",
    ),
];

/// What GraphQL queries may cost.
#[derive(Clone, Debug)]
pub struct Graphql {
    /// `GRAPHQL_MAX_QUERY_BYTES`.
    pub query_bytes: usize,
    /// `GRAPHQL_MAX_REQUEST_BYTES`.
    pub request_bytes: usize,
    /// `GRAPHQL_MAX_TOKENS`.
    pub tokens: usize,
    /// `GRAPHQL_MAX_DEPTH`.
    pub depth: usize,
    /// `GRAPHQL_MAX_ALIASES`.
    pub aliases: usize,
    /// `GRAPHQL_MAX_DIRECTIVES`.
    pub directives: usize,
    /// `GRAPHQL_MAX_FIELDS`.
    pub fields: usize,
    /// `GRAPHQL_MAX_COMPLEXITY`.
    pub complexity: usize,
    /// `GRAPHQL_MAX_SUBSCRIPTION_COMPLEXITY`.
    pub subscription_complexity: usize,
    /// `GRAPHQL_MAX_ANSWER_BYTES`.
    pub answer_bytes: usize,
    /// `GRAPHQL_MAX_LIST`.
    pub list: usize,
    /// `GRAPHQL_MAX_TREE`.
    pub tree: usize,
    /// `GRAPHQL_MAX_SUBSCRIPTIONS`.
    pub subscriptions: usize,
    /// `GRAPHQL_TIMEOUT_SECONDS`.
    pub timeout: Duration,
    /// `GRAPHQL_INTROSPECTION`.
    pub introspection: bool,
    /// `GRAPHQL_EXPLORER`.
    pub explorer: bool,
    /// `GRAPHQL_PERSISTED_BYTES`.
    pub persisted_bytes: usize,
    /// `GRAPHQL_PERSISTED_FOLDER`.
    pub persisted_folder: Option<PathBuf>,
    /// `GRAPHQL_PERSISTED_ONLY`.
    pub persisted_only: bool,
}

impl Graphql {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            query_bytes: settings.count("GRAPHQL_MAX_QUERY_BYTES"),
            request_bytes: settings.count("GRAPHQL_MAX_REQUEST_BYTES"),
            tokens: settings.count("GRAPHQL_MAX_TOKENS"),
            depth: settings.count("GRAPHQL_MAX_DEPTH"),
            aliases: settings.count("GRAPHQL_MAX_ALIASES"),
            directives: settings.count("GRAPHQL_MAX_DIRECTIVES"),
            fields: settings.count("GRAPHQL_MAX_FIELDS"),
            complexity: settings.count("GRAPHQL_MAX_COMPLEXITY"),
            subscription_complexity: settings.count("GRAPHQL_MAX_SUBSCRIPTION_COMPLEXITY"),
            answer_bytes: settings.count("GRAPHQL_MAX_ANSWER_BYTES"),
            list: settings.count("GRAPHQL_MAX_LIST"),
            tree: settings.count("GRAPHQL_MAX_TREE"),
            subscriptions: settings.count("GRAPHQL_MAX_SUBSCRIPTIONS"),
            timeout: settings.seconds("GRAPHQL_TIMEOUT_SECONDS"),
            introspection: settings.flag("GRAPHQL_INTROSPECTION"),
            explorer: settings.flag("GRAPHQL_EXPLORER"),
            persisted_bytes: settings.count("GRAPHQL_PERSISTED_BYTES"),
            persisted_folder: settings.path("GRAPHQL_PERSISTED_FOLDER"),
            persisted_only: settings.flag("GRAPHQL_PERSISTED_ONLY"),
        }
    }
}
