//! Turning branches into commits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::mirror::{Content, Mirror};
use crate::reference::{is_full_commit, parse_reference};
use crate::{Git, Repository, ScmError};

impl Git {
    /// The full id of the newest commit of a branch. A reference that is no branch is looked up as tag and as commit id, whole or
    /// its beginning; a commit id is answered only if the repository has that commit.
    pub async fn latest_commit(&self, repository: &str, reference: &str) -> Result<String, ScmError> {
        let repository = Repository::parse(repository)?;
        let reference = parse_reference(reference)?;
        self.within(&repository, async {
            if !is_full_commit(reference)
                && let Some(commit) = self.newest_of_branch(&repository, reference).await?
            {
                return Ok(commit);
            }
            self.searched(&repository, reference).await
        })
        .await
    }

    /// [`Git::latest_commit`] of many `(repository, reference)` pairs: the answers in the order asked. Each pair is looked up
    /// once, however often it is asked for, and at most `concurrency` at a time.
    pub async fn latest_commits(
        &self,
        pairs: Vec<(String, String)>,
        concurrency: usize,
    ) -> Vec<Result<String, ScmError>> {
        let permits = Arc::new(Semaphore::new(concurrency.max(1)));
        let mut lookups = JoinSet::new();
        for pair in pairs.iter().cloned().collect::<BTreeSet<_>>() {
            let (git, permits) = (self.clone(), Arc::clone(&permits));
            lookups.spawn(async move {
                let _permit = permits.acquire().await;
                let answer = git.latest_commit(&pair.0, &pair.1).await;
                (pair, answer)
            });
        }
        let mut answers = BTreeMap::new();
        while let Some(lookup) = lookups.join_next().await {
            // Nothing aborts a look-up but dropping this future, so a missing answer is one that panicked.
            answers.extend(lookup.ok());
        }
        let missing = || Err(ScmError::Broken("the look-up ended without an answer".to_owned()));
        pairs.iter().map(|pair| answers.get(pair).cloned().unwrap_or_else(missing)).collect()
    }

    async fn newest_of_branch(&self, repository: &Repository, branch: &str) -> Result<Option<String>, ScmError> {
        let name = format!("refs/heads/{branch}");
        let folder = self.folder()?;
        let arguments = ["ls-remote", "--quiet", "--", repository.as_str(), &name];
        let output = self.remote(repository, folder.path(), &arguments, |_| false).await?;
        // Git takes the name as a pattern for the end of names, so others may be among the answers.
        let text = String::from_utf8_lossy(&output.stdout);
        let mut lines = text.lines().filter_map(|line| line.split_once('\t'));
        Ok(lines.find(|(id, found)| *found == name && is_full_commit(id)).map(|(id, _)| id.to_owned()))
    }

    async fn searched(&self, repository: &Repository, reference: &str) -> Result<String, ScmError> {
        let mirror = Mirror::new(self, repository, Content::Commits).await?;
        if is_full_commit(reference)
            && let Some(commit) = mirror.fetch_commit(reference).await?
        {
            return Ok(commit);
        }
        mirror.fetch_everything().await?;
        let found = mirror.resolve_any(reference).await?;
        found.ok_or_else(|| ScmError::NoReference {
            reference: reference.to_owned(),
            repository: repository.to_string(),
        })
    }
}
