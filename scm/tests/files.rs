//! Reading the files of a branch of a real repository.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod common;

use common::{Tree, client, git};
use scm::{Blame, ScmError};

#[tokio::test]
async fn wanted_files_in_order() {
    let tree = Tree::new("defaults");
    for number in 0..150 {
        std::fs::write(tree.path.join(format!("m{number:03}.yaml")), format!("text {number}\n")).unwrap();
    }
    std::os::unix::fs::symlink("/etc/passwd", tree.path.join("link.yaml")).unwrap();
    tree.commit("overrides/deep.yaml", "over\0ride");
    tree.commit("README", "not wanted");
    let wanted = |path: &str| path.rsplit_once('.').is_some_and(|(_, end)| end == "yaml");
    let files = client().files(&tree.address(), "master", wanted).await.unwrap().unwrap();
    assert_eq!(files.len(), 151, "no link");
    assert!(files.is_sorted_by(|a, b| a.path < b.path));
    assert_eq!((files[7].path.as_str(), files[7].content.as_slice()), ("m007.yaml", &b"text 7\n"[..]));
    assert_eq!(files[150].content, b"over\0ride");
}

#[tokio::test]
async fn a_branch_that_is_not_there_is_no_error() {
    let tree = Tree::new("defaults");
    tree.commit("a.yaml", "a");
    git(&tree.path, &["tag", "v1"]);
    for missing in ["f28", "v1"] {
        assert_eq!(client().files(&tree.address(), missing, |_| true).await, Ok(None), "{missing}");
    }
    let gone = format!("file://{}/gone", tree.root.path().display());
    let error = client().files(&gone, "master", |_| true).await.unwrap_err();
    assert!(matches!(error, ScmError::NoRepository { .. }), "{error}");
    for (address, branch) in [("ext::sh -c id", "master"), (tree.address().as_str(), "-x")] {
        assert_eq!(client().files(address, branch, |_| true).await.unwrap_err().blame(), Blame::Invalid);
    }
}

#[tokio::test]
async fn a_file_over_the_limit_is_refused() {
    let tree = Tree::new("defaults");
    tree.commit("big.yaml", &"x".repeat(1001));
    let error = client().files(&tree.address(), "master", |_| true).await.unwrap_err();
    assert!(matches!(error, ScmError::DocumentTooBig { bytes: 1001, .. }), "{error}");
    assert_eq!(client().files(&tree.address(), "master", |path| path != "big.yaml").await, Ok(Some(Vec::new())));
}
