//! Commands that can be copied: an operation as `curl` asks for it.

use poem::http::Method;
use serde_json::Value;

use super::rendered::PLACE;

/// The command for an operation. `query` begins with `?` or is empty; parameters in the path stand for their examples.
pub fn command(method: &Method, path: &str, parameters: &[Value], query: &str, body: Option<&Body>) -> String {
    const NEXT_LINE: &str = " \\\n     ";
    let implied = *method == Method::GET || body.is_some() && *method == Method::POST;
    let method = if implied { String::new() } else { format!(" -X {method}") };
    let address = quoted(&format!("{PLACE}{}{query}", filled_in(path, parameters)));
    let more = match body {
        None => Vec::new(),
        Some(Body::Json(value)) => {
            vec!["-H 'Content-Type: application/json'".to_owned(), format!("-d {}", quoted(&value.to_string()))]
        }
        Some(Body::Form(fields)) => fields.iter().map(|field| format!("-F {}", quoted(field))).collect(),
    };
    let lines: Vec<_> = std::iter::once(format!("curl{method} {address}")).chain(more).collect();
    lines.join(NEXT_LINE)
}

/// What is sent.
pub enum Body {
    /// JSON.
    Json(Value),
    /// Fields of a form, `name=value` or `name=@file`.
    Form(Vec<String>),
}

fn filled_in(path: &str, parameters: &[Value]) -> String {
    let mut path = path.to_owned();
    for parameter in parameters.iter().filter(|parameter| parameter["in"] == "path") {
        let name = parameter["name"].as_str().unwrap_or_default();
        path = path.replace(&format!("{{{name}}}"), &parameter["example"].to_string());
    }
    path
}

/// A word of a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/:.-_=@".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_shell_reads_what_was_meant() {
        let body = Body::Json(json!({ "owner": "o'hara" }));
        let id = json!({ "name": "id", "in": "path", "example": 8 });
        let command = command(&Method::PATCH, "/builds/{id}", &[id], "?a=1&b=2", Some(&body));
        let expected = format!(
            "curl -X PATCH '{PLACE}/builds/8?a=1&b=2' \\\n     -H 'Content-Type: application/json' \\\n     -d '{{\"owner\":\"o'\\''hara\"}}'"
        );
        assert_eq!(command, expected);
    }
}
