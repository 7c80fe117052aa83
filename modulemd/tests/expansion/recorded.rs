//! Where the recorded cases are: `tests/data/expansion`, or the folder that `MBS_EXPANSION_CASES` names. A file that is not in that
//! folder is skipped; in ours none may be missing, nor empty.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Names another folder, with files of the same names.
const OTHER: &str = "MBS_EXPANSION_CASES";

/// The text of a file of recorded cases.
pub fn file(name: &str) -> Option<String> {
    let other = std::env::var_os(OTHER).map(PathBuf::from);
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/expansion");
    let path = other.as_ref().unwrap_or(&ours).join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if other.is_some() && error.kind() == ErrorKind::NotFound => {
            println!("{} is not there: skipped", path.display());
            None
        }
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

#[test]
fn our_own_cases_are_complete() {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/expansion");
    let read = |name: &str| std::fs::read_to_string(ours.join(name)).expect("recorded");
    assert_eq!(read("expansion.jsonl").lines().count(), 353);
    assert_eq!(read("reuse.jsonl").lines().count(), 139);
    for (name, total) in [("hashes.json", 141), ("naming.json", 67)] {
        let kinds: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&read(name)).expect("JSON");
        let cases: usize = kinds.values().filter_map(|cases| cases.as_array()).map(Vec::len).sum();
        assert_eq!(cases, total, "{name}");
    }
}
