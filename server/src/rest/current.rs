//! The request that is being answered: its id, and which route took it. Known to everything that runs on its behalf.

use std::cell::{OnceCell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use poem::Request;
use poem::http::{HeaderName, HeaderValue};

use super::durations::Durations;
use crate::audit::Caller;

/// The header that brings an id, and takes it back.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken from a client.
const LONGEST: usize = 128;

tokio::task_local! {
    static CURRENT: Current;
}

/// A request that is being answered.
pub struct Current {
    id: HeaderValue,
    route: OnceCell<Arc<Durations>>,
    reply: OnceCell<HeaderValue>,
    caller: RefCell<Caller>,
}

impl Current {
    /// Takes the id that the client or a proxy gave, if it is harmless in a line of the log; makes one otherwise.
    pub fn of(request: &Request) -> Self {
        let given = request.headers().get(REQUEST_ID).filter(|id| is_harmless(id.as_bytes())).cloned();
        Self {
            id: given.unwrap_or_else(new_id),
            route: OnceCell::new(),
            reply: OnceCell::new(),
            caller: RefCell::default(),
        }
    }

    /// Runs `answer` as what is done for this request.
    pub async fn scope<F: Future>(self, answer: F) -> F::Output {
        CURRENT.scope(self, answer).await
    }
}

/// Looks at the current request; `None` outside of one.
pub fn with<T>(look: impl FnOnce(&HeaderValue, Option<&Arc<Durations>>) -> T) -> Option<T> {
    CURRENT.try_with(|current| look(&current.id, current.route.get())).ok()
}

/// The id of the current request; a new one outside of any.
pub fn id() -> String {
    let id = with(|id, _| id.clone()).unwrap_or_else(new_id);
    id.to_str().unwrap_or_default().to_owned()
}

/// Lets the answer to the current request say this to the client's log-in (`WWW-Authenticate`).
pub fn reply(value: &HeaderValue) {
    let _outside_of_one = CURRENT.try_with(|current| current.reply.set(value.clone()));
}

/// What [`reply`] was given.
pub fn replied() -> Option<HeaderValue> {
    CURRENT.try_with(|current| current.reply.get().cloned()).ok().flatten()
}

/// Notes who sends the current request.
pub fn called_by(caller: Caller) {
    let _outside_of_one = CURRENT.try_with(|current| current.caller.replace(caller));
}

/// Who sends the current request; `None` outside of any.
pub fn caller() -> Option<Caller> {
    let with_id = |current: &Current| {
        let request_id = current.id.to_str().ok().map(str::to_owned);
        Caller { request_id, ..current.caller.borrow().clone() }
    };
    CURRENT.try_with(with_id).ok()
}

/// Notes which route took the current request.
pub fn routed(route: &Arc<Durations>) {
    let _outside_of_one = CURRENT.try_with(|current| current.route.set(Arc::clone(route)));
}

fn is_harmless(id: &[u8]) -> bool {
    let harmless = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+@".contains(byte);
    (1..=LONGEST).contains(&id.len()) && id.iter().all(harmless)
}

/// A random beginning for the process, and a number: unique, without asking the kernel for every request.
fn new_id() -> HeaderValue {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    static PROCESS: std::sync::LazyLock<String> =
        std::sync::LazyLock::new(|| uuid::Uuid::new_v4().simple().to_string()[..16].to_owned());
    let id = format!("{}-{:x}", *PROCESS, NEXT.fetch_add(1, Ordering::Relaxed));
    HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn harmless_ids_are_kept_and_others_replaced() {
        const LONG: &[u8] = &[b'x'; LONGEST + 1];
        let id_of = |given: &'static [u8]| async move {
            let given = HeaderValue::from_bytes(given).unwrap();
            let request = Request::builder().header(REQUEST_ID, given).finish();
            Current::of(&request).scope(async { id() }).await
        };
        for kept in ["a", "0-9:A.b_c/d+e@f", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"] {
            assert_eq!(id_of(kept.as_bytes()).await, kept);
        }
        for replaced in [&b""[..], b"a b", b"a\tb", b"\"", b"a=b", b"\xc3\xa4", b"{}", LONG] {
            let id = id_of(replaced).await;
            assert!(id.as_bytes() != replaced && is_harmless(id.as_bytes()), "{id}");
        }
        assert_ne!(id(), id(), "new ones differ");
    }
}
