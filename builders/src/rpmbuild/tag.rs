//! The name under which everything of a module build is kept.

use std::fmt::Write;

use modulemd::Nsvc;
use sha1::{Digest, Sha1};

/// Characters kept of the identity; the hash behind them tells builds apart.
const READABLE: usize = 120;

/// A file name that is different for every identity, and for every build of a scratch module.
pub(super) fn tag(module: &Nsvc, scratch: bool, module_id: i32) -> String {
    let mut hash = Sha1::new();
    for part in [&module.name, &module.stream, &module.version, &module.context] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let readable: String = format!("{}-{}-{}-{}", module.name, module.stream, module.version, module.context)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "._+-".contains(c) { c } else { '_' })
        .take(READABLE)
        .collect();
    let mut tag = format!("{}-{readable}-", if scratch { "scrmod" } else { "module" });
    tag.push_str(&hex(&hash.finalize()[..4]));
    if scratch {
        let _ = write!(tag, "-{module_id}");
    }
    tag
}

/// Bytes as text.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_that_read_alike_get_different_tags() {
        let one = tag(&Nsvc::new("a-b", "c", "1", "x"), false, 1);
        let other = tag(&Nsvc::new("a", "b-c", "1", "x"), false, 2);
        assert!(one.starts_with("module-a-b-c-1-x-") && other.starts_with("module-a-b-c-1-x-"));
        assert_ne!(one, other);
    }

    #[test]
    fn scratch_builds_of_one_module_are_kept_apart() {
        let nsvc = Nsvc::new("a", "b", "1", "x");
        assert_ne!(tag(&nsvc, true, 1), tag(&nsvc, true, 2));
        assert_eq!(tag(&nsvc, false, 1), tag(&nsvc, false, 2));
    }

    #[test]
    fn odd_and_long_names_stay_file_names() {
        let tag = tag(&Nsvc::new("x/../y", "s".repeat(10_000), "1", "c"), false, 1);
        assert!(tag.len() < 160 && !tag.contains('/'), "{tag}");
    }
}
