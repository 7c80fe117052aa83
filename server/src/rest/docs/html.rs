//! HTML, element by element. Texts and values of attributes are escaped here and nowhere else, so nothing that is shown can become
//! markup.

/// A piece of a page.
#[derive(Default)]
pub struct Html(String);

/// Attributes of an element.
pub type Attributes<'a> = &'a [(&'a str, &'a str)];

impl Html {
    /// Adds text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        escape(&mut self.0, text);
        self
    }

    /// Adds an element that holds what `inside` writes.
    pub fn element(&mut self, tag: &str, attributes: Attributes<'_>, inside: impl FnOnce(&mut Self)) -> &mut Self {
        self.single(tag, attributes);
        inside(self);
        self.0.push_str("</");
        self.0.push_str(tag);
        self.0.push('>');
        if !is_inline(tag) {
            self.0.push('\n');
        }
        self
    }

    /// Adds an element that holds a text.
    pub fn say(&mut self, tag: &str, attributes: Attributes<'_>, text: &str) -> &mut Self {
        self.element(tag, attributes, |html| {
            html.text(text);
        })
    }

    /// Adds an element that holds nothing and is not closed, such as `<meta>`.
    pub fn single(&mut self, tag: &str, attributes: Attributes<'_>) -> &mut Self {
        self.0.push('<');
        self.0.push_str(tag);
        for (name, value) in attributes {
            self.0.push(' ');
            self.0.push_str(name);
            self.0.push_str("=\"");
            escape(&mut self.0, value);
            self.0.push('"');
        }
        self.0.push('>');
        self
    }

    /// The page that it makes.
    pub fn into_page(self) -> String {
        format!("<!DOCTYPE html>\n{}", self.0)
    }

    /// What was written.
    #[cfg(test)]
    pub fn written(&self) -> &str {
        &self.0
    }
}

fn is_inline(tag: &str) -> bool {
    matches!(tag, "a" | "code" | "span" | "strong")
}

fn escape(into: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            '\'' => into.push_str("&#39;"),
            other => into.push(other),
        }
    }
}
