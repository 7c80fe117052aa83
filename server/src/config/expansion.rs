//! Base modules, streams, and how one submission becomes builds.
//!
//! Options: `RESOLVER`, `MBS_URL`, `BASE_MODULE_NAMES`, `BASE_MODULE_ARCHES`, `BASE_MODULE_STREAM_EXCLUSIONS`,
//! `ALLOW_ONLY_COMPATIBLE_BASE_MODULES`, `MAX_STREAM_COMBINATIONS`, `STREAM_SUFFIXES`, `BR_STREAM_OVERRIDE_MODULE`, `BR_STREAM_OVERRIDE_REGEXES`,
//! `ALLOWED_PRIVILEGED_MODULE_NAMES`, `DEFAULT_DIST_TAG_PREFIX`, `DEFAULT_MODULES_SCM_URL`, `USES_RAWHIDE`, `RAWHIDE_BRANCH`,
//! `PRODUCT_PAGES_URL`, `PRODUCT_PAGES_MODULE_STREAMS`, `PRODUCT_PAGES_SCHEDULE_TASK_NAME`,
//! `PRODUCT_PAGES_SCHEDULE_TASK_NAMES`.

use std::collections::BTreeMap;

use regex::Regex;

use super::checks::{anchored, check_regexes, regexes};
use super::option::{Definition, Group, Kind};
use super::settings::Settings;
use super::value::{Value, shorten};

pub(super) const GROUP: Group = Group { title: "Base modules and streams", options: OPTIONS };

const OPTIONS: &[Definition] = &[
    Definition::new("RESOLVER", Kind::Choice(&["db", "koji", "mbs", "local"]), "db", "Where modules that were built are known from."),
    Definition::new("MBS_URL", Kind::Text, "https://mbs.fedoraproject.org/module-build-service/1/module-builds/", "The service that the resolver `mbs` asks. In the environment it is `MBS_MBS_URL`."),
    Definition::new("BASE_MODULE_NAMES", Kind::List, "[platform]", "Names of modules that stand for an operating system; their streams decide version prefixes."),
    Definition::new("BASE_MODULE_ARCHES", Kind::Map, "{}", "Architectures by `name:stream` of a base module.")
        .checked(check_arches),
    Definition::new("BASE_MODULE_STREAM_EXCLUSIONS", Kind::List, "[]", "Streams of base modules that no build is made for."),
    Definition::new("ALLOW_ONLY_COMPATIBLE_BASE_MODULES", Kind::Bool, "true", "Only modules built on an older or the same minor release of the base module are built upon and reused; needs base module streams such as `el8.1.0`. Otherwise a shared virtual stream is enough to be built upon, and only builds on the very same stream are reused."),
    Definition::new("STREAM_SUFFIXES", Kind::Map, "{}", "Numbers that are added to the version of a base module stream, by regular expression; the first that matches counts.")
        .checked(check_suffixes),
    Definition::new("BR_STREAM_OVERRIDE_MODULE", Kind::Text, "platform", "Buildrequired module whose stream the branch may decide."),
    Definition::new("BR_STREAM_OVERRIDE_REGEXES", Kind::List, "[]", "Regular expressions that take that stream out of the branch; their groups are joined, the first that matches counts.")
        .checked(check_regexes),
    Definition::new("MAX_STREAM_COMBINATIONS", Kind::Int(1, 1_000_000), "1000", "Most builds that one submission may become, one for each combination of streams. More are refused without working them out."),
    Definition::new("ALLOWED_PRIVILEGED_MODULE_NAMES", Kind::List, "[]", "Modules that may change the disttag and the architectures of what buildrequires them, the more important first."),
    Definition::new("DEFAULT_DIST_TAG_PREFIX", Kind::Text, "module+", "Beginning of the disttag of components."),
    Definition::new("DEFAULT_MODULES_SCM_URL", Kind::Text, "https://pagure.io/releng/fedora-module-defaults.git", "Repository of default modules that are buildrequired without being named."),
    Definition::new("USES_RAWHIDE", Kind::Bool, "true", "The newest base module stream has its default modules in `RAWHIDE_BRANCH`."),
    Definition::new("RAWHIDE_BRANCH", Kind::Text, "master", "See `USES_RAWHIDE`."),
    Definition::new("PRODUCT_PAGES_URL", Kind::Text, "", "Where it is asked whether a base module stream has been released."),
    Definition::new("PRODUCT_PAGES_MODULE_STREAMS", Kind::Map, "{}", "By regular expression of a base module stream: the text that is appended once it is released, the name of its release there, and the same for major releases or null.")
        .checked(check_product_pages),
    Definition::new("PRODUCT_PAGES_SCHEDULE_TASK_NAME", Kind::Text, "", "Task of a schedule whose end counts as the release."),
    Definition::new("PRODUCT_PAGES_SCHEDULE_TASK_NAMES", Kind::List, "[]", "Such tasks in order of preference."),
];

