//! The whole page.

use serde_json::Value;

use super::html::Html;
use super::operation::{anchor, operation};
use super::schema::{kind, members};
use super::text;

/// The page for an OpenAPI document.
pub fn page(document: &Value) -> String {
    let title = document["info"]["title"].as_str().unwrap_or_default();
    let mut html = Html::default();
    html.element("html", &[("lang", "en")], |html| {
        html.element("head", &[], |html| {
            html.single("meta", &[("charset", "utf-8")]);
            html.single("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
            html.say("title", &[], title);
            // Relative to the page: a proxy may serve it below a path of its own.
            html.single("link", &[("rel", "stylesheet"), ("href", "docs/style.css")]);
        });
        html.element("body", &[], |html| {
            html.say("a", &[("class", "skip"), ("href", "#operations")], "Skip the contents");
            html.element("header", &[], |html| heading(html, document, title));
            html.element("nav", &[("aria-label", "Contents")], |html| contents(html, document));
            html.element("main", &[("id", "operations")], |html| main(html, document));
        });
    });
    html.into_page()
}

fn heading(html: &mut Html, document: &Value, title: &str) {
    html.say("h1", &[], title);
    let version = document["info"]["version"].as_str().unwrap_or_default();
    html.element("p", &[("class", "links")], |html| {
        html.say("span", &[], &format!("{version} at "));
        html.say("code", &[], document["servers"][0]["url"].as_str().unwrap_or_default());
        html.text(" · ").say("a", &[("href", "openapi.json")], "OpenAPI");
        for (path, name) in [("/graphql", "GraphQL"), ("/readyz", "Health")] {
            if let Some(operation) = document["paths"][path].as_object().and_then(|methods| methods.values().next()) {
                html.text(" · ").say("a", &[("href", &format!("#{}", anchor(operation)))], name);
            }
        }
    });
}

/// Operations of a group with their paths and methods, in the order of the document.
fn of<'a>(document: &'a Value, tag: &Value) -> Vec<(&'a str, &'a str, &'a Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    });
    all.filter(|(_, _, operation)| operation["tags"][0] == tag["name"]).collect()
}

fn tags(document: &Value) -> &[Value] {
    document["tags"].as_array().map_or(&[], Vec::as_slice)
}

fn name(value: &Value) -> &str {
    value["name"].as_str().unwrap_or_default()
}

fn group(tag: &Value) -> String {
    format!("group-{}", name(tag).to_lowercase().replace(' ', "-"))
}

fn contents(html: &mut Html, document: &Value) {
    html.element("details", &[("open", "")], |html| {
        html.say("summary", &[], "Contents");
        for tag in tags(document) {
            html.element("h2", &[], |html| {
                html.say("a", &[("href", &format!("#{}", group(tag)))], name(tag));
            });
            html.element("ul", &[], |html| {
                for (_, method, operation) in of(document, tag) {
                    html.element("li", &[], |html| {
                        html.say("span", &[("class", &format!("method {method}"))], &method.to_uppercase()).text(" ");
                        let summary = operation["summary"].as_str().unwrap_or_default();
                        html.say("a", &[("href", &format!("#{}", anchor(operation)))], summary);
                    });
                }
            });
        }
        html.element("h2", &[], |html| {
            html.say("a", &[("href", "#schemas")], "Schemas");
        });
    });
}

fn main(html: &mut Html, document: &Value) {
    html.element("section", &[], |html| {
        text::paragraphs(html, document["info"]["description"].as_str().unwrap_or_default());
    });
    for tag in tags(document) {
        html.element("section", &[("id", &group(tag))], |html| {
            html.say("h2", &[], name(tag));
            text::paragraphs(html, tag["description"].as_str().unwrap_or_default());
            for (path, method, one) in of(document, tag) {
                operation(html, path, method, one);
            }
        });
    }
    html.element("section", &[("id", "schemas")], |html| {
        html.say("h2", &[], "Schemas");
        for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
            html.element("article", &[("id", name)], |html| one_schema(html, name, schema));
        }
    });
}

fn one_schema(html: &mut Html, name: &str, schema: &Value) {
    html.element("h3", &[], |html| {
        html.say("a", &[("href", &format!("#{name}"))], name);
    });
    text::paragraphs(html, schema["description"].as_str().unwrap_or_default());
    if schema["properties"].is_object() {
        members(html, schema);
    } else {
        html.element("p", &[("class", "kind")], |html| kind(html, schema));
    }
}
