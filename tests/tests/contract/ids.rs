//! Which of our new rows is which recorded one.
//!
//! The order of the builds of one submission is undefined, and so are their ids. Rows of the seed have the ids that they were
//! recorded with; a new module build is known by name, stream, version and context, and from then on its recorded id stands for
//! ours: in answers, in messages, and in the paths of later requests.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Our ids of module builds by recorded ones.
#[derive(Debug, Default)]
pub struct Ids(BTreeMap<i64, i64>);

/// What identifies a build: name, stream, version, context.
pub fn nsvc(build: &Value) -> Option<[&str; 4]> {
    let part = |name: &str| build.get(name).and_then(Value::as_str);
    Some([part("name")?, part("stream")?, part("version")?, part("context")?])
}

impl Ids {
    /// Learns from texts that should tell of the same builds. `is_old` says which recorded ids are in the seed.
    pub fn learn(&mut self, theirs: &[&Value], ours: &[&Value], is_old: impl Fn(i64) -> bool) -> Result<(), String> {
        let (recorded, seen) = (all_builds(theirs), all_builds(ours));
        for (build, id) in recorded.into_iter().filter(|(_, id)| !is_old(*id)) {
            let Some(our) = seen.get(&build) else { continue };
            if *self.0.entry(id).or_insert(*our) != *our {
                return Err(format!("{} has the id {our}, and had {} before", build.join(":"), self.0[&id]));
            }
        }
        Ok(())
    }

    /// Whether it is known which of our builds this recorded one is.
    pub fn knows(&self, recorded: i64) -> bool {
        self.0.contains_key(&recorded)
    }

    fn ours(&self, recorded: i64) -> i64 {
        self.0.get(&recorded).copied().unwrap_or(recorded)
    }

    /// A recorded path with our ids.
    pub fn path(&self, path: &str) -> String {
        const PLACE: &str = "/module-builds/";
        let Some((before, after)) = path.split_once(PLACE) else { return path.to_owned() };
        let digits = after.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(after.len());
        match after[..digits].parse() {
            Ok(id) => format!("{before}{PLACE}{}{}", self.ours(id), &after[digits..]),
            Err(_) => path.to_owned(),
        }
    }

    /// Puts our ids into a recorded body.
    pub fn translate(&self, value: &mut Value) {
        let is_build = nsvc(value).is_some();
        match value {
            Value::Object(object) => {
                for (name, member) in object {
                    match name.as_str() {
                        "id" if is_build => self.number(member),
                        "module_build" | "reused_module_id" => self.number(member),
                        "siblings" => member.as_array_mut().into_iter().flatten().for_each(|id| self.number(id)),
                        "state_url" => self.text(member),
                        _ => self.translate(member),
                    }
                }
            }
            Value::Array(list) => list.iter_mut().for_each(|item| self.translate(item)),
            _ => {}
        }
    }

    fn number(&self, value: &mut Value) {
        if let Some(id) = value.as_i64() {
            *value = json!(self.ours(id));
        }
    }

    fn text(&self, value: &mut Value) {
        if let Some(path) = value.as_str() {
            *value = json!(self.path(path));
        }
    }
}

fn all_builds<'a>(values: &[&'a Value]) -> BTreeMap<[&'a str; 4], i64> {
    let mut found = BTreeMap::new();
    for value in values {
        builds(value, &mut found);
    }
    found
}

/// All builds that a text tells of, with their ids.
fn builds<'a>(value: &'a Value, found: &mut BTreeMap<[&'a str; 4], i64>) {
    if let (Some(build), Some(id)) = (nsvc(value), value["id"].as_i64()) {
        found.insert(build, id);
    }
    match value {
        Value::Object(object) => object.values().for_each(|member| builds(member, found)),
        Value::Array(list) => list.iter().for_each(|item| builds(item, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(id: i64, context: &str) -> Value {
        json!({"id": id, "name": "app", "stream": "1", "version": "2", "context": context, "siblings": []})
    }

    #[test]
    fn new_rows_are_known_by_what_they_are() {
        let mut ids = Ids::default();
        let (theirs, ours) = (json!([build(32, "a"), build(33, "b")]), json!([build(32, "b"), build(33, "a")]));
        ids.learn(&[&theirs], &[&ours], |id| id < 32).unwrap();
        assert_eq!(ids.path("/1/module-builds/32?verbose=1"), "/1/module-builds/33?verbose=1");
        let mut body = json!({"id": 32, "name": "app", "stream": "1", "version": "2", "context": "a", "siblings": [33, 1],
                              "state_url": "/2/module-builds/32", "task_id": 32});
        ids.translate(&mut body);
        assert_eq!((&body["id"], &body["task_id"]), (&json!(33), &json!(32)));
        assert_eq!((&body["siblings"], &body["state_url"]), (&json!([32, 1]), &json!("/2/module-builds/33")));
        ids.learn(&[&build(32, "a")], &[&build(34, "a")], |id| id < 32).unwrap_err();
    }
}