fn check_arches(value: &Value) -> Result<(), String> {
    value.entries().iter().try_for_each(|(name, arches)| {
        if name.split(':').count() != 2 {
            return Err(format!("`{}` is not `name:stream`", shorten(name)));
        }
        if arches_of(arches).is_none() {
            return Err(format!("`{}` takes a list of architectures", shorten(name)));
        }
        Ok(())
    })
}

fn arches_of(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::List(items) => items.iter().map(|item| item.as_text().map(str::to_owned)).collect(),
        _ => None,
    }
}

fn check_suffixes(value: &Value) -> Result<(), String> {
    value.entries().iter().try_for_each(|(pattern, suffix)| {
        anchored(pattern)?;
        number(suffix).map(drop).ok_or_else(|| format!("`{}` takes a number", shorten(pattern)))
    })
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(_) | Value::Text(_) => {
            let number = value.to_string().trim_matches('\'').parse::<f64>().ok()?;
            number.is_finite().then_some(number)
        }
        _ => None,
    }
}

fn check_product_pages(value: &Value) -> Result<(), String> {
    value.entries().iter().try_for_each(|(pattern, values)| {
        anchored(pattern)?;
        match values.items() {
            [Value::Text(_), Value::Text(_), Value::Text(_) | Value::Null] => Ok(()),
            _ => Err(format!("`{}` takes a list of two texts and a third one or null", shorten(pattern))),
        }
    })
}

/// Base modules, streams, and how one submission becomes builds.
#[derive(Clone, Debug)]
pub struct Expansion {
    /// `RESOLVER`.
    pub resolver: String,
    /// `BASE_MODULE_NAMES`.
    pub base_module_names: Vec<String>,
    /// `BASE_MODULE_ARCHES` by `name:stream`.
    pub base_module_arches: BTreeMap<String, Vec<String>>,
    /// `BASE_MODULE_STREAM_EXCLUSIONS`.
    pub base_module_stream_exclusions: Vec<String>,
    /// `ALLOW_ONLY_COMPATIBLE_BASE_MODULES`.
    pub allow_only_compatible_base_modules: bool,
    /// `STREAM_SUFFIXES` in the order of the file; each matches at the beginning of a stream.
    pub stream_suffixes: Vec<(Regex, f64)>,
    /// `BR_STREAM_OVERRIDE_MODULE`.
    pub br_stream_override_module: String,
    /// `BR_STREAM_OVERRIDE_REGEXES`; they match anywhere in a branch.
    pub br_stream_override_regexes: Vec<Regex>,
    /// `MAX_STREAM_COMBINATIONS`.
    pub max_stream_combinations: usize,
    /// `ALLOWED_PRIVILEGED_MODULE_NAMES`.
    pub privileged_module_names: Vec<String>,
    /// `DEFAULT_DIST_TAG_PREFIX`.
    pub disttag_prefix: String,
    /// `DEFAULT_MODULES_SCM_URL`.
    pub default_modules_repository: String,
    /// `USES_RAWHIDE`.
    pub uses_rawhide: bool,
    /// `RAWHIDE_BRANCH`.
    pub rawhide_branch: String,
}

impl Expansion {
    pub(super) fn new(settings: &Settings) -> Self {
        let arches = settings.get("BASE_MODULE_ARCHES").0.entries().iter();
        let suffixes = settings.get("STREAM_SUFFIXES").0.entries().iter();
        Self {
            resolver: settings.text("RESOLVER"),
            base_module_names: settings.list("BASE_MODULE_NAMES"),
            base_module_arches: arches.filter_map(|(name, arches)| Some((name.clone(), arches_of(arches)?))).collect(),
            base_module_stream_exclusions: settings.list("BASE_MODULE_STREAM_EXCLUSIONS"),
            allow_only_compatible_base_modules: settings.flag("ALLOW_ONLY_COMPATIBLE_BASE_MODULES"),
            stream_suffixes: suffixes
                .filter_map(|(pattern, suffix)| Some((anchored(pattern).ok()?, number(suffix)?)))
                .collect(),
            br_stream_override_module: settings.text("BR_STREAM_OVERRIDE_MODULE"),
            br_stream_override_regexes: regexes(settings, "BR_STREAM_OVERRIDE_REGEXES"),
            max_stream_combinations: settings.count("MAX_STREAM_COMBINATIONS"),
            privileged_module_names: settings.list("ALLOWED_PRIVILEGED_MODULE_NAMES"),
            disttag_prefix: settings.text("DEFAULT_DIST_TAG_PREFIX"),
            default_modules_repository: settings.text("DEFAULT_MODULES_SCM_URL"),
            uses_rawhide: settings.flag("USES_RAWHIDE"),
            rawhide_branch: settings.text("RAWHIDE_BRANCH"),
        }
    }
}
