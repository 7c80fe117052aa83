//! A module from its macros to its last component.

use builders::{Builder, Outcome, TaskState};

use crate::fixture::{Place, TRIVIAL, module, module_with, request};

const LIBRARY: &str = "Name: libfoo
Version: 1.0
Release: 1%{?dist}
Summary: A library
License: LGPL-2.1-or-later
BuildRequires: gcc
%description
A library.
%package devel
Summary: Its headers
Requires: libfoo = %{version}-%{release}
%description devel
Headers.
%prep
%build
gcc -shared -fPIC -Wl,-soname,libfoo.so.1 -o libfoo.so.1 %{SOURCE0}
%install
install -D -m 755 libfoo.so.1 %{buildroot}%{_libdir}/libfoo.so.1
ln -s libfoo.so.1 %{buildroot}%{_libdir}/libfoo.so
install -D -m 644 %{SOURCE1} %{buildroot}%{_includedir}/foo.h
%files
%{_libdir}/libfoo.so.1
%files devel
%{_libdir}/libfoo.so
%{_includedir}/foo.h
";

const PROGRAM: &str = "Name: program
Version: 2.0
Release: 1%{?dist}
Summary: A program
License: GPL-3.0-or-later
BuildRequires: gcc
BuildRequires: libfoo-devel >= 1.0
%description
A program.
%prep
%build
gcc -o program %{SOURCE0} -L%{_libdir} -lfoo
%install
install -D -m 755 program %{buildroot}%{_bindir}/program
%check
./program | grep -x 'foo 42'
rpm -q libfoo libfoo-devel module-build-macros
%files
%{_bindir}/program
";

fn library(place: &Place) -> builders::Source {
    let spec = LIBRARY.replacen("License", "Source0: foo.c\nSource1: foo.h\nLicense", 1);
    place.git(
        "libfoo",
        &[("libfoo.spec", &spec), ("foo.c", "int foo(void) { return 42; }\n"), ("foo.h", "int foo(void);\n")],
    )
}

fn program(place: &Place) -> builders::Source {
    let spec = PROGRAM.replacen("License", "Source0: main.c\nLicense", 1);
    let main = "#include <foo.h>\n#include <stdio.h>\nint main(void) { printf(\"foo %d\\n\", foo()); return 0; }\n";
    place.git("program", &[("program.spec", &spec), ("main.c", main)])
}

