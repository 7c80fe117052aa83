//! Turning references into commits in real repositories.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod common;

use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{Daemon, Tree, client, git, module};
use scm::{Blame, ScmError};

#[tokio::test]
async fn a_branch_is_its_newest_commit() {
    let (tree, _, newer, aside) = module();
    assert_eq!(client().latest_commit(&tree.address(), "master").await.unwrap(), newer);
    assert_eq!(client().latest_commit(&tree.address(), "other").await.unwrap(), aside);
}

#[tokio::test]
async fn a_branch_wins_over_names_that_end_like_it() {
    let (tree, older, newer, _) = module();
    git(&tree.path, &["branch", "a/refs/heads/master", &older]);
    assert_eq!(client().latest_commit(&tree.address(), "master").await.unwrap(), newer);
}

#[tokio::test]
async fn commits_and_tags_are_looked_up() {
    let (tree, older, newer, aside) = module();
    git(&tree.path, &["tag", "-a", "-m", "x", "v1", &older]);
    let daemon = Daemon::start(tree.root.path());
    for address in [tree.address(), daemon.address("testmodule")] {
        for (reference, commit) in
            [("v1", &older), (&older, &older), (&older[..8], &older), (&newer, &newer), (&aside, &aside)]
        {
            assert_eq!(&client().latest_commit(&address, reference).await.unwrap(), commit, "{reference}");
        }
    }
}

#[tokio::test]
async fn unknown_references_are_errors() {
    let (tree, ..) = module();
    let file = git(&tree.path, &["rev-parse", "HEAD:testmodule.yaml"]);
    for reference in ["nope", &"0".repeat(40), "0000000", "HEAD", &file] {
        let error = client().latest_commit(&tree.address(), reference).await.unwrap_err();
        assert!(matches!(error, ScmError::NoReference { .. }), "{reference}: {error}");
        assert_eq!(error.blame(), Blame::Missing);
    }
    for (address, reference) in [("ext::sh -c id", "master"), (tree.address().as_str(), "--upload-pack=id")] {
        let error = client().latest_commit(address, reference).await.unwrap_err();
        assert_eq!(error.blame(), Blame::Invalid, "{error}");
    }
}

#[tokio::test]
async fn many_at_once_in_the_order_asked() {
    let trees: Vec<Tree> = (0..6).map(|n| Tree::new(&format!("package{n}"))).collect();
    let commits: Vec<String> = trees.iter().map(|tree| tree.commit("x.spec", &tree.address())).collect();
    let wanted = trees.iter().chain(trees.iter().rev()).map(|tree| (tree.address(), "master".to_owned())).collect();
    let answers: Result<Vec<_>, _> = client().latest_commits(wanted, 3).await.into_iter().collect();
    let expected: Vec<String> = commits.iter().chain(commits.iter().rev()).cloned().collect();
    assert_eq!(answers.unwrap(), expected);
}

#[tokio::test]
async fn every_pair_is_looked_up_once() {
    let (count, port) = (Arc::new(AtomicUsize::new(0)), TcpListener::bind("127.0.0.1:0").unwrap());
    let address = format!("git://{}/x", port.local_addr().unwrap());
    let seen = Arc::clone(&count);
    std::thread::spawn(move || {
        for _connection in port.incoming() {
            seen.fetch_add(1, Ordering::SeqCst);
        }
    });
    let git = scm::Git::new(scm::Settings { retries: 0, ..common::settings() }).unwrap();
    let wanted = vec![(address.clone(), "a".to_owned()), (address.clone(), "b".to_owned()), (address, "a".to_owned())];
    let answers = git.latest_commits(wanted, 20).await;
    assert!(answers.iter().all(|answer| answer.as_ref().is_err_and(ScmError::is_temporary)), "{answers:?}");
    assert_eq!((answers.len(), count.load(Ordering::SeqCst)), (3, 2));
}

#[tokio::test]
async fn all_errors_are_reported_together() {
    let (tree, ..) = module();
    let gone = format!("file://{}/gone", tree.root.path().display());
    let wanted = vec![
        (tree.address(), "master".to_owned()),
        (tree.address(), "nope".to_owned()),
        (gone, "master".to_owned()),
        ("ext::x".to_owned(), "master".to_owned()),
    ];
    let answers = client().latest_commits(wanted, 0).await;
    assert!(answers[0].is_ok());
    assert!(matches!(answers[1], Err(ScmError::NoReference { .. })));
    assert!(matches!(answers[2], Err(ScmError::NoRepository { .. })));
    assert!(matches!(answers[3], Err(ScmError::BadAddress { .. })));
}

#[tokio::test]
async fn a_repository_of_another_user() {
    let (tree, _, newer, _) = module();
    let owner = std::fs::metadata(&tree.path).unwrap().uid();
    // Only root can give files away; for others there is nothing to see here.
    if owner == 0 {
        for folder in [tree.path.clone(), tree.path.join(".git")] {
            std::os::unix::fs::chown(folder, Some(65534), None).unwrap();
        }
    }
    assert_eq!(client().latest_commit(&tree.address(), "master").await.unwrap(), newer);
}
