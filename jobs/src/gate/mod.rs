//! The gate before `ready`: who decides when others may build against a build that is done.
//!
//! Without one, a build is ready as soon as it is done. With one, it stays `done`, and says in its reason what it waits for; every
//! now and then the gate is asked again. Whoever may (`GATE_GROUPS`) can open it over REST at any time, whatever it says.
//!
//! To add a gate: an implementation of [`Gate`], named in `server/src/assemble.rs`.

pub mod ask;

use async_trait::async_trait;
use modulemd::Nsvc;

/// What a gate says about a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It may become ready.
    Open,
    /// Not yet; a sentence that says what it waits for.
    Closed(String),
}

/// Somebody who decides.
#[async_trait]
pub trait Gate: Send + Sync {
    /// Asks about a build that is done. That the gate does not answer is an answer, too: a closed one.
    async fn ask(&self, build: &Nsvc) -> Answer;
}

/// An outside system tells over REST.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hook;

/// What a build says that nobody has told anything about yet.
pub const WAITS_FOR_HOOK: &str = "Waits for its gate to be opened (POST module-builds/<id>/gate).";

#[async_trait]
impl Gate for Hook {
    async fn ask(&self, _build: &Nsvc) -> Answer {
        Answer::Closed(WAITS_FOR_HOOK.to_owned())
    }
}
