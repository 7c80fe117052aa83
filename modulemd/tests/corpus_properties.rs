//! What is written reads back, by this crate and by libyaml; no text makes the reader panic.

use std::collections::{BTreeMap, BTreeSet};

use modulemd::read::{read, read_stream};
use modulemd::stream::{BuildOptions, Dependencies, ModuleComponent, ModuleStream, Profile, RpmComponent};
use modulemd::yaml::Node;
use modulemd::{Limits, yaml};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

/// Any text but those with a NUL character, and often one that looks like something else.
fn text() -> impl Strategy<Value = String> {
    let tricky = prop::sample::select(vec![
        "",
        " ",
        "~",
        "null",
        "no",
        "y",
        "TRUE",
        "FALSE",
        "true",
        "1.10",
        "0x1f",
        "1e3",
        "12:30",
        "2020-01-01",
        ".inf",
        "-",
        "---",
        "...",
        "- a",
        "a: b",
        "a #b",
        "#",
        "&a",
        "*a",
        "!x",
        "%y",
        "@z",
        "`",
        "'",
        "\"",
        "\\",
        "|",
        ">",
        "?",
        "? a",
        ":",
        "a:",
        "[",
        "]",
        "{}",
        ",",
        "a,b",
        "\n",
        "a\n",
        "a\nb",
        "a\nb\n",
        "a\nb\n\n",
        "\na\nb",
        " a\n b\n",
        "a\n  b\n\n c\n",
        "a\n \nb",
        "a\tb",
        "\ta",
        "a\r\nb",
        "a\u{85}b",
        "a\u{2028}b\u{2029}c",
        "\u{feff}a",
        "\u{a0}",
        "é ’",
        "a ",
        "%global x 1\n%define y 2\n",
        "26ca0c0",
        "00000000",
        "<<",
        "=",
        "a\n---\nb\n",
        "a\n...\nb\n",
    ]);
    prop_oneof![
        3 => "[a-z][a-z0-9._+-]{0,12}",
        2 => tricky.prop_map(str::to_owned),
        1 => any::<String>().prop_map(|text| text.replace('\0', "")),
        1 => "[ -~\n]{0,40}",
        1 => "[a-z: ]{400,1200}",
    ]
}

fn texts() -> impl Strategy<Value = BTreeSet<String>> {
    btree_set(text(), 0..4)
}

fn modules() -> impl Strategy<Value = BTreeMap<String, BTreeSet<String>>> {
    let included = btree_set(text().prop_map(|name| name.trim_start_matches('-').to_owned()), 0..3);
    let excluded = btree_set(text().prop_map(|name| format!("-{name}")), 0..3);
    btree_map(text(), prop_oneof![included, excluded], 0..3)
}

fn dependencies() -> impl Strategy<Value = Dependencies> {
    (modules(), modules()).prop_map(|(buildrequires, requires)| Dependencies { buildrequires, requires })
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![any::<bool>().prop_map(Node::Bool), text().prop_map(Node::Text)];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![vec(inner.clone(), 0..4).prop_map(Node::List), btree_map(text(), inner, 0..4).prop_map(Node::Map),]
    })
}

fn profile() -> impl Strategy<Value = Profile> {
    (option::of(text()), texts(), any::<bool>()).prop_map(|(description, rpms, default)| Profile {
        description,
        rpms,
        default,
    })
}

/// Components of one module: all with a number, or each after its predecessor.
fn rpm_components() -> impl Strategy<Value = BTreeMap<String, RpmComponent>> {
    let optional = || option::of(text());
    let component =
        (text(), [optional(), optional(), optional(), optional()], any::<[bool; 3]>(), any::<i64>(), texts());
    (btree_map(text(), component, 0..5), any::<bool>()).prop_map(|(components, numbered)| {
        let mut before = None;
        let mut made = BTreeMap::new();
        for (name, (rationale, [source_name, repository, cache, reference], flags, order, multilib)) in components {
            let component = RpmComponent {
                name: name.clone(),
                rationale,
                source_name,
                repository,
                cache,
                reference,
                buildonly: flags[0],
                buildroot: flags[1],
                srpm_buildroot: flags[2],
                buildorder: if numbered { order } else { 0 },
                buildafter: before.clone().filter(|_| !numbered).into_iter().collect(),
                arches: BTreeSet::new(),
                multilib,
            };
            before = Some(name.clone());
            made.insert(name, component);
        }
        made
    })
}

fn module_components() -> impl Strategy<Value = BTreeMap<String, ModuleComponent>> {
    let component = (text(), option::of(text()), option::of(text()), any::<i64>(), texts());
    btree_map(text(), component, 0..3).prop_map(|components| {
        let make = |(name, (rationale, repository, reference, buildorder, buildafter)): (String, _)| {
            let made = ModuleComponent { name: name.clone(), rationale, repository, reference, buildorder, buildafter };
            (name, made)
        };
        components.into_iter().map(make).collect()
    })
}