#[tokio::test(flavor = "multi_thread")]
async fn later_components_use_what_earlier_ones_made() {
    let place = Place::new();
    place.builder.preflight().await.unwrap();
    let module = module_with(
        "chain",
        &["libfoo", "program"],
        |document| document.buildopts.rpm_macros = Some("%my_answer 42\n".into()),
        Vec::new(),
    );
    place.builder.prepare_buildroot(&module).await.unwrap();
    let macros = place.built(&module, "module-build-macros", builders::Source::BuildMacros, 0).await;
    assert_eq!(macros.nvr, "module-build-macros-0.1-1.module_f28+42+9c690d0e");
    place.regenerate(&module, 1, &[&macros]).await;

    let library = place.built(&module, "libfoo", library(&place), 1).await;
    assert_eq!(library.nvr, "libfoo-1.0-1.module_f28+42+9c690d0e");
    place.regenerate(&module, 2, &[&macros, &library]).await;

    let program = place.built(&module, "program", program(&place), 2).await;
    assert_eq!(program.nvr, "program-2.0-1.module_f28+42+9c690d0e");
    assert!(place.log(&module, "program").contains("Executing(%check)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_in_the_repository_is_not_there() {
    let place = Place::new();
    let module = module("early", &["libfoo", "program"]);
    place.builder.prepare_buildroot(&module).await.unwrap();
    place.built(&module, "libfoo", library(&place), 0).await;
    let Outcome::Failed(failure) = place.build(&module, "program", program(&place), 0).await else {
        panic!("it was built")
    };
    assert_eq!(failure.kind, builders::FailureKind::Dependency);
    let expected = "program needs libfoo-devel >= 1.0, which component libfoo of this module makes, but that is not in the buildroot yet";
    assert!(failure.message.starts_with(expected), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn macros_say_which_module_is_built() {
    let place = Place::new();
    let module = module_with(
        "macros",
        &["user"],
        |document| document.buildopts.rpm_macros = Some("%my_answer 42\n%_with_tests 1".into()),
        Vec::new(),
    );
    place.builder.prepare_buildroot(&module).await.unwrap();
    let macros = place.built(&module, "module-build-macros", builders::Source::BuildMacros, 0).await;
    place.regenerate(&module, 1, &[&macros]).await;
    let body = "%build\necho 'got %{_module_build} %{_module_name} %{_module_stream} %{_module_version} %{_module_context} %{my_answer} %{dist}'\n";
    let source = place.spec("user", &format!("{body}%files\n"));
    place.built(&module, "user", source, 1).await;
    let log = place.log(&module, "user");
    assert!(log.contains("got 1 macros 1.10 20180205135154 9c690d0e 42 .module_f28+42+9c690d0e"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_attempt_is_found_and_never_built_again() {
    let place = Place::new();
    let module = module("once", &["a"]);
    place.builder.prepare_buildroot(&module).await.unwrap();
    let request = request(&module, "a", place.spec("a", TRIVIAL), 0);
    assert_eq!(place.builder.find_task(&request).await.unwrap(), None);
    let first = place.try_build(&request).await.unwrap();
    assert_eq!(place.builder.find_task(&request).await.unwrap(), Some(TaskState::Finished(first.clone())));
    let results = place.folder.path().join("results").join(&module.tag).join("components/a/0");
    let made = std::fs::metadata(&results).unwrap().modified().unwrap();
    assert_eq!(place.try_build(&request).await.unwrap(), first);
    assert_eq!(std::fs::metadata(&results).unwrap().modified().unwrap(), made);
    assert_eq!(
        place.listing(&module, "components/a/0"),
        ["a-1.0-1.noarch.rpm", "a-1.0-1.src.rpm", "build.log", "result.json"]
    );
    // A new attempt is a new build.
    let again = builders::ComponentRequest { attempt: 1, ..request };
    assert_eq!(place.builder.find_task(&again).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_workers_at_once_one_builds_and_both_get_the_result() {
    let place = Place::new();
    let module = module("twice", &["a"]);
    place.builder.prepare_buildroot(&module).await.unwrap();
    let request = request(&module, "a", place.spec("a", TRIVIAL), 0);
    let (one, other) = tokio::join!(place.try_build(&request), place.try_build(&request));
    assert_eq!(one.unwrap(), other.unwrap());
    assert_eq!(place.listing(&module, "components/a"), ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_of_other_architectures_is_its_source_package() {
    let place = Place::new();
    let module = module("arches", &["a"]);
    place.builder.prepare_buildroot(&module).await.unwrap();
    let request = builders::ComponentRequest {
        arches: vec!["s390x".into()],
        ..request(&module, "a", place.spec("a", TRIVIAL), 0)
    };
    let Outcome::Complete { nvr, rpms } = place.try_build(&request).await.unwrap() else { panic!("not complete") };
    assert_eq!((nvr.as_str(), rpms.len()), ("a-1.0-1", 1));
    assert_eq!(rpms[0].nevra, "a-0:1.0-1.src");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_of_other_architectures_is_refused_at_once() {
    let place = Place::new();
    let module =
        module_with("foreign", &["a"], |document| document.buildopts.arches = ["s390x".to_owned()].into(), Vec::new());
    let error = place.builder.prepare_buildroot(&module).await.unwrap_err().to_string();
    let arch = place.builder.arch().await.unwrap();
    assert_eq!(
        error,
        format!("foreign:1.10:20180205135154:9c690d0e is built for s390x only, but this builder builds for {arch}")
    );
}
