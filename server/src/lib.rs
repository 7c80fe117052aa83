//! The server: REST and GraphQL over the service functions, and the `mbs-manager` command line.
//!
//! | folder | subject |
//! | --- | --- |
//! | [`config`] | options: file, environment, defaults |
//! | [`rest`] | the REST resources, one file each, named as in the URL |
//! | [`graphql`] | the GraphQL schema |
//! | [`listener`] | the HTTP server: connections, and what each may take |
//! | [`auth`] | who is asking |
//! | [`audit`] | who changed what |
//! | [`events`] | what happens, as it happens: the feed of the outbox |
//! | [`gate`] | who decides when a build becomes ready |
//! | [`monitor`] | metrics, and whether the process is ready |
//! | [`service`] | what can be asked for; REST, GraphQL and the command line call the same functions |
//! | [`app`], [`assemble`] | what all of them need, and how it is made from options |

pub mod app;
pub mod assemble;
pub mod audit;
pub mod auth;
pub mod config;
pub mod events;
pub mod gate;
pub mod graphql;
pub mod listener;
pub mod monitor;
pub mod rest;
pub mod service;

pub use app::App;
