//! An operation of the page.

use serde_json::Value;

use super::html::Html;
use super::schema::{kind, row};
use super::text;

/// More parameters than this are folded away.
const FEW: usize = 6;

/// The name by which the page links to an operation.
pub fn anchor(operation: &Value) -> &str {
    operation["operationId"].as_str().unwrap_or_default()
}

/// Writes an operation.
pub fn operation(html: &mut Html, path: &str, method: &str, operation: &Value) {
    let id = anchor(operation);
    html.element("article", &[("id", id)], |html| {
        html.element("h3", &[], |html| {
            html.element("a", &[("href", &format!("#{id}"))], |html| text(html, &operation["summary"]));
        });
        html.element("p", &[("class", "path")], |html| {
            html.say("span", &[("class", &format!("method {method}"))], &method.to_uppercase()).text(" ");
            html.say("code", &[], path);
        });
        text::paragraphs(html, operation["description"].as_str().unwrap_or_default());
        samples(html, operation);
        parameters(html, operation);
        body(html, operation);
        answers(html, operation);
    });
}

fn text(html: &mut Html, value: &Value) {
    html.text(value.as_str().unwrap_or_default());
}

fn samples(html: &mut Html, operation: &Value) {
    let samples = operation["x-codeSamples"].as_array().map_or(&[][..], Vec::as_slice);
    for sample in samples {
        if samples.len() > 1 {
            html.element("p", &[("class", "label")], |html| text(html, &sample["label"]));
        }
        html.element("pre", &[("class", "command"), ("tabindex", "0")], |html| text(html, &sample["source"]));
    }
}

/// A part that can be folded.
fn part(html: &mut Html, title: &str, is_open: bool, inside: impl FnOnce(&mut Html)) {
    let open = [("open", "")];
    html.element("details", if is_open { &open } else { &[] }, |html| {
        html.say("summary", &[], title);
        inside(html);
    });
}

fn parameters(html: &mut Html, operation: &Value) {
    // What all operations have is told once, in the introduction.
    let all = operation["parameters"].as_array().into_iter().flatten();
    let all: Vec<_> = all.filter(|parameter| parameter.get("$ref").is_none()).collect();
    if all.is_empty() {
        return;
    }
    part(html, &format!("Parameters ({})", all.len()), all.len() <= FEW, |html| {
        for (place, title) in [("path", "In the path"), ("query", "In the query string"), ("header", "Headers")] {
            let here: Vec<_> = all.iter().filter(|parameter| parameter["in"] == place).collect();
            if here.is_empty() {
                continue;
            }
            html.say("h4", &[], title);
            html.element("dl", &[], |html| here.iter().for_each(|parameter| parameter_row(html, parameter)));
        }
    });
}

fn parameter_row(html: &mut Html, parameter: &Value) {
    let name = parameter["name"].as_str().unwrap_or_default();
    let about = parameter["description"].as_str().unwrap_or_default();
    let schema = &parameter["schema"];
    if schema["type"] == "array" {
        row(html, name, "may repeat", &schema["items"], about);
    } else {
        row(html, name, "", schema, about);
    }
}

fn body(html: &mut Html, operation: &Value) {
    let Some(content) = operation["requestBody"]["content"].as_object() else { return };
    part(html, "Body", true, |html| {
        for (content_type, media) in content {
            html.element("p", &[], |html| {
                html.say("code", &[], content_type).text(": ");
                kind(html, &media["schema"]);
            });
        }
    });
}

fn answers(html: &mut Html, operation: &Value) {
    let Some(answers) = operation["responses"].as_object() else { return };
    let mut answers: Vec<_> = answers.iter().collect();
    answers.sort_by_key(|(status, _)| *status);
    part(html, "Answers", true, |html| {
        html.element("dl", &[("class", "answers")], |html| {
            for (status, answer) in answers {
                html.element("dt", &[], |html| {
                    html.say("code", &[("class", &format!("status s{}", &status[..1]))], status);
                });
                html.element("dd", &[], |html| self::answer(html, status, answer));
            }
        });
    });
}

fn answer(html: &mut Html, status: &str, answer: &Value) {
    html.element("p", &[], |html| text::line(html, answer["description"].as_str().unwrap_or_default()));
    for (content_type, media) in answer["content"].as_object().into_iter().flatten() {
        let is_error = status >= "400";
        html.element("p", &[("class", "content")], |html| {
            if is_error {
                html.text("e.g. ").say("code", &[], media["example"]["message"].as_str().unwrap_or_default());
            } else {
                html.say("code", &[], content_type).text(": ");
                kind(html, &media["schema"]);
            }
        });
        if !is_error && content_type == "application/json" && media.get("example").is_some() {
            part(html, "Example", false, |html| {
                let shown = serde_json::to_string_pretty(&media["example"]).unwrap_or_default();
                html.say("pre", &[("tabindex", "0")], &shown);
            });
        }
    }
    headers(html, answer);
}

fn headers(html: &mut Html, answer: &Value) {
    let all = answer["headers"].as_object().into_iter().flatten();
    for (name, header) in all.filter(|(_, header)| header.get("$ref").is_none()) {
        html.element("p", &[("class", "content")], |html| {
            html.text("Header ").say("code", &[], name).text(": ");
            text::line(html, header["description"].as_str().unwrap_or_default());
        });
    }
}
