//! Fetching the document of a module.

use chrono::DateTime;

use crate::mirror::{Content, Mirror};
use crate::reference::{is_full_commit, parse_reference};
use crate::{Git, ScmError, ScmUrl};

/// A module document with what its repository says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedModulemd {
    /// The document as it is in the repository.
    pub text: Vec<u8>,
    /// Name of the repository, which is the module's name.
    pub name: String,
    /// The branch, which is the module's stream.
    pub stream: String,
    /// Full id of the commit.
    pub commit: String,
    /// The commit's time in UTC as `YYYYMMDDhhmmss`: the stream version before the prefix.
    pub version: u64,
}

/// Whether the revision has to be part of the branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// Submissions: the branch is the stream, so the commit must be in it.
    Required,
    /// Imports and included modules: any commit of the repository will do.
    NotChecked,
}

impl Git {
    /// Fetches the document `module-path/NAME.yaml` of `url`. As little as possible is transferred: one commit where the
    /// revision is the newest of the branch, the history where it has to be searched.
    ///
    /// The allow-list is not looked at; see [`crate::AllowList::parse`].
    pub async fn fetch_modulemd(
        &self,
        url: &ScmUrl,
        branch: &str,
        membership: Membership,
    ) -> Result<FetchedModulemd, ScmError> {
        let branch = parse_reference(branch)?;
        self.within(url.repository(), async {
            let mirror = Mirror::new(self, url.repository(), Content::Files).await?;
            let commit = match membership {
                Membership::Required => commit_of_branch(&mirror, url, branch).await?,
                Membership::NotChecked => any_commit(&mirror, url).await?,
            };
            let version = version(&commit, &mirror.commit_time(&commit).await?)?;
            let text = document(self, &mirror, url, &commit).await?;
            Ok(FetchedModulemd {
                text,
                name: url.repository().name().to_owned(),
                stream: branch.to_owned(),
                commit,
                version,
            })
        })
        .await
    }
}

async fn commit_of_branch(mirror: &Mirror<'_>, url: &ScmUrl, branch: &str) -> Result<String, ScmError> {
    let revision = url.revision();
    let newest = mirror.fetch_branch(branch).await?;
    if let Some(newest) = newest.as_ref().filter(|newest| revision == *newest || revision == branch) {
        return Ok(newest.clone());
    }
    mirror.fetch_everything().await?;
    let commit = mirror.resolve_any(revision).await?.ok_or_else(|| no_commit(url))?;
    let (text, branch) = (revision.to_owned(), branch.to_owned());
    if newest.is_none() {
        return Err(ScmError::NoBranch { commit: text, branch, repository: url.repository().to_string() });
    }
    if mirror.branch_contains(&branch, &commit).await? {
        Ok(commit)
    } else {
        Err(ScmError::NotInBranch { commit: text, branch })
    }
}

async fn any_commit(mirror: &Mirror<'_>, url: &ScmUrl) -> Result<String, ScmError> {
    let revision = url.revision();
    let single = if is_full_commit(revision) {
        mirror.fetch_commit(revision).await?
    } else {
        mirror.fetch_branch(revision).await?
    };
    if let Some(commit) = single {
        return Ok(commit);
    }
    mirror.fetch_everything().await?;
    mirror.resolve_any(revision).await?.ok_or_else(|| no_commit(url))
}

fn no_commit(url: &ScmUrl) -> ScmError {
    ScmError::NoCommit { commit: url.revision().to_owned(), repository: url.repository().to_string() }
}

async fn document(git: &Git, mirror: &Mirror<'_>, url: &ScmUrl, commit: &str) -> Result<Vec<u8>, ScmError> {
    let (path, repository) = (url.document_path(), url.repository().to_string());
    let limit = git.settings().max_document_bytes;
    match mirror.find(commit, &path).await? {
        Some(blob) if blob.bytes <= limit => mirror.read(&blob).await,
        Some(blob) => Err(ScmError::DocumentTooBig { path, repository, bytes: blob.bytes, limit }),
        None => Err(ScmError::NoDocument { path, repository, commit: commit.to_owned() }),
    }
}

fn version(commit: &str, seconds: &str) -> Result<u64, ScmError> {
    let time = seconds.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let digits = time.map(|time| time.format("%Y%m%d%H%M%S").to_string());
    digits
        .filter(|digits| digits.len() == 14)
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| ScmError::BadTime { commit: commit.to_owned(), seconds: seconds.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_commit_times() {
        assert_eq!(version("c", "1554120000"), Ok(20_190_401_120_000));
        for bad in ["", "x", "99999999999999999", "9999999999999", "-99999999999999"] {
            assert!(matches!(version("c", bad), Err(ScmError::BadTime { .. })), "{bad}");
        }
    }
}
