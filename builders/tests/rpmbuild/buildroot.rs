//! Repositories of a module build: what later builds see.

use builders::{Builder, BuilderError, Dependency, Source};
use modulemd::Nsvc;

use crate::fixture::{Place, TRIVIAL, module, module_with};

fn dependency(name: &str, filtered: &[&str]) -> Dependency {
    Dependency {
        nsvc: Nsvc::new(name, "1.10", "20180205135154", "9c690d0e"),
        tag: Some(format!("module-{name}-1.10-20180205135154-9c690d0e")),
        filtered_rpms: filtered.iter().map(|one| (*one).to_owned()).collect(),
        base: false,
    }
}

fn platform() -> Dependency {
    Dependency { tag: None, base: true, ..dependency("platform", &[]) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dependency_that_was_not_built_here_is_named() {
    let place = Place::new();
    let module = module_with("needy", &[], |_| {}, vec![platform(), dependency("missing", &[])]);
    let error = place.builder.prepare_buildroot(&module).await.unwrap_err();
    assert!(
        matches!(&error, BuilderError::Impossible(text) if text.contains("missing:1.10:20180205135154:9c690d0e")),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_of_dependencies_are_installed_except_filtered_ones() {
    let place = Place::new();
    let lower = module("lower", &["seen", "unseen"]);
    place.builder.prepare_buildroot(&lower).await.unwrap();
    let seen = place.built(&lower, "seen", place.spec("seen", TRIVIAL), 0).await;
    let unseen = place.built(&lower, "unseen", place.spec("unseen", TRIVIAL), 0).await;
    place.builder.finalize(&lower, &[seen, unseen]).await.unwrap();

    let upper = module_with("upper", &["a"], |_| {}, vec![platform(), dependency("lower", &["unseen-1.0-1"])]);
    place.builder.prepare_buildroot(&upper).await.unwrap();
    let macros = place.built(&upper, "module-build-macros", Source::BuildMacros, 0).await;
    place.regenerate(&upper, 1, &[&macros]).await;
    let body = "BuildRequires: seen\n%description\n%build\ncat /usr/share/seen.txt\ntest ! -e /usr/share/unseen.txt\nrpm -q --conflicts module-build-macros\n! rpm -q unseen\n%files\n";
    let spec = crate::fixture::spec("a", body).replace("%description\nA test.\n", "");
    place.built(&upper, "a", place.git("a", &[("a.spec", &spec)]), 1).await;
    assert!(place.log(&upper, "a").contains("\nunseen = 1.0-1\n"), "{}", place.log(&upper, "a"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_can_be_made_again_and_from_any_state() {
    let place = Place::new();
    let module = module("again", &["a", "b"]);
    place.builder.prepare_buildroot(&module).await.unwrap();
    let a = place.built(&module, "a", place.spec("a", TRIVIAL), 0).await;
    let b = place.built(&module, "b", place.spec("b", TRIVIAL), 0).await;
    place.regenerate(&module, 1, &[&a]).await;
    place.regenerate(&module, 1, &[&a]).await;
    // Not asked for in order, and with other components than before.
    place.regenerate(&module, 7, &[&b, &a]).await;
    place.regenerate(&module, 1, &[&b]).await;
    place.builder.prepare_buildroot(&module).await.unwrap();
    let show = |number: i32| {
        let name = format!("show{number}");
        let source = place.spec(&name, "%build\ncd /usr/share; for name in a b; do if [ -e $name.txt ]; then rpm -q $name; fi; done\necho end\n%files\n");
        let (place, module) = (&place, &module);
        async move {
            place.built(module, &name, source, number).await;
            let log = place.log(module, &name);
            log.lines()
                .filter(|line| line.ends_with(".noarch") && !line.contains(' '))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(show(0).await, Vec::<String>::new());
    assert_eq!(show(1).await, ["b-1.0-1.noarch"]);
    assert_eq!(show(7).await, ["a-1.0-1.noarch", "b-1.0-1.noarch"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn components_of_other_builds_are_reused() {
    let place = Place::new();
    let old = module("old", &["a"]);
    place.builder.prepare_buildroot(&old).await.unwrap();
    let mut a = place.built(&old, "a", place.spec("a", TRIVIAL), 0).await;
    a.reused_from = Some(old.tag.clone());
    let new = module("new", &["a", "b"]);
    let mut gone = a.clone();
    gone.attempt = 7;
    let mut strange = a.clone();
    strange.reused_from = Some("../old".to_owned());
    assert_eq!(place.builder.kept(&[a.clone(), gone, strange]).await.unwrap(), [true, false, false]);
    place.builder.prepare_buildroot(&new).await.unwrap();
    place.regenerate(&new, 1, &[&a]).await;
    place.built(&new, "b", place.spec("b", "%build\ncat /usr/share/a.txt\n%files\n"), 1).await;
    place.builder.finalize(&new, &[a]).await.unwrap();
    assert!(place.listing(&new, "repo").contains(&"a-1.0-1.noarch.rpm".to_owned()));
    let all = place.builder.built_rpms(&new.tag).await.unwrap();
    assert_eq!(all.iter().filter(|rpm| rpm.file == "a-1.0-1.noarch.rpm").count(), 1, "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_repositories_than_can_be_stacked() {
    let place = Place::new();
    let module = module("many", &["a", "b"]);
    place.builder.prepare_buildroot(&module).await.unwrap();
    let a = place.built(&module, "a", place.spec("a", TRIVIAL), 0).await;
    let b = place.built(&module, "b", place.spec("b", TRIVIAL), 0).await;
    place.regenerate(&module, 1, &[&a]).await;
    for number in 2..=103 {
        place.regenerate(&module, number, &[&a, &b]).await;
    }
    place
        .built(
            &module,
            "c",
            place.spec("c", "%build\ncat /usr/share/a.txt /usr/share/b.txt\nrpm -q a b\n%files\n"),
            103,
        )
        .await;
    place
        .built(&module, "d", place.spec("d", "%build\ncat /usr/share/a.txt /usr/share/b.txt\nrpm -q a b\n%files\n"), 99)
        .await;
}
