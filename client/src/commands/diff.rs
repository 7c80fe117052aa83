//! `mbs-build diff`.

use clap::Args;
use serde_json::{Map, Value};

use crate::cli::Options;
use crate::failure::Failure;
use crate::out;
use crate::service::Service;
use crate::text;

/// Tell what is different between two builds
///
/// Components with their commits and NVRs, packages, filters, licences, modules that they were built against, macros. A line begins
/// with + for what only the second has, with - for what only the first has, and with ~ for what is another.
///
/// With --json: the difference as the service describes it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mbs-build diff 41 42\n  mbs-build diff nodejs:10:20190301080000:c0ffee42 42\n  mbs-build --json diff 41 42 | jq -r '.rpms.added[]'"
)]
pub struct Arguments {
    /// The first build: its number, or name:stream:version:context
    #[arg(value_name = "A")]
    first: String,
    /// The second build
    #[arg(value_name = "B")]
    second: String,
}

/// What is shown, in this order.
const PARTS: [(&str, &str); 10] = [
    ("components", "Components"),
    ("rpms", "Packages"),
    ("buildrequires", "Built against"),
    ("requires", "Requires"),
    ("filters", "Filters"),
    ("api", "API"),
    ("macros", "Macros"),
    ("arches", "Architectures"),
    ("module_licenses", "Licences of the module"),
    ("content_licenses", "Licences of its packages"),
];

/// Shows the difference.
pub async fn run(service: &Service, options: &Options, arguments: &Arguments) -> Result<(), Failure> {
    let difference = service.difference(&arguments.first, &arguments.second).await?;
    if options.json { out::document(&difference) } else { out::line(&page(&difference)) }
}

fn page(difference: &Value) -> String {
    let mut lines = vec![format!("- {}", build(&difference["a"])), format!("+ {}", build(&difference["b"]))];
    if difference["same"] == true {
        lines.extend([String::new(), "Nothing is different.".to_owned()]);
    }
    for (part, title) in PARTS {
        let changes = changes(&difference[part]);
        if !changes.is_empty() {
            lines.extend([String::new(), format!("{title}:")]);
            lines.extend(changes);
        }
    }
    if difference["rpms"].is_null() {
        lines.extend([String::new(), "Packages are not compared: one of the builds has published none.".to_owned()]);
    }
    lines.join("\n")
}

fn build(build: &Value) -> String {
    let text = |name: &str| build[name].as_str().unwrap_or_default().to_owned();
    let nsvc = ["name", "stream", "version", "context"].map(text).join(":");
    text::printable(&format!("{} {nsvc} ({})", build["id"], text("state_name")))
}

fn changes(part: &Value) -> Vec<String> {
    let items = |kind: &str| part[kind].as_array().cloned().unwrap_or_default();
    let line = |sign: char, item: &Value| text::printable(&format!("  {sign} {}", described(item)));
    let mut lines: Vec<String> = items("removed").iter().map(|item| line('-', item)).collect();
    lines.extend(items("added").iter().map(|item| line('+', item)));
    lines.extend(items("changed").iter().map(|item| line('~', item)));
    lines
}

/// A name alone, or with what it is: `bash (ref c0ffee)`, `bash: ref c0ffee -> decade`.
fn described(item: &Value) -> String {
    let Value::Object(fields) = item else { return item.as_str().unwrap_or_default().to_owned() };
    let name = fields.get("name").and_then(Value::as_str).unwrap_or_default();
    let values = values(fields);
    match (values.is_empty(), fields.values().any(Value::is_object)) {
        (true, _) => name.to_owned(),
        (false, true) => format!("{name}: {}", values.join(", ")),
        (false, false) => format!("{name} ({})", values.join(", ")),
    }
}

fn values(fields: &Map<String, Value>) -> Vec<String> {
    let others = fields.iter().filter(|(name, _)| *name != "name");
    let shown = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    others
        .map(|(name, value)| match value {
            Value::Object(pair) => {
                format!(
                    "{name} {} -> {}",
                    pair.get("a").map_or_else(String::new, shown),
                    pair.get("b").map_or_else(String::new, shown)
                )
            }
            value => format!("{name} {}", shown(value)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_for_each_change() {
        let build = |id: i32| json!({ "id": id, "name": "sh", "stream": "1", "version": "2", "context": "c", "state_name": "ready" });
        let components = json!({
            "added": [{ "name": "new", "ref": "aa" }],
            "removed": [{ "name": "old" }],
            "changed": [{ "name": "bash", "nvr": { "a": null, "b": "bash-5-1" } }],
        });
        let page = page(&json!({
            "a": build(1), "b": build(2), "same": false, "components": components, "rpms": null,
            "macros": { "added": ["%x\u{1b}[2J"], "removed": [] },
        }));
        let expected = "- 1 sh:1:2:c (ready)\n+ 2 sh:1:2:c (ready)\n\nComponents:\n  - old\n  + new (ref aa)\n  ~ bash: nvr none -> bash-5-1\n\n\
                        Macros:\n  + %x[2J\n\nPackages are not compared: one of the builds has published none.";
        assert_eq!(page, expected);
    }
}
