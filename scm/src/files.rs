//! Reading a number of small files of a branch.

use crate::mirror::{Blob, Content, Mirror};
use crate::reference::parse_reference;
use crate::{Git, Repository, ScmError};

/// More files than this are nothing that was meant to be read as a whole.
const MAX_FILES: usize = 5000;

/// A file of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedFile {
    /// Its path in the repository.
    pub path: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

impl Git {
    /// The regular files of the newest commit of a branch whose paths are `wanted`, in the order of their paths; `None` if there
    /// is no such branch. Each may have [`crate::Settings::max_document_bytes`].
    pub async fn files(
        &self,
        repository: &str,
        branch: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Option<Vec<CommittedFile>>, ScmError> {
        let repository = Repository::parse(repository)?;
        let branch = parse_reference(branch)?;
        self.within(&repository, async {
            let mirror = Mirror::new(self, &repository, Content::Files).await?;
            let Some(commit) = mirror.fetch_branch(branch).await? else { return Ok(None) };
            let mut found = mirror.list(&commit).await?;
            found.retain(|(path, _)| wanted(path));
            check(self, &repository, &commit, &found)?;
            let (paths, blobs): (Vec<_>, Vec<_>) = found.into_iter().unzip();
            let contents = mirror.read_all(&blobs).await?;
            Ok(Some(paths.into_iter().zip(contents).map(|(path, content)| CommittedFile { path, content }).collect()))
        })
        .await
    }
}

fn check(git: &Git, repository: &Repository, commit: &str, found: &[(String, Blob)]) -> Result<(), ScmError> {
    let limit = git.settings().max_document_bytes;
    if let Some((path, blob)) = found.iter().find(|(_, blob)| blob.bytes > limit) {
        let (path, repository) = (path.clone(), repository.to_string());
        return Err(ScmError::DocumentTooBig { path, repository, bytes: blob.bytes, limit });
    }
    if found.len() > MAX_FILES {
        let detail = format!("commit {commit} has {} files to read, at most {MAX_FILES} are", found.len());
        return Err(ScmError::Refused { repository: repository.to_string(), detail });
    }
    Ok(())
}
