//! The disk of the results folder is full.

use std::path::{Path, PathBuf};
use std::process::Command;

use builders::{Builder, BuilderError, Source};

use crate::fixture::{Place, list, module, request};

/// A small file system that is unmounted again.
struct Small(PathBuf);

impl Small {
    fn mount(folder: &Path) -> Option<Self> {
        std::fs::create_dir_all(folder).unwrap();
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", "size=6M", "small"]).arg(folder).status().unwrap();
        done.success().then(|| Self(folder.to_owned()))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_and_leaves_no_half_results() {
    let outer = tempfile::tempdir().unwrap();
    let Some(small) = Small::mount(&outer.path().join("small")) else {
        eprintln!("not run: only root can mount");
        return;
    };
    // The build has room, its results have not.
    let place = Place::with(|settings| {
        settings.results_dir = small.0.join("results");
        settings.work_dir = outer.path().join("work");
    });
    let module = module("full", &["a"]);
    place.builder.prepare_buildroot(&module).await.unwrap();
    let body = "%install\nmkdir -p %{buildroot}/usr/share\nhead -c 4M /dev/urandom > %{buildroot}/usr/share/a\n%files\n/usr/share/a\n";
    let filler = small.0.join("filler");
    std::fs::write(&filler, vec![0; 3 << 20]).unwrap();
    let request = request(&module, "a", place.spec("a", body), 0);
    let error = place.try_build(&request).await.unwrap_err();
    assert!(
        matches!(&error, BuilderError::Unavailable(text) if text.starts_with("the disk of the builder is full")),
        "{error}"
    );
    assert_eq!(place.builder.find_task(&request).await.unwrap(), None);
    assert_eq!(list(&small.0.join("results").join(&module.tag).join("components/a")), Vec::<String>::new());

    std::fs::remove_file(filler).unwrap();
    assert!(matches!(place.try_build(&request).await, Err(BuilderError::Unavailable(_)) | Ok(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_during_the_build_is_not_the_packagers_fault() {
    let outer = tempfile::tempdir().unwrap();
    let Some(small) = Small::mount(&outer.path().join("small")) else {
        eprintln!("not run: only root can mount");
        return;
    };
    let place = Place::with(|settings| settings.results_dir = small.0.join("results"));
    let place = Place::with(|settings| {
        settings.results_dir = place.folder.path().join("results");
        settings.work_dir = small.0.join("work");
    });
    let module = module("filling", &["a"]);
    place.builder.prepare_buildroot(&module).await.unwrap();
    let source = place.spec("a", "%build\nhead -c 20M /dev/zero > big\n%files\n");
    let error = place.try_build(&request(&module, "a", source, 0)).await.unwrap_err();
    assert!(
        matches!(&error, BuilderError::Unavailable(text) if text.contains("building a could not be finished")),
        "{error}"
    );
    // With room again it is built.
    let fine = place.try_build(&request(&module, "a", Source::BuildMacros, 0)).await;
    assert!(fine.is_ok() || matches!(fine, Err(BuilderError::Unavailable(_))));
}
