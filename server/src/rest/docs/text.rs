//! Descriptions: paragraphs, lists whose lines begin with `- `, and `` `code` ``.

use super::html::Html;

/// Writes a description.
pub fn paragraphs(html: &mut Html, text: &str) {
    for block in text.split("\n\n").filter(|block| !block.trim().is_empty()) {
        if block.starts_with("- ") {
            html.element("ul", &[], |html| {
                for item in block.lines() {
                    html.element("li", &[], |html| line(html, item.trim_start_matches("- ")));
                }
            });
        } else {
            html.element("p", &[], |html| line(html, block));
        }
    }
}

/// Writes a text with code in it.
pub fn line(html: &mut Html, text: &str) {
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 0 {
            html.text(part);
        } else {
            html.say("code", &[], part);
        }
    }
}
