//! Which lines of a log are errors, and how they read best.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

/// How sure it is that a line is the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// It repeats that something failed, or is an error at times.
    Hint,
    /// It says what failed.
    Error,
}

/// Lines that say what failed.
const ERRORS: [&str; 27] = [
    r"(?:^|[\s:])(?:fatal |internal compiler )?error(?:\[E\d+\])?: ",
    r"^\S*: fatal error: ",
    r"configure: error: ",
    r"^CMake Error",
    r"\bERROR: ",
    r"^make(?:\[\d+\])?: \*\*\* No rule to make target",
    r": (?:command )?not found$",
    r"\bundefined reference to ",
    r"\bcannot find -l",
    r"^(?:install|cp|mv|ln|mkdir|rm|cat|touch|chmod|tar|sed|gzip|patch): .*(?:[Cc]annot |[Cc]an't |No such file|Permission denied|[Mm]issing |not found)",
    r"^(?:patching file .*)?Hunk #\d+ FAILED",
    r"^can't find file to patch",
    r"^FAIL: ",
    r"^FAILED ",
    r"^not ok ",
    r"^E   ",
    r"^npm ERR! ",
    r"^panic: ",
    r"^thread '.*' panicked at ",
    r"\bSegmentation fault\b",
    r"\bAborted\b.*core dumped",
    r"\bNo space left on device\b",
    r"\bRead-only file system\b",
    r"\b(?:Network is unreachable|Temporary failure in name resolution|Name or service not known|Could not resolve host)\b",
    r"^(?:sh|bash|/bin/sh|/var/tmp/\S+): .*[Ss]yntax error",
    r"^(?:Cannot allocate memory|.*: Cannot allocate memory|MemoryError)",
    r": (?:Cannot fork|fork: Resource temporarily unavailable)$",
];

/// Lines that only repeat it, or are harmless at times.
const HINTS: [&str; 7] = [
    r"^make(?:\[\d+\])?: \*\*\* ",
    r"^error: Bad exit status from ",
    r"collect2: error: ",
    r"^ninja: build stopped",
    r"\b(?:[A-Z]\w*Error|Exception)\b: ",
    r": No such file or directory$",
    r": Permission denied$",
];

#[expect(clippy::expect_used, reason = "the patterns are constants that every test compiles")]
static ERROR_LINES: LazyLock<RegexSet> = LazyLock::new(|| RegexSet::new(ERRORS).expect("valid patterns"));
#[expect(clippy::expect_used, reason = "the patterns are constants that every test compiles")]
static HINT_LINES: LazyLock<RegexSet> = LazyLock::new(|| RegexSet::new(HINTS).expect("valid patterns"));
#[expect(clippy::expect_used, reason = "the patterns are constants that every test compiles")]
static NOISE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\x1b\[[0-9;]*[A-Za-z]|(?:/builddir/(?:BUILDROOT/[^/\s]+|BUILD/|SOURCES/)?)|/var/tmp/rpm-tmp\.\w+(?:: )?",
    )
    .expect("valid pattern")
});

/// The weight of a line, if it has any. Commands that the shell shows before it runs them have none.
pub(super) fn weigh(line: &str) -> Option<Weight> {
    if line.starts_with("+ ") {
        return None;
    }
    if HINT_LINES.matches(line).into_iter().any(|pattern| pattern < 4) && !line.contains("No rule to make target") {
        return Some(Weight::Hint);
    }
    if ERROR_LINES.is_match(line) {
        return Some(Weight::Error);
    }
    HINT_LINES.is_match(line).then_some(Weight::Hint)
}

/// The line without colours, folders of the build and names of temporary files, at most 300 characters.
pub(super) fn readable(line: &str) -> String {
    let text = NOISE.replace_all(line, "");
    let text = text.replace("Bad exit status from  (", "Bad exit status from (");
    let text: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
