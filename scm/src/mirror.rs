//! A temporary bare copy of as much of a repository as an operation needs.

use tempfile::TempDir;

use crate::diagnosis::{is_dumb_server, lacks_reference};
use crate::process::Output;
use crate::{Git, Repository, ScmError};

/// More commits than any history has: git's own way to say "all of it".
const WHOLE_HISTORY: &str = "--depth=2147483647";

/// Every branch and every tag under its own name.
const EVERYTHING: [&str; 2] = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];

/// Object ids that fit into a pipe at once, of whichever length.
const IDS_AT_A_TIME: usize = 60;

/// How much of each commit is fetched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Files, too.
    Files,
    /// Commits only, from servers that can do that.
    Commits,
}

/// The copy. Its folder vanishes with it.
pub(crate) struct Mirror<'a> {
    git: &'a Git,
    repository: &'a Repository,
    folder: TempDir,
    content: Content,
}

/// A file in a commit.
pub(crate) struct Blob {
    /// Object id.
    pub id: String,
    /// Size in bytes.
    pub bytes: u64,
}

impl<'a> Mirror<'a> {
    /// An empty copy.
    pub(crate) async fn new(git: &'a Git, repository: &'a Repository, content: Content) -> Result<Self, ScmError> {
        let mirror = Self { git, repository, folder: git.folder()?, content };
        mirror.local(&["init", "--quiet", "--bare", "--template=", "."], "").await?.checked(repository)?;
        Ok(mirror)
    }

    /// Fetches the newest commit of a branch; `None` if there is no such branch.
    pub(crate) async fn fetch_branch(&self, branch: &str) -> Result<Option<String>, ScmError> {
        let name = format!("refs/heads/{branch}");
        self.fetch_one(&format!("+{name}:{name}")).await?;
        self.resolve(&name).await
    }

    /// Fetches a single commit by its full id; `None` if the repository has it not or its server does not hand out single ones.
    pub(crate) async fn fetch_commit(&self, commit: &str) -> Result<Option<String>, ScmError> {
        self.fetch_one(commit).await?;
        self.resolve(commit).await
    }

    async fn fetch_one(&self, refspec: &str) -> Result<(), ScmError> {
        let accepted = |stderr: &str| lacks_reference(stderr) || is_dumb_server(stderr);
        let output = self.fetch(&["--depth=1"], &[refspec], accepted).await?;
        if !output.success && is_dumb_server(&output.stderr) {
            self.fetch(&[], &[refspec], lacks_reference).await?;
        }
        Ok(())
    }

    /// Fetches all branches and tags with their histories.
    pub(crate) async fn fetch_everything(&self) -> Result<(), ScmError> {
        let shallow = self.folder.path().join("shallow").exists();
        let depth: &[&str] = if shallow { &[WHOLE_HISTORY] } else { &[] };
        self.fetch(depth, &EVERYTHING, |_| false).await.map(drop)
    }

    async fn fetch(
        &self,
        options: &[&str],
        refspecs: &[&str],
        accepted: impl Fn(&str) -> bool,
    ) -> Result<Output, ScmError> {
        let mut arguments = vec!["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"];
        if self.content == Content::Commits {
            arguments.push("--filter=tree:0");
        }
        arguments.extend_from_slice(options);
        arguments.extend_from_slice(&["--", self.repository.as_str()]);
        arguments.extend_from_slice(refspecs);
        self.git.remote(self.repository, self.folder.path(), &arguments, accepted).await
    }

    /// The full id of the commit that `revision` names: a branch, a tag, or a commit id or its beginning.
    pub(crate) async fn resolve_any(&self, revision: &str) -> Result<Option<String>, ScmError> {
        for name in [format!("refs/heads/{revision}"), format!("refs/tags/{revision}")] {
            if let Some(commit) = self.resolve(&name).await? {
                return Ok(Some(commit));
            }
        }
        // Without this, words such as HEAD or FETCH_HEAD would be references.
        let is_id = revision.len() >= 4 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_id { self.resolve(revision).await } else { Ok(None) }
    }

