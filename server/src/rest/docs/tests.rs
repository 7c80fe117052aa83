//! The page shows all of the document, and nothing in it can become markup.

use serde_json::json;

use super::html::Html;
use super::page::page;
use super::text;
use crate::rest::openapi::document;

#[test]
fn everything_is_on_the_page() {
    let document = document("https://mbs.example.com");
    let page = page(&document);
    for (path, methods) in document["paths"].as_object().unwrap() {
        assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
        for operation in methods.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(page.contains(&format!("<article id=\"{id}\">")), "{id}");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let Some(name) = parameter["name"].as_str() else { continue };
                assert!(page.contains(&format!("<code class=\"name\">{name}</code>")), "{name}");
            }
        }
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("<article id=\"{name}\">")), "{name}");
    }
}

#[test]
fn every_link_within_the_page_has_a_target() {
    let page = page(&document("https://mbs.example.com"));
    let targets = page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next());
    for target in targets {
        assert!(page.contains(&format!("id=\"{target}\"")), "#{target}");
    }
}

#[test]
fn the_page_needs_no_scripts_and_no_other_host() {
    let page = page(&document("https://mbs.example.com"));
    for foreign in ["<script", "<style", " style=\"", " onclick", "src=\"", "href=\"http"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
}

#[test]
fn what_is_shown_is_escaped() {
    let hostile = "</title><script>alert('\"1\"')</script>&";
    let mut document = document("https://mbs.example.com");
    document["info"]["title"] = json!(hostile);
    document["info"]["description"] = json!(format!("- {hostile}\n- `{hostile}`\n\n{hostile}"));
    document["servers"][0]["url"] = json!(hostile);
    document["tags"][0]["description"] = json!(hostile);
    let operation = &mut document["paths"]["/graphql"]["post"];
    operation["operationId"] = json!("\" onfocus=\"x");
    for member in ["summary", "description"] {
        operation[member] = json!(hostile);
    }
    let page = page(&document);
    assert!(!page.contains("<script") && !page.contains("\" onfocus"));
    assert!(page.contains("&lt;/title&gt;&lt;script&gt;alert(&#39;&quot;1&quot;&#39;)&lt;/script&gt;&amp;"));
}

#[test]
fn descriptions_have_lists_and_code() {
    let mut html = Html::default();
    text::paragraphs(&mut html, "One `two`.\n\n- three\n- `<`");
    let expected = "<p>One <code>two</code>.</p>\n<ul><li>three</li>\n<li><code>&lt;</code></li>\n</ul>\n";
    assert_eq!(html.written(), expected);
}
