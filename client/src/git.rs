//! The git repository of the current folder: what to submit when the command line does not say.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::failure::Failure;

/// What the current folder has checked out.
#[derive(Debug)]
pub struct Checkout {
    /// Its remote as the service can fetch it, with the checked out commit: `https://host/path?#commit`.
    pub scmurl: String,
    /// What the user should know before building it.
    pub remarks: Vec<String>,
}

/// The SCM URL of the current folder.
pub async fn checkout() -> Result<Checkout, Failure> {
    let top = git(&["rev-parse", "--show-toplevel"]).await.map(PathBuf::from).map_err(|why| {
        Failure::Usage(format!(
            "this folder is not in a git repository ({why}); name what to build: mbs-build submit SCMURL BRANCH, or --file FILE"
        ))
    })?;
    let commit = git(&["rev-parse", "--verify", "HEAD"])
        .await
        .map_err(|_| Failure::Usage("the git repository of this folder has no commit yet".into()))?;
    let remote = remote().await;
    let url = git(&["remote", "get-url", &remote]).await.map_err(|_| {
        Failure::Usage(format!(
            "the git repository of this folder has no remote \"{remote}\"; give the address with --scm-url"
        ))
    })?;
    Ok(Checkout { scmurl: format!("{}?#{commit}", fetchable(&url, &top)?), remarks: remarks(&commit).await })
}

/// The branch that the current folder has checked out.
pub async fn branch() -> Result<String, Failure> {
    git(&["symbolic-ref", "--quiet", "--short", "HEAD"])
        .await
        .map_err(|_| Failure::Usage("no branch is checked out in this folder; give it with --branch".into()))
}

/// The remote that the branch follows, `origin` if it follows none.
async fn remote() -> String {
    let Ok(branch) = branch().await else {
        return "origin".into();
    };
    match git(&["config", "--get", &format!("branch.{branch}.remote")]).await {
        // "." means that it follows another local branch.
        Ok(remote) if !remote.is_empty() && remote != "." => remote,
        _ => "origin".into(),
    }
}

async fn remarks(commit: &str) -> Vec<String> {
    let mut remarks = Vec::new();
    if git(&["status", "--porcelain", "--untracked-files=no"]).await.is_ok_and(|changes| !changes.is_empty()) {
        remarks.push("changes that are not committed will not be built".to_owned());
    }
    if git(&["branch", "--remotes", "--contains", commit]).await.is_ok_and(|branches| branches.is_empty()) {
        let short = commit.get(..12).unwrap_or(commit);
        remarks.push(format!(
            "commit {short} is on no remote branch known here; the service will not find it before \"git push\""
        ));
    }
    remarks
}

/// A remote as the service can fetch it: a URL. git also takes `user@host:path` and plain paths.
fn fetchable(remote: &str, top: &Path) -> Result<String, Failure> {
    let remote = remote.trim().trim_end_matches('/');
    if let Some((scheme, rest)) = remote.split_once("://") {
        return Ok(format!("{scheme}://{}", without_password(scheme, rest)));
    }
    if let Some((host, path)) = remote.split_once(':')
        && !host.contains('/')
    {
        return Ok(format!("ssh://{host}/{}", path.trim_start_matches('/')));
    }
    let path = top.join(remote);
    let path =
        path.canonicalize().map_err(|error| Failure::Usage(format!("the remote {}: {error}", path.display())))?;
    Ok(format!("file://{}", path.display()))
}

/// Whatever secret the checkout's address holds must not end up in the build's record.
fn without_password(scheme: &str, rest: &str) -> String {
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let Some((user, host)) = authority.rsplit_once('@') else {
        return rest.to_owned();
    };
    let user = user.split(':').next().unwrap_or_default();
    if scheme.ends_with("ssh") { format!("{user}@{host}{path}") } else { format!("{host}{path}") }
}

/// The output of a git command without white space around it; git's own words if it fails.
async fn git(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .args(arguments)
        .env("LC_ALL", "C")
        .output()
        .await
        .map_err(|error| format!("cannot run git: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(words.lines().last().unwrap_or("git failed").trim_start_matches("fatal: ").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_become_urls() {
        for (remote, expected) in [
            ("https://src.example.com/modules/nodejs.git/", "https://src.example.com/modules/nodejs.git"),
            ("https://alice:secret@src.example.com/modules/nodejs", "https://src.example.com/modules/nodejs"),
            ("https://token@src.example.com/a@b", "https://src.example.com/a@b"),
            ("ssh://alice@src.example.com:22/modules/nodejs", "ssh://alice@src.example.com:22/modules/nodejs"),
            ("git@src.example.com:modules/nodejs.git", "ssh://git@src.example.com/modules/nodejs.git"),
            ("git+ssh://alice:x@h/m", "git+ssh://alice@h/m"),
            ("file:///srv/git/nodejs", "file:///srv/git/nodejs"),
            ("/", "file:///"),
        ] {
            let top = Path::new("/");
            assert_eq!(
                fetchable(remote, top).unwrap().trim_end_matches('/'),
                expected.trim_end_matches('/'),
                "{remote}"
            );
        }
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().canonicalize().unwrap();
        std::fs::create_dir(top.join("checkout")).unwrap();
        assert_eq!(
            fetchable("../checkout", &top.join("checkout")).unwrap(),
            format!("file://{}/checkout", top.display())
        );
        assert!(matches!(fetchable("../nowhere", &top), Err(Failure::Usage(_))));
    }
}
