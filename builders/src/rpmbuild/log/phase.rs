//! Where in its build a log is.

use crate::Phase;

/// The phase that starts with this line.
pub(super) fn begins(line: &str) -> Option<Phase> {
    if let Some(rest) = line.strip_prefix("Executing(%") {
        let name = rest.split(')').next().unwrap_or_default();
        return match name {
            "prep" => Some(Phase::Prep),
            "generate_buildrequires" => Some(Phase::BuildRequires),
            "conf" | "build" => Some(Phase::Build),
            "install" => Some(Phase::Install),
            "check" => Some(Phase::Check),
            _ => None,
        };
    }
    (line.starts_with("Processing files: ") || line.starts_with("Checking for unpackaged file(s):"))
        .then_some(Phase::Package)
}

/// The phase that a line of RPM itself belongs to before any phase has started.
pub(super) fn before_all(line: &str) -> Phase {
    let about_sources = ["Bad source", "Bad file", "No patch number", "No source number"];
    if about_sources.iter().any(|text| line.contains(text)) {
        return Phase::Source;
    }
    if line.contains("Failed build dependencies") { Phase::BuildRequires } else { Phase::Spec }
}
