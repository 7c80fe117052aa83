//! `sections.json`: the configuration behind each section.

use std::path::Path;

use serde_json::Value;

use super::json;

pub struct Sections(Value);

impl Sections {
    pub fn read(folder: &Path) -> Self {
        Self(json(&folder.join("sections.json")))
    }

    /// Whether users of this section come with Kerberos, and groups from a directory.
    pub fn needs_directory(&self, section: &str) -> bool {
        self.option(section, "AUTH_METHOD").is_some_and(|method| method == "kerberos")
    }

    fn option(&self, section: &str, name: &str) -> Option<&Value> {
        let section = self.0.get(section).unwrap_or_else(|| panic!("sections.json has no section {section}"));
        match section.get(name) {
            Some(value) => Some(value),
            None => section.get("extends").and_then(Value::as_str).and_then(|base| self.option(base, name)),
        }
    }
}
