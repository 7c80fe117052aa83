//! Finds the first real error of a log.

use std::io::{BufRead, BufReader, Read};

use super::lines::{Weight, readable, weigh};
use super::phase;
use crate::Phase;

/// Longest part of a line that is looked at.
const LONGEST: u64 = 8192;

/// What a log says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rpmbuild) struct Finding {
    /// The last phase that began.
    pub phase: Phase,
    /// The line that names the reason, if there is one, made readable.
    pub message: Option<String>,
    /// Its number, from 1.
    pub line: Option<u64>,
    /// The disk was full.
    pub disk_full: bool,
}

#[derive(Default)]
struct Scan {
    phase: Option<Phase>,
    best: Option<(Weight, u64, String)>,
    in_traceback: bool,
    list_of: Option<u64>,
    summary: bool,
    disk_full: bool,
}

/// Reads a log to its end. Errors of earlier phases do not count: a phase that began means that they were survived.
pub(in crate::rpmbuild) fn scan(log: impl Read) -> Finding {
    let mut scan = Scan::default();
    let mut reader = BufReader::new(log);
    let mut number = 0;
    let mut bytes = Vec::new();
    while read_line(&mut reader, &mut bytes) {
        number += 1;
        scan.line(number, &String::from_utf8_lossy(&bytes));
    }
    scan.finish()
}

fn read_line(reader: &mut impl BufRead, bytes: &mut Vec<u8>) -> bool {
    bytes.clear();
    let Ok(count) = reader.by_ref().take(LONGEST).read_until(b'\n', bytes) else { return false };
    if count > 0 && bytes.last() != Some(&b'\n') {
        let _ = reader.skip_until(b'\n');
    }
    while bytes.last().is_some_and(|last| matches!(last, b'\n' | b'\r')) {
        bytes.pop();
    }
    count > 0
}

impl Scan {
    fn line(&mut self, number: u64, line: &str) {
        if let Some(begun) = phase::begins(line) {
            if self.phase != Some(begun) {
                *self = Self { phase: Some(begun), disk_full: self.disk_full, ..Self::default() };
            }
            return;
        }
        if line.starts_with("RPM build errors:") {
            self.summary = true;
        }
        if self.summary && self.best.is_some() {
            return;
        }
        self.disk_full |= line.contains("No space left on device");
        if self.joins_list(number, line) || self.traceback(number, line) {
            return;
        }
        if let Some(weight) = weigh(line) {
            self.note(weight, number, line);
        }
    }

    /// "Installed (but unpackaged) file(s) found:" and "Failed build dependencies:" continue on the next lines.
    fn joins_list(&mut self, number: u64, line: &str) -> bool {
        let Some(last) = self.list_of else { return false };
        let belongs = last + 1 == number && (line.starts_with('\t') || line.starts_with("   "));
        match &mut self.best {
            Some((_, _, text)) if belongs => {
                text.push(' ');
                text.push_str(line.trim());
                self.list_of = Some(number);
            }
            _ => self.list_of = None,
        }
        belongs
    }

    /// The line after an indented traceback of Python is the reason.
    fn traceback(&mut self, number: u64, line: &str) -> bool {
        if line.starts_with("Traceback (most recent call last)") {
            self.in_traceback = true;
            return true;
        }
        if self.in_traceback && !line.starts_with(' ') && !line.is_empty() {
            self.in_traceback = false;
            self.note(Weight::Error, number, line);
            return true;
        }
        self.in_traceback
    }

    fn note(&mut self, weight: Weight, number: u64, line: &str) {
        if self.best.as_ref().is_none_or(|(best, ..)| *best < weight) {
            self.best = Some((weight, number, line.to_owned()));
            self.list_of = line.ends_with(':').then_some(number);
        }
    }