prop_compose! {
    fn head()(
        (name, stream, arch) in (option::of(text()), option::of(text()), option::of(text())),
        version in any::<u64>(),
        (context, static_context) in (option::of("[a-zA-Z0-9_]{1,13}"), any::<bool>()),
        (summary, description) in (text(), text()),
        module_licenses in btree_set(text(), 1..3),
        content_licenses in texts(),
        (community, documentation, tracker) in (option::of(text()), option::of(text()), option::of(text())),
    ) -> ModuleStream {
        ModuleStream {
            name, stream, version, context, static_context, arch, summary, description, module_licenses, content_licenses,
            community, documentation, tracker, ..ModuleStream::default()
        }
    }
}

prop_compose! {
    fn stream()(
        head in head(),
        dependencies in vec(dependencies(), 0..3),
        profiles in btree_map(text(), profile(), 0..3),
        (api_rpms, filter_rpms, demodularized_rpms) in (texts(), texts(), texts()),
        (rpm_macros, rpm_whitelist, arches) in (option::of(text()), texts(), texts()),
        rpm_components in rpm_components(),
        module_components in module_components(),
        artifacts in btree_set("[a-z-]{1,9}-[0-9]:[0-9.]{1,4}-[0-9]\\.(src|x86_64)", 0..3),
        servicelevels in btree_map(text(), option::of("20[0-9]{2}-0[1-9]-[12][0-8]"), 0..3),
        xmd in btree_map(text(), node(), 0..4),
    ) -> ModuleStream {
        ModuleStream {
            dependencies, profiles, api_rpms, filter_rpms, demodularized_rpms,
            buildopts: BuildOptions { rpm_macros, rpm_whitelist, arches },
            rpm_components, module_components, rpm_artifacts: artifacts, servicelevels, xmd: Node::Map(xmd), ..head
        }
    }
}

/// The value as libyaml reads it, with all scalars but those of `xmd` as text.
fn through_libyaml(text: &str) -> serde_yaml::Value {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A tree of ours in the form of the other parser, as far as it holds text.
fn same(ours: &Node, theirs: &serde_yaml::Value) -> bool {
    match (ours, theirs) {
        (Node::Map(ours), serde_yaml::Value::Mapping(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().all(|(key, value)| theirs.get(key.as_str()).is_some_and(|other| same(value, other)))
        }
        (Node::List(ours), serde_yaml::Value::Sequence(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Node::Bool(ours), serde_yaml::Value::Bool(theirs)) => ours == theirs,
        (Node::Text(ours), serde_yaml::Value::String(theirs)) => ours == theirs,
        (Node::Text(ours), serde_yaml::Value::Number(theirs)) => *ours == theirs.to_string(),
        (Node::Text(ours), serde_yaml::Value::Bool(theirs)) => *ours == theirs.to_string(),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_written_reads_back(stream in stream()) {
        let text = stream.to_yaml();
        let back = read_stream(&text, &Limits::default());
        prop_assert_eq!(back.as_ref(), Ok(&stream), "{}", text);
    }

    #[test]
    fn what_is_written_is_the_same_to_libyaml(stream in stream()) {
        let text = stream.to_yaml();
        let ours = yaml::parse(&text, &Limits::default()).expect("reads back").to_node();
        let theirs = through_libyaml(&text);
        prop_assert!(same(&ours, &theirs), "{}\n{:?}\n{:?}", text, ours, theirs);
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = read(&text, &Limits::default());
        let _ = yaml::parse(&text, &Limits::default());
    }

    #[test]
    fn any_yaml_like_text_is_read_or_refused(text in "([-?:,\\[\\]{}#&*!|>'\"%@` \t\nab0~]|: |- |\n  |\n- |---\n|\\.\\.\\.\n){0,60}") {
        let _ = read(&text, &Limits::default());
        let _ = yaml::parse(&text, &Limits::default());
    }

    #[test]
    fn any_change_of_a_document_is_read_or_refused(
        position in any::<prop::sample::Index>(),
        length in 0..12_usize,
        replacement in prop_oneof![any::<String>(), "[-?:,\\[\\]{}#&*!|>'\"%@` \t\nab0~]{0,6}".prop_map(String::from)],
    ) {
        let document: Vec<char> = include_str!("data/packager_v3_to_stream_v2.yaml").chars().collect();
        let start = position.index(document.len());
        let end = (start + length).min(document.len());
        let text: String =
            document[..start].iter().copied().chain(replacement.chars()).chain(document[end..].iter().copied()).collect();
        let _ = modulemd::read::read_all(&text, &Limits::default(), modulemd::read::UnknownKeys::PassOver);
    }
}
