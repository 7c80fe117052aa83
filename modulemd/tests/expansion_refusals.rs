//! What a packager reads where no combination works.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

mod known;

use known::{Known, app};
use modulemd::expansion::{BuildState, ExpandSettings};

fn refused(known: &Known, buildrequires: &str) -> String {
    let document = app(&format!("[{{buildrequires: {{platform: [f29], {buildrequires}}}}}]"));
    let text = known.expand(&document, &ExpandSettings::default()).0.expect_err(buildrequires).to_string();
    let problems = "Problems were found during module dependency resolution: ";
    text.strip_prefix(problems).map(str::to_owned).unwrap_or(text)
}

#[test]
fn a_conflict_names_who_requires_what() {
    let mut known = Known::platforms(&["f29"]);
    known.add("gtk:1:1:c01", &["{bar: ['1']}"], &["platform:f29"]);
    known.add("bar:1:0:c02", &["{platform: [f29]}"], &["platform:f29"]);
    known.add("foo:1:1:c03", &["{bar: ['2']}"], &["platform:f29"]);
    known.add("bar:2:0:c04", &["{platform: [f29]}"], &["platform:f29"]);
    known.add("other:1:0:c05", &["{platform: [f29]}"], &["platform:f29"]);
    assert_eq!(
        refused(&known, "gtk: ['1'], foo: ['1'], other: ['1']"),
        "foo:1 and gtk:1 exclude each other: foo:1:1:c03 requires bar:2, but gtk:1:1:c01 requires bar:1; there can be one \
         stream of bar only"
    );
}

#[test]
fn a_conflict_further_away_is_traced_to_what_the_document_asks_for() {
    let mut known = Known::platforms(&["f29"]);
    known.add("gtk:1:1:c01", &["{bar: ['1']}"], &["platform:f29"]);
    known.add("bar:1:0:c02", &["{platform: [f29]}"], &["platform:f29"]);
    known.add("foo:1:1:c03", &["{baz: ['1']}"], &["platform:f29"]);
    known.add("baz:1:1:c04", &["{bar: ['2']}"], &["platform:f29"]);
    known.add("bar:2:0:c05", &["{platform: [f29]}"], &["platform:f29"]);
    assert_eq!(
        refused(&known, "gtk: ['1'], foo: ['1']"),
        "foo:1 and gtk:1 exclude each other: baz:1:1:c04 requires bar:2, but gtk:1:1:c01 requires bar:1; there can be one \
         stream of bar only"
    );
}

#[test]
fn the_document_itself_may_be_one_side_of_a_conflict() {
    let mut known = Known::platforms(&["f28", "f29"]);
    known.add("gtk:1:1:a", &["{platform: [f28]}"], &["platform:f28", "platform:f29"]);
    assert_eq!(
        refused(&known, "gtk: ['1']"),
        "gtk:1:1:a requires platform:f28, but only platform:f29:3:00000000 can be used"
    );
    known.add("gtk:2:1:a", &["{foo: ['2']}"], &["platform:f29"]);
    known.add("foo:1:1:a", &[], &["platform:f29"]).add("foo:2:1:a", &[], &["platform:f29"]);
    assert_eq!(
        refused(&known, "gtk: ['2'], foo: ['1']"),
        "foo:1 and gtk:2 exclude each other: foo:1 is needed directly, but gtk:2:1:a requires foo:2; there can be one stream \
         of foo only"
    );
}

#[test]
fn a_buildrequire_that_cannot_be_used_at_all_says_why() {
    let mut known = Known::platforms(&["f29"]);
    known.add("gtk:1:1:a", &["{foo: []}"], &["platform:f29"]);
    assert_eq!(refused(&known, "gtk: ['1']"), "gtk:1:1:a requires foo in any stream, but no build of it can be used");
    known.add("lib:1:1:a", &["{bar: ['1'], baz: ['1']}"], &["platform:f29"]);
    known.add("bar:1:1:a", &["{core: ['1']}"], &["platform:f29"]);
    known.add("baz:1:1:a", &["{core: ['2']}"], &["platform:f29"]);
    known.add("core:1:1:a", &[], &["platform:f29"]);
    known.add("core:2:1:a", &[], &["platform:f29"]);
    assert_eq!(
        refused(&known, "lib: ['1']"),
        "for lib:1:1:a, bar:1 and baz:1 exclude each other: bar:1:1:a requires core:1, but baz:1:1:a requires core:2; there \
         can be one stream of core only"
    );
}

#[test]
fn what_is_not_there_is_named_with_what_is() {
    let none = "Cannot find any module builds for ";
    let mut known = Known::platforms(&["f28", "f29"]);
    assert_eq!(refused(&known, "gtk: ['1']"), format!("{none}gtk:1"));
    known.add("gtk:2:1:a", &[], &["platform:f29"]).add("gtk:3:1:a", &[], &["platform:f29"]);
    assert_eq!(refused(&known, "gtk: ['1']"), format!("{none}gtk:1; there are builds of the streams 2, 3"));
    known.add("gtk:1:1:a", &[], &["platform:f29"]).in_state(BuildState::Failed);
    assert_eq!(
        refused(&known, "gtk: ['1']"),
        format!("{none}gtk:1, because its newest build, gtk:1:1:a, is failed, not ready")
    );
    known.add("gtk:1:0:b", &[], &["platform:f28"]);
    assert_eq!(
        refused(&known, "gtk: ['1']"),
        format!("{none}gtk:1, because its builds were built against platform:f28")
    );
    known.add("lib:1:0:b", &["{gtk: ['9']}"], &["platform:f29"]);
    assert_eq!(
        refused(&known, "lib: ['1']"),
        format!("{none}gtk:9 (required by lib:1:0:b); there are builds of the streams 1, 2, 3")
    );
}

#[test]
fn no_combination_says_which_requirement_has_nothing() {
    let none = "No dependency combination was satisfied. Please verify the buildrequires in your modulemd have previously \
                been built. ";
    let mut known = Known::platforms(&["f29"]);
    assert_eq!(
        refused(&known, "gtk: []"),
        format!("{none}gtk may have any stream, but it has no build that is ready.")
    );
    known.add("gtk:1:1:a", &[], &["platform:f29"]);
    assert_eq!(
        refused(&known, "gtk: [-1]"),
        format!("{none}gtk may have any stream except 1, but builds are ready of 1 only.")
    );
}
