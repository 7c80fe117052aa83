//! Configurations that are refused, and how that is said.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::Command;

use tests::service::program;

/// Checks a configuration file; returns whether it is accepted, and what is said.
fn check(command: &[&str], text: &str) -> (bool, String) {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("config.yaml");
    std::fs::write(&file, text).unwrap();
    let mut manager = Command::new(program("mbs-manager"));
    let output = manager.args(command).env("MBS_CONFIG_FILE", &file).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn an_unknown_option_is_refused_with_its_place_and_the_nearest_name() {
    for command in [&["config", "check"][..], &["run"], &["worker"], &["upgradedb"]] {
        let (accepted, said) =
            check(command, "extends: EmbeddedConfiguration\nLOG_LEVEL: info\nNUM_CONCURENT_BUILDS: 3\n");
        assert!(!accepted, "{command:?}: {said}");
        for part in ["config.yaml:3", "NUM_CONCURENT_BUILDS", "NUM_CONCURRENT_BUILDS"] {
            assert!(said.contains(part), "{command:?}: {part:?} is missing in: {said}");
        }
    }
}

#[test]
fn a_wrong_type_is_refused_with_its_place_and_the_right_one() {
    let cases = [
        ("PORT: eighty", "PORT", "whole number"),
        ("NO_AUTH: maybe", "NO_AUTH", "true or false"),
        ("SCMURLS: {a: b}", "SCMURLS", "list"),
        ("SYSTEM: make", "SYSTEM", "rpmbuild"),
        ("SQLALCHEMY_DATABASE_URI: mysql://u:s3cret@h/d", "SQLALCHEMY_DATABASE_URI", "postgresql"),
    ];
    for (line, name, hint) in cases {
        let (accepted, said) = check(&["config", "check"], &format!("extends: EmbeddedConfiguration\n{line}\n"));
        assert!(!accepted, "{line}: {said}");
        for part in ["config.yaml:2", name, hint] {
            assert!(said.contains(part), "{line}: {part:?} is missing in: {said}");
        }
        assert!(!said.contains("s3cret"), "{said}");
    }
}

#[test]
fn what_is_no_configuration_is_refused_without_a_panic() {
    for text in ["[", "- a\n- b\n", "a: &a [*a]\n", "{", "\u{0}", "PORT: 1\nPORT: 2\n"] {
        let (accepted, said) = check(&["config", "check"], text);
        assert!(!accepted, "{text:?}: {said}");
        assert!(said.contains("config.yaml") && !said.contains("panicked"), "{text:?}: {said}");
    }
}

#[test]
fn a_good_one_is_accepted_and_shown() {
    let (accepted, said) = check(&["config", "check"], "extends: EmbeddedConfiguration\nNUM_CONCURRENT_BUILDS: 3\n");
    assert!(accepted, "{said}");
    assert!(said.contains("NUM_CONCURRENT_BUILDS"), "{said}");
}

#[test]
fn an_environment_variable_that_is_no_option_is_refused() {
    let mut manager = Command::new(program("mbs-manager"));
    let output = manager.args(["config", "check"]).env("MBS_NUM_CONCURENT_BUILDS", "3").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("MBS_NUM_CONCURENT_BUILDS"), "{said}");
}