    fn finish(self) -> Finding {
        let (message, line) = self.best.map(|(_, number, text)| (text, number)).unzip();
        Finding {
            phase: self.phase.unwrap_or_else(|| phase::before_all(message.as_deref().unwrap_or_default())),
            message: message.as_deref().map(readable),
            line,
            disk_full: self.disk_full,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(log: &str, phase: Phase, line: u64, message: &str) {
        let found = scan(log.as_bytes());
        assert_eq!(found.message.as_deref(), Some(message), "{log}");
        assert_eq!((found.phase, found.line), (phase, Some(line)), "{log}");
    }

    #[test]
    fn compilers_and_make() {
        check(
            "Executing(%build): /bin/sh -e /var/tmp/rpm-tmp.AbCdEf\n+ gcc -Werror -c error: x\nfoo.c: In function 'main':\n\
             foo.c:3:5: warning: unused\nfoo.c:4:9: error: expected ';' before '}' token\nmake: *** [Makefile:2: foo.o] Error 1\n\
             error: Bad exit status from /var/tmp/rpm-tmp.AbCdEf (%build)\n\nRPM build errors:\n    Bad exit status\n",
            Phase::Build,
            5,
            "foo.c:4:9: error: expected ';' before '}' token",
        );
        check(
            "Executing(%build): x\nfoo.c:1:10: fatal error: foo.h: No such file or directory\n",
            Phase::Build,
            2,
            "foo.c:1:10: fatal error: foo.h: No such file or directory",
        );
        check(
            "Executing(%build): x\nmake: *** No rule to make target 'all'.  Stop.\n",
            Phase::Build,
            2,
            "make: *** No rule to make target 'all'.  Stop.",
        );
        check(
            "Executing(%build): x\n/usr/bin/ld: foo.o: undefined reference to `bar'\ncollect2: error: ld returned 1 exit status\n",
            Phase::Build,
            2,
            "/usr/bin/ld: foo.o: undefined reference to `bar'",
        );
        check(
            "Executing(%build): x\nerror[E0425]: cannot find value `x` in this scope\n",
            Phase::Build,
            2,
            "error[E0425]: cannot find value `x` in this scope",
        );
    }

    #[test]
    fn shells_and_scripts() {
        check(
            "Executing(%install): x\n/var/tmp/rpm-tmp.Xy12: line 35: frobnicate: command not found\n\
               error: Bad exit status from /var/tmp/rpm-tmp.Xy12 (%install)\n",
            Phase::Install,
            2,
            "line 35: frobnicate: command not found",
        );
        check(
            "Executing(%build): x\n/var/tmp/rpm-tmp.Xy12: 40: frobnicate: not found\n",
            Phase::Build,
            2,
            "40: frobnicate: not found",
        );
        check(
            "Executing(%install): x\ninstall: cannot stat 'foo': No such file or directory\n",
            Phase::Install,
            2,
            "install: cannot stat 'foo': No such file or directory",
        );
        check(
            "Executing(%build): x\n+ false\nerror: Bad exit status from /var/tmp/rpm-tmp.Xy12 (%build)\n",
            Phase::Build,
            3,
            "error: Bad exit status from (%build)",
        );
    }

    #[test]
    fn tracebacks_end_in_their_reason() {
        check(
            "Executing(%check): x\nTraceback (most recent call last):\n  File \"setup.py\", line 3, in <module>\n    import error: x\n\
               ModuleNotFoundError: No module named 'x'\nerror: Bad exit status from y (%check)\n",
            Phase::Check,
            5,
            "ModuleNotFoundError: No module named 'x'",
        );
    }

    #[test]
    fn errors_of_phases_that_were_survived_do_not_count() {
        check(
            "Executing(%prep): x\nerror: not important\nExecuting(%build): y\nfoo.c:1: error: real\n",
            Phase::Build,
            4,
            "foo.c:1: error: real",
        );
    }

    #[test]
    fn packaging() {
        check(
            "Processing files: foo-1-1.x86_64\nerror: File not found: /builddir/BUILDROOT/foo-1-1.x86_64/usr/bin/foo\n",
            Phase::Package,
            2,
            "error: File not found: /usr/bin/foo",
        );
        check(
            "Checking for unpackaged file(s): /usr/lib/rpm/check-files /x\nerror: Installed (but unpackaged) file(s) found:\n   /usr/bin/a\n   /usr/bin/b\n\n\
               RPM build errors:\n    Installed\n",
            Phase::Package,
            2,
            "error: Installed (but unpackaged) file(s) found: /usr/bin/a /usr/bin/b",
        );
    }

    #[test]
    fn before_anything_ran() {
        check("error: line 3: Unknown tag: Frob: x\n", Phase::Spec, 1, "error: line 3: Unknown tag: Frob: x");
        check(
            "error: Bad file: /builddir/SOURCES/foo-1.tar.gz: No such file or directory\n",
            Phase::Source,
            1,
            "error: Bad file: foo-1.tar.gz: No such file or directory",
        );
        check(
            "error: Failed build dependencies:\n\tbar is needed by foo\n",
            Phase::BuildRequires,
            1,
            "error: Failed build dependencies: bar is needed by foo",
        );
    }

    #[test]
    fn hostile_logs_are_read_to_their_end() {
        let mut log = b"\xff\xfe\0\nerror: \xff bad\n".to_vec();
        log.extend(std::iter::repeat_n(b'x', 1_000_000));
        let found = scan(&log[..]);
        assert!(found.message.unwrap().chars().count() <= 301);
        assert_eq!(scan(&b""[..]), Finding { phase: Phase::Spec, message: None, line: None, disk_full: false });
    }
}
