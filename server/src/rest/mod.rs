//! The REST API: the URLs, parameters, bodies and errors of the Python service, which its clients know.
//!
//! | file or folder | subject |
//! | --- | --- |
//! | [`router`] | every route in one list |
//! | `about`, `module_builds`, `component_builds`, … | one resource each, named as in the URL |
//! | `query` | filters, order and paging from the query string |
//! | `rows` | what is read from the database, in a fixed number of statements whatever the size of a page |
//! | `resource` | methods, `Allow`, version of the API |
//! | `origin` | under which URL clients see the service |
//! | `cache`, `validator` | what was rendered before; `ETag` and `If-None-Match` |
//! | `body` | bodies of requests, with their limits |
//! | `answer`, `failure` | JSON answers, JSON errors |
//! | `openapi`, `docs` | a description of the API, for programs and for people |
//! | `request_log` | a line a request |
//! | `security` | what answers say to browsers |
//! | `current`, `durations` | the id of a request and its route; how long requests take |
//! | `metrics`, `health` | what operators and their tools ask |
//!
//! A handler is given what it needs by extractors, calls a function of [`crate::service`] or reads rows, and makes JSON of
//! them. To add a resource: a file beside the others with a handler for each method, and a line in [`router`].

mod about;
mod answer;
mod audit_events;
pub(crate) mod body;
pub(crate) mod cache;
mod component_builds;
pub(crate) mod component_log;
pub(crate) mod current;
mod differences;
mod docs;
mod durations;
mod events;
pub(crate) mod failure;
mod final_modulemd;
mod gate;
mod health;
mod import_module;
mod messages;
mod metrics;
mod module_builds;
mod openapi;
pub(crate) mod origin;
pub(crate) mod query;
mod rebuild_strategies;
mod request_log;
mod resource;
mod router;
pub(crate) mod rows;
mod security;
mod tokens;
pub(crate) mod validator;
mod webhooks;
mod whoami;

pub(crate) use answer::{json, shared, text};
pub(crate) use current::{called_by, caller, reply};
pub(crate) use failure::Failure;
pub use router::{probes, routes};
