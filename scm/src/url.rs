//! The `scmurl` that users submit: `scheme://host/path?module-path#revision`.

use std::fmt;
use std::str::FromStr;

use crate::address::{check_path, shown};
use crate::reference::check_reference;
use crate::{Repository, ScmError};

/// Where a module document is: a repository, a folder in it, a revision.
///
/// The module path may be left out with or without its `?`; the revision may not.
///
/// ```
/// let url = scm::ScmUrl::parse("https://src.example.com/modules/testmodule.git?#ea31b09").unwrap();
/// assert_eq!(url.repository().name(), "testmodule");
/// assert_eq!(url.module_path(), None);
/// assert_eq!(url.revision(), "ea31b09");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ScmUrl {
    text: String,
    repository: Repository,
    module_path: Option<String>,
    revision: String,
}

impl ScmUrl {
    /// Reads and checks an scmurl. Fails with [`ScmError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, ScmError> {
        let malformed = |reason: String| ScmError::Malformed { url: shown(text), reason };
        let explained = |reason: String| malformed(format!(" ({reason})"));
        let (before, revision) = text.split_once('#').ok_or_else(|| malformed(String::new()))?;
        let (address, module_path) = match before.split_once('?') {
            Some((address, "")) => (address, None),
            Some((address, path)) => (address, Some(path)),
            None => (before, None),
        };
        if revision.is_empty() {
            return Err(malformed(String::new()));
        }
        let repository = Repository::check(address).map_err(explained)?;
        if let Some(path) = module_path {
            check_module_path(path).map_err(|reason| explained(format!("in the module path, {reason}")))?;
        }
        check_reference(revision).map_err(|reason| explained(format!("in the revision, {reason}")))?;
        Ok(Self {
            text: text.to_owned(),
            repository,
            module_path: module_path.map(|path| path.trim_end_matches('/').to_owned()),
            revision: revision.to_owned(),
        })
    }

    /// The text as submitted; what the database keeps.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The repository.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Folder of the document inside the repository, without slashes at its ends.
    pub fn module_path(&self) -> Option<&str> {
        self.module_path.as_deref()
    }

    /// Commit id, whole or its beginning, or the name of a branch or tag.
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// Path of the module document inside the repository: `module-path/NAME.yaml`.
    pub fn document_path(&self) -> String {
        let name = self.repository.name();
        match &self.module_path {
            Some(path) => format!("{path}/{name}.yaml"),
            None => format!("{name}.yaml"),
        }
    }
}

/// A module path is relative and never read as an option: `?foo=bar` is not a path but someone's query.
fn check_module_path(path: &str) -> Result<(), String> {
    if path.starts_with('/') {
        return Err("the path must not start with '/'".into());
    }
    if path.contains(['=', '%', '@']) {
        return Err("options are not supported, only a folder of the repository".into());
    }
    if path.trim_end_matches('/').split('/').any(|element| element.is_empty() || element == ".") {
        return Err("the path has an empty element".into());
    }
    check_path(path)
}

impl fmt::Display for ScmUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for ScmUrl {
    type Err = ScmError;

    fn from_str(text: &str) -> Result<Self, ScmError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_all_parts() {
        let url = ScmUrl::parse("git+https://h/modules/nginx.git?a/b/#f28").unwrap();
        assert_eq!(url.repository().as_str(), "https://h/modules/nginx.git");
        assert_eq!(url.module_path(), Some("a/b"));
        assert_eq!(url.document_path(), "a/b/nginx.yaml");
        assert_eq!(url.revision(), "f28");
        assert_eq!(url.to_string(), "git+https://h/modules/nginx.git?a/b/#f28");
        assert_eq!(ScmUrl::parse("https://h/nginx#1").unwrap().document_path(), "nginx.yaml");
    }

    #[test]
    fn a_missing_revision_is_answered_with_the_recorded_text() {
        let url = "git://h/modules/importme.git";
        assert_eq!(
            ScmUrl::parse(url).unwrap_err().to_string(),
            format!("The submitted scmurl {url} is not valid.  Expected format is '{url}?[module-path]#[revision]'"),
        );
        assert_eq!(ScmUrl::parse("").unwrap_err().blame(), crate::Blame::Invalid);
    }

    #[test]
    fn refuses_ways_out_and_options() {
        for text in [
            "https://h/x?../y#1",
            "https://h/x?a/../../y#1",
            "https://h/x?/etc#1",
            "https://h/x?a//b#1",
            "https://h/x?.#1",
            "https://h/x?depth=1#1",
            "https://h/x?a b#1",
            "https://h/x?-a#1",
            "https://h/x?#",
            "https://h/x?#-1",
            "https://h/x?#a b",
            "https://h/x?#a..b",
            "https://h/x?#a#b",
            "https://h/x?#HEAD@{1}",
            "https://h/x?#1\n",
            "ext::sh?#1",
            "--upload-pack=x?#1",
            "#",
            "?#",
        ] {
            assert!(matches!(ScmUrl::parse(text), Err(ScmError::Malformed { .. })), "{text:?}");
        }
    }
}
