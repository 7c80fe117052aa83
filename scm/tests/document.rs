//! Fetching module documents from real repositories.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod common;

use common::{DOCUMENT, Daemon, Tree, client, git, module};
use scm::{Blame, Membership, ScmError, ScmUrl};

#[tokio::test]
async fn the_newest_commit_of_a_branch() {
    let (tree, _, newer, _) = module();
    for revision in [newer.as_str(), "master", &newer[..8]] {
        let fetched = client().fetch_modulemd(&tree.url(revision), "master", Membership::Required).await.unwrap();
        assert_eq!(fetched.text, DOCUMENT.as_bytes());
        assert_eq!((fetched.name.as_str(), fetched.stream.as_str()), ("testmodule", "master"));
        assert_eq!((fetched.commit, fetched.version), (newer.clone(), 20_190_401_120_000));
    }
}

#[tokio::test]
async fn an_older_commit_of_a_branch() {
    let (tree, older, _, _) = module();
    for revision in [older.as_str(), &older[..7]] {
        let fetched = client().fetch_modulemd(&tree.url(revision), "master", Membership::Required).await.unwrap();
        assert_eq!(fetched.commit, older);
    }
}

#[tokio::test]
async fn a_commit_of_another_branch() {
    let (tree, _, _, aside) = module();
    let error = client().fetch_modulemd(&tree.url(&aside), "master", Membership::Required).await.unwrap_err();
    assert_eq!(error.to_string(), format!("Commit {aside} is not in branch master."));
    assert_eq!(error.blame(), Blame::Invalid);
    let fetched = client().fetch_modulemd(&tree.url(&aside), "master", Membership::NotChecked).await.unwrap();
    assert_eq!(fetched.commit, aside);
}

#[tokio::test]
async fn an_older_commit_without_a_branch() {
    let (tree, older, newer, aside) = module();
    for (revision, commit) in [(older.as_str(), &older), (&older[..9], &older), ("master", &newer), ("other", &aside)] {
        let fetched = client().fetch_modulemd(&tree.url(revision), "master", Membership::NotChecked).await.unwrap();
        assert_eq!(&fetched.commit, commit);
    }
}

#[tokio::test]
async fn a_branch_that_is_gone() {
    let (tree, _, newer, _) = module();
    let error = client().fetch_modulemd(&tree.url(&newer), "f99", Membership::Required).await.unwrap_err();
    assert!(matches!(error, ScmError::NoBranch { .. }), "{error}");
    assert!(error.to_string().starts_with(&format!("Commit {newer} is not in branch f99. There is no such branch")));
}

#[tokio::test]
async fn a_commit_that_nobody_knows() {
    let (tree, ..) = module();
    for revision in ["0".repeat(40).as_str(), "0000000", "nope", "HEAD", "FETCH_HEAD"] {
        for membership in [Membership::Required, Membership::NotChecked] {
            let error = client().fetch_modulemd(&tree.url(revision), "master", membership).await.unwrap_err();
            assert!(matches!(error, ScmError::NoCommit { .. }), "{revision}: {error}");
            assert_eq!(error.blame(), Blame::Missing);
        }
    }
}

#[tokio::test]
async fn a_repository_that_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(folder.path());
    for address in [format!("file://{}/missing.git", folder.path().display()), daemon.address("modules/missing.git")] {
        let url = ScmUrl::parse(&format!("{address}?#abc")).unwrap();
        let error = client().fetch_modulemd(&url, "master", Membership::Required).await.unwrap_err();
        assert!(matches!(error, ScmError::NoRepository { .. }), "{error}");
        assert_eq!(error.blame(), Blame::Missing);
    }
}

#[tokio::test]
async fn an_empty_repository() {
    let tree = Tree::new("testmodule");
    let error = client().fetch_modulemd(&tree.url("master"), "master", Membership::Required).await.unwrap_err();
    assert!(matches!(error, ScmError::NoCommit { .. }), "{error}");
}

#[tokio::test]
async fn a_repository_without_document() {
    let tree = Tree::new("noyaml");
    tree.commit("README", "hi");
    std::fs::create_dir(tree.path.join("noyaml.yaml")).unwrap();
    let commit = tree.commit("noyaml.yaml/file", "a folder, not a file");
    let error = client().fetch_modulemd(&tree.url(&commit), "master", Membership::Required).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("The SCM repository doesn't contain a modulemd file. Couldn't access: noyaml.yaml")
    );
    assert_eq!(error.blame(), Blame::Missing);
}

