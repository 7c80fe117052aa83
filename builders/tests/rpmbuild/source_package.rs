//! Components that are built from a source package.

use std::path::PathBuf;
use std::process::Command;

use builders::{Builder, BuilderError, Source};

use crate::fixture::{Place, TRIVIAL, module, spec};

/// Makes the source package of a component.
fn source_package(place: &Place, name: &str) -> PathBuf {
    let top = place.folder.path().join("top");
    std::fs::create_dir_all(&top).unwrap();
    let file = top.join(format!("{name}.spec"));
    std::fs::write(&file, spec(name, TRIVIAL)).unwrap();
    let mut command = Command::new("rpmbuild");
    command.args(["-bs", "--nodeps", "--define"]).arg(format!("_topdir {}", top.display())).arg(file);
    assert!(command.output().unwrap().status.success());
    std::fs::read_dir(top.join("SRPMS")).unwrap().next().unwrap().unwrap().path()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_named_and_built() {
    let place = Place::new();
    let path = source_package(&place, "packed").display().to_string();
    assert_eq!(place.builder.source_package(&path).await.unwrap(), "packed");
    assert_eq!(place.builder.source_package(&format!("file://{path}")).await.unwrap(), "packed");
    let module = module("from-source-package", &["packed"]);
    place.builder.prepare_buildroot(&module).await.unwrap();
    let built = place.built(&module, "packed", Source::Srpm { location: path.clone() }, 0).await;
    assert!(built.nvr.starts_with("packed-"), "{}", built.nvr);

    // What it made is a binary package, which is no source.
    let components = place.listing(&module, "components/packed/0");
    let binary = components.iter().find(|name| !name.contains(".src.") && has_extension(name, "rpm")).unwrap();
    let binary = place.folder.path().join("results").join(&module.tag).join("components/packed/0").join(binary);
    for (location, words) in [
        (binary.display().to_string(), "is no source package"),
        ("/etc/passwd".to_owned(), "is no source package"),
        ("/dev/zero".to_owned(), "does not exist"),
        ("/nowhere".to_owned(), "does not exist"),
        (String::new(), "has to be an absolute path"),
    ] {
        let error = place.builder.source_package(&location).await.unwrap_err();
        assert!(matches!(&error, BuilderError::Impossible(text) if text.contains(words)), "{location}: {error}");
    }
}

fn has_extension(name: &str, extension: &str) -> bool {
    std::path::Path::new(name).extension().is_some_and(|found| found == extension)
}
