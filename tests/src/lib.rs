//! The test application: the service as real processes, with databases, queues and git servers of its own.
//!
//! | module | subject |
//! | --- | --- |
//! | [`service`] | the service itself: configuration, processes, kill and restart |
//! | [`raw`] | what no client would ask of it: bytes, exactly as a test likes them |
//! | [`rest`] | what clients ask of it |
//! | [`rpkg`] | the client that packagers of Fedora have |
//! | [`rows`] | what stands in its database |
//! | [`checks`] | what has to hold for every build |
//! | [`fixtures`] | components and modules, made on the fly |
//! | [`hostile`] | values that nobody means well with |
//! | [`git`] | repositories, servers for them, and a gate that makes them slow |
//! | [`node`] | programs of npm |
//! | [`identity_provider`] | who users log in with |
//! | [`greenwave`] | who decides by test results |
//! | [`product_pages`] | who knows which releases are out |
//! | [`python`] | programs of `PyPI` |
//! | [`pdc`] | who knows the end of life of streams |
//! | [`redis`], [`postgres`] | servers that can be stopped |
//! | [`srpm`] | source packages |
//! | [`kerberos`], [`directory`] | a KDC with users who log in, an LDAP directory with their groups |
//! | [`certificates`] | what servers and clients of TLS need |
//! | [`witness`] | sees builds run, whatever the database says about them |
//! | [`exposition`] | metrics, as Prometheus reads them |
//! | [`dnf`] | what users do with a published repository |
//! | [`receiver`] | a receiver of webhooks |
//! | [`events`] | streams of server-sent events |
//! | [`subscriber`] | a client of GraphQL subscriptions |
//! | [`wait`] | waiting for a condition |
//!
//! A test file shares one service where its tests allow it ([`service::Shared`]). Whatever is started here dies with the test.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on has failed"
)]

pub mod certificates;
pub mod checks;
pub mod directory;
pub mod dnf;
pub mod events;
pub mod exposition;
pub mod fixtures;
pub mod git;
pub mod greenwave;
pub mod hostile;
pub mod identity_provider;
pub mod kerberos;
pub mod node;
pub mod pdc;
pub mod postgres;
pub mod process;
pub mod product_pages;
pub mod python;
pub mod raw;
pub mod receiver;
pub mod redis;
pub mod rest;
pub mod rows;
pub mod rpkg;
pub mod service;
pub mod srpm;
pub mod subscriber;
pub mod wait;
pub mod witness;

pub use fixtures::{Component, Module};
pub use service::{Service, Shared};
pub use wait::until;