#[tokio::test]
async fn a_document_that_is_too_big() {
    let tree = Tree::new("big");
    let commit = tree.commit("big.yaml", &"x".repeat(1001));
    let error = client().fetch_modulemd(&tree.url(&commit), "master", Membership::Required).await.unwrap_err();
    assert!(matches!(error, ScmError::DocumentTooBig { bytes: 1001, limit: 1000, .. }), "{error}");
}

#[tokio::test]
async fn a_document_in_a_folder() {
    let tree = Tree::new("nested");
    let commit = tree.commit("a/b/nested.yaml", DOCUMENT);
    let url = ScmUrl::parse(&format!("{}?a/b#{commit}", tree.address())).unwrap();
    let fetched = client().fetch_modulemd(&url, "master", Membership::Required).await.unwrap();
    assert_eq!(fetched.text, DOCUMENT.as_bytes());
}

#[tokio::test]
async fn links_are_followed_inside_the_repository_only() {
    let tree = Tree::new("linked");
    std::fs::create_dir(tree.path.join("real")).unwrap();
    std::fs::write(tree.path.join("real/linked.yaml"), DOCUMENT).unwrap();
    for (target, link) in [("real", "inside"), ("..", "above"), ("/etc", "absolute"), ("circle", "circle")] {
        std::os::unix::fs::symlink(target, tree.path.join(link)).unwrap();
    }
    std::fs::create_dir(tree.path.join("out")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", tree.path.join("out/linked.yaml")).unwrap();
    let commit = tree.commit_all();
    std::fs::write(tree.root.path().join("linked.yaml"), "secret").unwrap();
    let url = |folder: &str| ScmUrl::parse(&format!("{}?{folder}#{commit}", tree.address())).unwrap();
    let fetched = client().fetch_modulemd(&url("inside"), "master", Membership::Required).await.unwrap();
    assert_eq!(fetched.text, DOCUMENT.as_bytes());
    for folder in ["above", "absolute", "circle", "out", "nowhere"] {
        let error = client().fetch_modulemd(&url(folder), "master", Membership::Required).await.unwrap_err();
        assert!(matches!(error, ScmError::NoDocument { .. }), "{folder}: {error}");
    }
}

#[tokio::test]
async fn over_the_git_protocol() {
    let (tree, older, newer, aside) = module();
    let daemon = Daemon::start(tree.root.path());
    let url = |revision: &str| ScmUrl::parse(&format!("{}?#{revision}", daemon.address("testmodule"))).unwrap();
    for commit in [&older, &newer] {
        let fetched = client().fetch_modulemd(&url(commit), "master", Membership::Required).await.unwrap();
        assert_eq!(&fetched.commit, commit);
    }
    let error = client().fetch_modulemd(&url(&aside), "master", Membership::Required).await.unwrap_err();
    assert!(matches!(error, ScmError::NotInBranch { .. }), "{error}");
}

#[tokio::test]
async fn nothing_is_left_behind() {
    let (tree, _, newer, _) = module();
    let work = tempfile::tempdir().unwrap();
    let settings = scm::Settings { work_dir: Some(work.path().join("git")), ..common::settings() };
    let client = scm::Git::new(settings).unwrap();
    client.fetch_modulemd(&tree.url(&newer), "master", Membership::Required).await.unwrap();
    drop(client);
    assert_eq!(std::fs::read_dir(work.path().join("git")).unwrap().count(), 0);
}

#[tokio::test]
async fn submodules_hooks_and_filters_have_no_effect() {
    let (inner, ..) = module();
    let tree = Tree::new("outer");
    let marker = tree.root.path().join("ran");
    tree.commit("outer.yaml", DOCUMENT);
    tree.commit(".gitattributes", "* filter=lfs\n");
    git(&tree.path, &["submodule", "--quiet", "add", &inner.address(), "inner"]);
    let commit = tree.commit_all();
    let hook = tree.path.join(".git/hooks/post-checkout");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, format!("#!/bin/sh\ntouch {}\n", marker.display())).unwrap();
    let fetched = client().fetch_modulemd(&tree.url(&commit), "master", Membership::Required).await.unwrap();
    assert_eq!(fetched.text, DOCUMENT.as_bytes());
    assert!(!marker.exists());
}
