//! The documentation of the options, written from their table.

use std::fmt::Write as _;

use super::option::Definition;
use super::table::GROUPS;

/// What stands before the tables.
const INTRODUCTION: &str = include_str!("introduction.md");

/// The text of `docs/CONFIGURATION.md`.
pub fn document() -> String {
    let mut text = INTRODUCTION.to_owned();
    for group in GROUPS {
        let _infallible =
            write!(text, "\n## {}\n\n| option | takes | default | |\n| --- | --- | --- | --- |\n", group.title);
        group.options.iter().for_each(|option| row(&mut text, option));
    }
    text
}

fn row(text: &mut String, option: &Definition) {
    let name = match option.alias {
        Some(alias) => format!("`{}` or `{alias}`", option.name),
        None => format!("`{}`", option.name),
    };
    let default = if option.default.is_empty() { "empty".to_owned() } else { format!("`{}`", option.default) };
    let about = match option.ignored {
        Some(why) => format!("{} *No effect: {why}.*", option.about),
        None => option.about.to_owned(),
    };
    let cells = [name, option.kind.name(), default, about].map(|cell| cell.replace('|', "\\|"));
    let _infallible = writeln!(text, "| {} |", cells.join(" | "));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Held equal to the table; `UPDATE_DOCS=1` writes it.
    #[test]
    fn the_document_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/CONFIGURATION.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs")).unwrap();
            std::fs::write(path, document()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(written == document(), "docs/CONFIGURATION.md is old: run UPDATE_DOCS=1 cargo test -p server document");
    }
}
