//! Getting, keeping and renewing what proves the user's identity: a token of the service's identity provider (OpenID Connect).
//!
//! | file | subject |
//! | --- | --- |
//! | [`provider`] | what the service says about its provider, and requests to that |
//! | [`browser`] | logging in by a browser on this machine (authorization code with PKCE, loopback port) |
//! | [`device`] | logging in by a browser anywhere (device code) |
//! | [`store`] | the file that tokens are kept in |

pub mod browser;
pub mod device;
pub mod provider;
pub mod store;
