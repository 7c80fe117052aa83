//! Logging in with a real OpenID Connect provider (the npm package `oidc-provider`): good tokens, bad ones, and a provider that is
//! down.
//!
//! | file | subject |
//! | --- | --- |
//! | `fixture` | a service, its provider, and who gets in |
//! | `tokens` | tokens that are good, and for what |
//! | `attacks` | tokens that are not |
//! | `outage` | a provider that does not answer |
//! | `api_tokens` | what users give to their scripts |
//! | `subscriptions` | whom GraphQL's websockets tell what |
//! | `client` | `mbs-build login` |

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod api_tokens;
mod attacks;
mod client;
mod fixture;
mod outage;
mod subscriptions;
mod tokens;
