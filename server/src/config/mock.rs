//! mock and local builds. The options are read and checked; they get a struct with the builder that uses them.
//!
//! Options: `MOCK_*`, `DISTGITS`, `YUM_CONFIG_FILE`, `DEFAULT_BUILDROOT_PACKAGES`, `DEFAULT_SRPM_BUILDROOT_PACKAGES`,
//! `DNF_MINRATE`, `DNF_TIMEOUT`.

use super::option::{Definition, Group, Kind};

pub(super) const GROUP: Group = Group { title: "mock", options: OPTIONS };

const OPTIONS: &[Definition] = &[
    Definition::new(
        "MOCK_CONFIG",
        Kind::Text,
        "fedora-25-x86_64",
        "Name of the configuration of mock that ours is made from.",
    ),
    Definition::new(
        "MOCK_CONFIG_FILE",
        Kind::List,
        "[/etc/module-build-service/mock.cfg, conf/mock.cfg]",
        "Templates for the configuration of mock; the first that exists is used.",
    ),
    Definition::new(
        "MOCK_BUILD_SRPM_CMD",
        Kind::Text,
        "fedpkg --release f26 srpm",
        "Command that makes a source package in a component's repository.",
    ),
    Definition::new("MOCK_RESULTSDIR", Kind::Path, "~/modulebuild/builds", "Folder of the results of mock."),
    Definition::new(
        "MOCK_PURGE_USELESS_LOGS",
        Kind::Bool,
        "true",
        "Empty logs and those that say nothing are removed.",
    ),
    Definition::new(
        "DISTGITS",
        Kind::Map,
        "{'https://src.fedoraproject.org': ['fedpkg clone --anonymous {}', fedpkg --release module sources], 'file://': ['git clone {repo_path}', null]}",
        "Commands that clone a component's repository and fetch its sources, by the beginning of its address.",
    ),
    Definition::new(
        "YUM_CONFIG_FILE",
        Kind::List,
        "[/etc/module-build-service/yum.conf, conf/yum.conf]",
        "Templates for the configuration of yum; the first that exists is used.",
    ),
    Definition::new(
        "DEFAULT_BUILDROOT_PACKAGES",
        Kind::List,
        "[bash, bzip2, coreutils, cpio, diffutils, findutils, gawk, gcc, gcc-c++, grep, gzip, info, make, patch, fedora-release, redhat-rpm-config, rpm-build, sed, shadow-utils, tar, unzip, util-linux, which, xz]",
        "Packages in the buildroot of offline builds.",
    ),
    Definition::new(
        "DEFAULT_SRPM_BUILDROOT_PACKAGES",
        Kind::List,
        "[bash, gnupg2, fedora-release, redhat-rpm-config, fedpkg-minimal, rpm-build, shadow-utils]",
        "Packages in the buildroot of source packages of offline builds.",
    ),
    Definition::new(
        "DNF_MINRATE",
        Kind::Int(0, i64::MAX),
        "102400",
        "Bytes a second below which dnf gives a repository up.",
    ),
    Definition::new("DNF_TIMEOUT", Kind::Int(0, i64::MAX), "30", "Seconds after which dnf gives a repository up."),
];
