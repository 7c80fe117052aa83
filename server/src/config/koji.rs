//! Koji. The options are read and checked; they get a struct with the builder that uses them.
//!
//! Options: `KOJI_*`, `KRB_KEYTAB`, `KRB_PRINCIPAL`, `KRB_CCACHE`.

use super::option::{Definition, Group, Kind};

pub(super) const GROUP: Group = Group { title: "Koji", options: OPTIONS };

const OPTIONS: &[Definition] = &[
    Definition::new(
        "KOJI_CONFIG",
        Kind::Path,
        "/etc/module-build-service/koji.conf",
        "Configuration file of Koji's clients.",
    ),
    Definition::new("KOJI_PROFILE", Kind::Text, "koji", "Section of `KOJI_CONFIG`."),
    Definition::new(
        "KOJI_BUILD_PRIORITY",
        Kind::Int(i64::MIN, i64::MAX),
        "10",
        "Priority of the builds of components.",
    ),
    Definition::new(
        "KOJI_REPOSITORY_URL",
        Kind::Text,
        "https://kojipkgs.fedoraproject.org/repos",
        "Where Koji's repositories are.",
    ),
    Definition::new("KOJI_BUILD_MACROS_TARGET", Kind::Text, "", "Target that `module-build-macros` is built in."),
    Definition::new(
        "KOJI_TAG_PREFIXES",
        Kind::List,
        "[module, scrmod]",
        "Beginnings of the names of tags that the service may work on.",
    ),
    Definition::new("KOJI_TAG_PERMISSION", Kind::Text, "admin", "Permission that new tags require."),
    Definition::new(
        "KOJI_TAG_EXTRA_OPTS",
        Kind::Map,
        "{mock.package_manager: dnf, repo_include_all: true, mock.new_chroot: 0, mock.yum.module_hotfixes: 1}",
        "Extra settings of new tags.",
    ),
    Definition::new(
        "KOJI_TARGET_DELETE_TIME",
        Kind::Int(0, i64::MAX),
        "86400",
        "Seconds after which the target of a finished module is deleted.",
    ),
    Definition::new(
        "KOJI_ENABLE_CONTENT_GENERATOR",
        Kind::Bool,
        "true",
        "Finished modules are imported as builds of their own.",
    ),
    Definition::new("KOJI_CG_TAG_BUILD", Kind::Bool, "true", "Imported modules are tagged."),
    Definition::new("KOJI_CG_DEVEL_MODULE", Kind::Bool, "true", "The `-devel` module is imported as well."),
    Definition::new(
        "KOJI_CG_BUILD_TAG_TEMPLATE",
        Kind::Text,
        "{}-modular-updates-candidate",
        "Tag of imported modules; `{}` is the stream of the base module.",
    ),
    Definition::new(
        "KOJI_CG_DEFAULT_BUILD_TAG",
        Kind::Text,
        "modular-updates-candidate",
        "Tag of imported modules where the former does not exist.",
    ),
    Definition::new(
        "KOJI_EXTERNAL_REPO_URL_PREFIX",
        Kind::Text,
        "https://kojipkgs.fedoraproject.org/",
        "Beginning of the addresses of a base module's external repositories.",
    ),
    Definition::new("KRB_KEYTAB", Kind::OptionalText, "null", "Keytab to log in to Koji with."),
    Definition::new("KRB_PRINCIPAL", Kind::OptionalText, "null", "Principal to log in to Koji with."),
    Definition::new("KRB_CCACHE", Kind::OptionalText, "KEYRING:thread:mbs", "Where Kerberos tickets are kept."),
];
