//! Standard output and standard error. `println!` would panic when the reader has gone away.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::text;

/// Writes `text` and a newline to standard output.
pub fn line(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")?;
    Ok(stdout.flush()?)
}

/// Writes one JSON document, readable for people too.
pub fn document(value: &Value) -> Result<(), Failure> {
    line(&format!("{value:#}"))
}

/// Writes a remark for the user to standard error. Nothing can be done if even that fails.
pub fn notice(text: &str) {
    let _ = writeln!(io::stderr(), "mbs-build: {}", text::printable(text));
}

/// Reports why the command ends: as text on standard error, or as one JSON document on standard output.
pub fn failure(failure: &Failure, json: bool) {
    match failure {
        Failure::OutputClosed => {}
        _ if json => {
            let _ = line(&describe(failure).to_string());
        }
        // A failed build was shown as the last thing; saying it again adds nothing.
        Failure::BuildFailed(_) => {}
        _ => notice(&failure.to_string()),
    }
}

fn describe(failure: &Failure) -> Value {
    let (status, message) = match failure {
        Failure::Refused { status, message } => (Some(*status), message.clone()),
        other => (None, other.to_string()),
    };
    json!({"event": "error", "error": failure.kind(), "status": status, "message": message, "exit_status": failure.exit_status()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_described_for_scripts() {
        let refused = Failure::Refused { status: 404, message: "No such module found.".into() };
        assert_eq!(
            describe(&refused),
            json!({"event": "error", "error": "refused", "status": 404, "message": "No such module found.", "exit_status": 3})
        );
    }
}