    async fn resolve(&self, name: &str) -> Result<Option<String>, ScmError> {
        let wanted = format!("{name}^{{commit}}");
        let output = self.local(&["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted], "").await?;
        let text = String::from_utf8_lossy(&output.stdout);
        // rev-parse repeats --end-of-options in front of the answer.
        let commit = text.lines().last().unwrap_or_default();
        Ok((output.success && crate::reference::is_full_commit(commit)).then(|| commit.to_owned()))
    }

    /// Whether the history of `branch` holds `commit`.
    pub(crate) async fn branch_contains(&self, branch: &str, commit: &str) -> Result<bool, ScmError> {
        let branch = format!("refs/heads/{branch}");
        Ok(self.local(&["merge-base", "--is-ancestor", commit, &branch], "").await?.success)
    }

    /// The commit's time as git prints it: seconds since 1970.
    pub(crate) async fn commit_time(&self, commit: &str) -> Result<String, ScmError> {
        let output =
            self.local(&["show", "--no-patch", "--format=%ct", commit, "--"], "").await?.checked(self.repository)?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The file at `path` in `commit`. Symbolic links are followed inside the commit, never out of it.
    pub(crate) async fn find(&self, commit: &str, path: &str) -> Result<Option<Blob>, ScmError> {
        let question = format!("{commit}:{path}\n");
        let arguments = ["cat-file", "--batch-check=%(objecttype) %(objectname) %(objectsize)", "--follow-symlinks"];
        let output = self.local(&arguments, &question).await?.checked(self.repository)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let mut words = text.lines().next().unwrap_or_default().split(' ');
        Ok(match (words.next(), words.next(), words.next().map(str::parse)) {
            (Some("blob"), Some(id), Some(Ok(bytes))) => Some(Blob { id: id.to_owned(), bytes }),
            _ => None,
        })
    }

    /// Paths of all regular files of `commit`, in their order.
    pub(crate) async fn list(&self, commit: &str) -> Result<Vec<(String, Blob)>, ScmError> {
        let output = self.local(&["ls-tree", "-r", "-z", "--long", commit], "").await?.checked(self.repository)?;
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.split_terminator('\0').filter_map(entry).collect())
    }

    /// The bytes of many files, in the order of `blobs`.
    pub(crate) async fn read_all(&self, blobs: &[Blob]) -> Result<Vec<Vec<u8>>, ScmError> {
        let mut contents = Vec::with_capacity(blobs.len());
        for chunk in blobs.chunks(IDS_AT_A_TIME) {
            let ids: String = chunk.iter().flat_map(|blob| [blob.id.as_str(), "\n"]).collect();
            let output = self.local(&["cat-file", "--batch"], &ids).await?.checked(self.repository)?;
            contents.extend(contents_of(&output.stdout, chunk).ok_or_else(|| ScmError::Refused {
                repository: self.repository.to_string(),
                detail: "its objects cannot be read".to_owned(),
            })?);
        }
        Ok(contents)
    }

    /// The bytes of a file.
    pub(crate) async fn read(&self, blob: &Blob) -> Result<Vec<u8>, ScmError> {
        Ok(self.local(&["cat-file", "blob", &blob.id], "").await?.checked(self.repository)?.stdout)
    }

    async fn local(&self, arguments: &[&str], input: &str) -> Result<Output, ScmError> {
        self.git.local(self.repository, self.folder.path(), arguments, input).await
    }
}

/// `100644 blob ID SIZE\tPATH`; links, folders of other repositories and paths that are no text are passed over.
fn entry(line: &str) -> Option<(String, Blob)> {
    let (about, path) = line.split_once('\t')?;
    let mut words = about.split_ascii_whitespace();
    let (mode, kind, id, bytes) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let regular = mode.starts_with("100") && kind == "blob" && !path.contains('\u{fffd}');
    regular.then_some((path.to_owned(), Blob { id: id.to_owned(), bytes: bytes.parse().ok()? }))
}

/// Of each file a line with its id, kind and size, its bytes, and a line end.
fn contents_of(mut output: &[u8], blobs: &[Blob]) -> Option<Vec<Vec<u8>>> {
    let mut contents = Vec::with_capacity(blobs.len());
    for blob in blobs {
        let start = output.iter().position(|byte| *byte == b'\n')? + 1;
        let end = start.checked_add(usize::try_from(blob.bytes).ok()?)?;
        contents.push(output.get(start..end)?.to_vec());
        output = output.get(end + 1..)?;
    }
    Some(contents)
}

impl Output {
    /// Fails unless git was content.
    fn checked(self, repository: &Repository) -> Result<Self, ScmError> {
        if self.success { Ok(self) } else { Err(crate::diagnosis::diagnose(&self.stderr, repository)) }
    }
}
