//! Bounds, retries and the list of allowed addresses.

use std::path::PathBuf;
use std::time::Duration;

use crate::address::shown;
use crate::{ScmError, ScmUrl};

/// How git is used.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bound on one operation (fetching a document, resolving one reference) with all its git processes and retries; they are
    /// killed when it ends.
    pub timeout: Duration,
    /// Longest pause before a retry; the pauses grow up to it.
    pub retry_interval: Duration,
    /// How often an operation is repeated after trouble with the network. Other errors are not repeated.
    pub retries: u32,
    /// Bound on the size of a module document.
    pub max_document_bytes: u64,
    /// Bound on what one operation may fetch to disk.
    pub max_repository_bytes: u64,
    /// Which submitted addresses are allowed.
    pub allowed: AllowList,
    /// Where temporary copies are kept; `None` is the system's folder for temporary files.
    pub work_dir: Option<PathBuf>,
}

/// The first pause before a retry: most trouble with a network is over in a moment.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

impl Settings {
    /// The pauses before the retries of one operation: 1, 2, 4, 8 … seconds, none longer than [`Settings::retry_interval`].
    pub(crate) fn pauses(&self) -> impl Iterator<Item = Duration> + use<> {
        let longest = self.retry_interval;
        let doubled = |retry: u32| FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(retry));
        (0..self.retries).map(move |retry| doubled(retry).min(longest))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_mins(1),
            retry_interval: Duration::from_secs(15),
            retries: 4,
            max_document_bytes: 1024 * 1024,
            max_repository_bytes: 2 * 1024 * 1024 * 1024,
            allowed: AllowList::default(),
            work_dir: None,
        }
    }
}

/// Which addresses users may submit modules from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowList {
    /// Beginnings of allowed addresses (`SCMURLS`), e.g. `https://src.example.com/modules/`.
    pub prefixes: Vec<String>,
    /// Every address is allowed (`ALLOW_CUSTOM_SCMURLS`).
    pub any: bool,
}

impl AllowList {
    /// Decides on the text as submitted, before anything else is said about it. Fails with [`ScmError::NotAllowed`].
    pub fn check(&self, text: &str) -> Result<(), ScmError> {
        if self.any || self.prefixes.iter().any(|prefix| covers(prefix, text)) {
            Ok(())
        } else {
            Err(ScmError::NotAllowed(shown(text)))
        }
    }

    /// [`AllowList::check`], then [`ScmUrl::parse`]: the two steps for a submitted scmurl, in the order users see errors.
    pub fn parse(&self, text: &str) -> Result<ScmUrl, ScmError> {
        self.check(text)?;
        ScmUrl::parse(text)
    }
}

/// A prefix that ends within the host name must not allow hosts that merely begin like it.
fn covers(prefix: &str, text: &str) -> bool {
    let Some(rest) = text.strip_prefix(prefix) else {
        return false;
    };
    let bare_host = prefix.split_once("://").is_some_and(|(_, host)| !host.is_empty() && !host.contains('/'));
    !prefix.is_empty() && (!bare_host || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(prefixes: &[&str]) -> AllowList {
        AllowList { prefixes: prefixes.iter().map(ToString::to_string).collect(), any: false }
    }

    #[test]
    fn pauses_grow_to_their_bound() {
        let seconds = |settings: &Settings| settings.pauses().map(|pause| pause.as_secs()).collect::<Vec<_>>();
        let settings = Settings { retries: 7, ..Settings::default() };
        assert_eq!(seconds(&settings), [1, 2, 4, 8, 15, 15, 15]);
        let last = Settings { retries: 200, ..Settings::default() }.pauses().last();
        assert_eq!(last, Some(Duration::from_secs(15)));
        let hasty = Settings { retry_interval: Duration::ZERO, retries: 2, ..settings };
        assert_eq!(seconds(&hasty), [0, 0]);
    }

    #[test]
    fn answers_with_the_recorded_texts() {
        let list = list(&["https://src.example.com/modules/"]);
        for url in ["file:///etc/passwd?#1", "", "https://example.com/x?#1"] {
            let error = list.parse(url).unwrap_err();
            assert_eq!(error.to_string(), format!("The submitted scmurl {url} is not allowed"));
            assert_eq!(error.blame(), crate::Blame::Forbidden);
        }
        assert!(list.parse("https://src.example.com/modules/x.git?#1").is_ok());
        assert!(matches!(list.parse("https://src.example.com/modules/x.git"), Err(ScmError::Malformed { .. })));
    }

    #[test]
    fn a_prefix_does_not_cover_another_host() {
        let list = list(&["https://src.example.com", ""]);
        assert!(list.check("https://src.example.com/x?#1").is_ok());
        for url in ["https://src.example.com.evil.net/x?#1", "https://src.example.com@evil.net/x?#1", "https://a/x?#1"]
        {
            assert!(list.check(url).is_err(), "{url}");
        }
    }

    #[test]
    fn any_address_still_has_to_be_an_address() {
        let list = AllowList { any: true, ..AllowList::default() };
        assert!(list.parse("https://a/x?#1").is_ok());
        assert!(matches!(list.parse("ext::sh?#1"), Err(ScmError::Malformed { .. })));
    }
}
