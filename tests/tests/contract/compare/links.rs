//! Paging links: URLs whose query is a set of pairs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

const LINKS: [&str; 4] = ["first", "last", "prev", "next"];

/// Choose the page; every link has its own.
const PAGING: [&str; 2] = ["page", "per_page"];

/// Makes a list of address and pairs of every link.
pub fn normalize(body: &mut Value) {
    for name in LINKS {
        if let Some(link) = body.pointer_mut(&format!("/meta/{name}"))
            && let Some(url) = link.as_str()
        {
            let (address, query) = url.split_once('?').unwrap_or((url, ""));
            let pairs: BTreeSet<_> = form_urlencoded::parse(query.as_bytes()).collect();
            *link = json!([address, pairs]);
        }
    }
}

/// The correction `links`: they keep every value of an argument that the request repeats.
pub fn keep_repeated(body: &mut Value, query: &[(String, String)]) {
    let is_repeated =
        |name: &String| !PAGING.contains(&name.as_str()) && query.iter().filter(|(other, _)| other == name).count() > 1;
    let repeated: Vec<_> = query.iter().filter(|(name, _)| is_repeated(name)).map(|pair| json!(pair)).collect();
    for name in LINKS {
        let pairs = body.pointer_mut(&format!("/meta/{name}/1")).and_then(Value::as_array_mut);
        let Some(pairs) = pairs else { continue };
        for pair in &repeated {
            if !pairs.contains(pair) {
                pairs.push(pair.clone());
            }
        }
        pairs.sort_by_key(|pair| (pair[0].to_string(), pair[1].as_str().map(str::to_owned)));
    }
}

/// Takes an argument out of every link of a recorded body.
pub fn without(body: &mut Value, argument: &str) {
    for name in LINKS {
        if let Some(link) = body.pointer_mut(&format!("/meta/{name}"))
            && let Some((address, query)) = link.as_str().and_then(|url| url.split_once('?'))
        {
            let kept: Vec<_> = query.split('&').filter(|pair| pair.split('=').next() != Some(argument)).collect();
            *link = json!(format!("{address}?{}", kept.join("&")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_sets_and_keep_what_is_repeated() {
        let mut theirs = json!({"meta": {"first": "http://h/?page=1&state=0&name=a%20b", "next": null}});
        let mut ours = json!({"meta": {"first": "http://h/?name=a+b&state=1&state=0&page=1", "next": null}});
        let query = [("state", "0"), ("state", "1"), ("page", "1"), ("page", "2")];
        let query: Vec<_> = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        normalize(&mut theirs);
        normalize(&mut ours);
        assert_ne!(theirs, ours);
        keep_repeated(&mut theirs, &query);
        keep_repeated(&mut ours, &query);
        assert_eq!(theirs, ours);
    }

    #[test]
    fn an_argument_can_be_taken_out() {
        let mut body = json!({"meta": {"first": "http://h/?page=1&short=1&name=x"}});
        without(&mut body, "short");
        assert_eq!(body["meta"]["first"], "http://h/?page=1&name=x");
    }
}
