//! What failed is null in an answer; where it cannot be null, what holds it is. That is what GraphQL promises, and what clients that keep
//! objects rely on; the library leaves out what failed.

use std::collections::BTreeMap;

use async_graphql::parser::types::{BaseType, ExecutableDocument, Selection, Type};
use async_graphql::{Name, PathSegment, Response, ServerError, Value};

use super::Set;

/// Writes the nulls of an answer to an operation that asks for this of this type.
pub fn fill(response: &mut Response, document: &ExecutableDocument, root: &str, sets: &[Set<'_>]) {
    let failed = Failed::of(&response.errors);
    if !failed.below.is_empty() {
        let kind = Type { base: BaseType::Named(Name::new(root)), nullable: true };
        Answer { document }.mend(&mut response.data, &kind, sets, &failed);
    }
}

/// Places in an answer that failed.
#[derive(Default)]
struct Failed {
    itself: bool,
    below: BTreeMap<Step, Failed>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Field(String),
    Index(usize),
}

impl Failed {
    fn of(errors: &[ServerError]) -> Self {
        let mut all = Self::default();
        for error in errors.iter().filter(|error| !error.path.is_empty()) {
            let mut place = &mut all;
            for segment in &error.path {
                let step = match segment {
                    PathSegment::Field(name) => Step::Field(name.clone()),
                    PathSegment::Index(index) => Step::Index(*index),
                };
                place = place.below.entry(step).or_default();
            }
            place.itself = true;
        }
        all
    }
}

struct Answer<'a> {
    document: &'a ExecutableDocument,
}

impl<'a> Answer<'a> {
    /// Returns whether what holds the value can stay as it is.
    fn mend(&self, value: &mut Value, kind: &'a Type, sets: &[Set<'a>], failed: &Failed) -> bool {
        let stays = !failed.itself
            && match &kind.base {
                BaseType::List(item) => self.items(value, item, sets, failed),
                BaseType::Named(_) => self.fields(value, sets, failed),
            };
        if !stays {
            *value = Value::Null;
        }
        stays || kind.nullable
    }

    fn items(&self, value: &mut Value, kind: &'a Type, sets: &[Set<'a>], failed: &Failed) -> bool {
        // Where an item is an error, the library has given up the list.
        let Value::List(list) = value else { return false };
        failed.below.iter().all(|(step, failed)| match step {
            Step::Index(index) => list.get_mut(*index).is_none_or(|item| self.mend(item, kind, sets, failed)),
            Step::Field(_) => true,
        })
    }

    fn fields(&self, value: &mut Value, sets: &[Set<'a>], failed: &Failed) -> bool {
        // An object of which all has failed is null in the library.
        if *value == Value::Null {
            *value = Value::Object(std::iter::empty().collect());
        }
        let Value::Object(object) = value else { return true };
        failed.below.iter().all(|(step, failed)| {
            let Step::Field(key) = step else { return true };
            let mut found = Vec::new();
            self.find(sets, key, &mut found);
            let Some((kind, _)) = found.first() else { return true };
            let below: Vec<_> = found.iter().map(|(_, set)| *set).collect();
            self.mend(object.entry(Name::new(key)).or_insert(Value::Null), kind, &below, failed)
        })
    }

    /// All places where the field with this key is asked for.
    fn find(&self, sets: &[Set<'a>], key: &str, found: &mut Vec<(&'a Type, Set<'a>)>) {
        for set in sets {
            for selection in &set.fields.items {
                match &selection.node {
                    Selection::Field(field) if field.node.response_key().node == key => {
                        found.extend(set.below(&field.node));
                    }
                    Selection::Field(_) => {}
                    Selection::InlineFragment(fragment) => {
                        let of = fragment.node.type_condition.as_ref().map_or(set.of, |on| on.node.on.node.as_str());
                        self.find(&[Set { of, fields: &fragment.node.selection_set.node }], key, found);
                    }
                    Selection::FragmentSpread(spread) => {
                        let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) else {
                            continue;
                        };
                        let of = fragment.node.type_condition.node.on.node.as_str();
                        self.find(&[Set { of, fields: &fragment.node.selection_set.node }], key, found);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{Pos, Request};
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::graphql::http::shape::Shape;

    /// The answer to `query` that has `data`, and errors at `paths`.
    fn filled(query: &str, data: Json, paths: &[Json]) -> Json {
        let mut response = Response::new(Value::from_json(data).unwrap());
        for path in paths {
            let mut error = ServerError::new("failed", Some(Pos::default()));
            error.path = path.as_array().unwrap().iter().map(segment).collect();
            response.errors.push(error);
        }
        Shape::of(&mut Request::new(query)).unwrap().mend(&mut response);
        response.data.into_json().unwrap()
    }

    fn segment(step: &Json) -> PathSegment {
        let index = step.as_u64().map(|index| PathSegment::Index(usize::try_from(index).unwrap()));
        index.unwrap_or_else(|| PathSegment::Field(step.as_str().unwrap().to_owned()))
    }

    #[test]
    fn what_may_be_null_is_null() {
        let query = "{ moduleBuild(id: 1) { nsvc tree: estimate { seconds } } other: moduleBuild(id: 2) { nsvc } }";
        let data = json!({"moduleBuild": {"nsvc": "a"}});
        let paths = [json!(["moduleBuild", "tree"]), json!(["other"])];
        assert_eq!(filled(query, data, &paths), json!({"moduleBuild": {"nsvc": "a", "tree": null}, "other": null}));
    }

    #[test]
    fn what_cannot_be_null_makes_null_what_holds_it() {
        let query = "{ moduleBuild(id: 1) { nsvc ...deep } } fragment deep on ModuleBuild { arches modulemd }";
        let data = json!({"moduleBuild": {"nsvc": "a", "arches": []}});
        assert_eq!(filled(query, data, &[json!(["moduleBuild", "modulemd"])]), json!({"moduleBuild": null}));
        let query = "{ moduleBuilds { nodes { nsvc modulemd } } }";
        let data = json!({"moduleBuilds": {"nodes": [{"nsvc": "a"}, {"nsvc": "b", "modulemd": "b"}]}});
        assert_eq!(filled(query, data, &[json!(["moduleBuilds", "nodes", 0, "modulemd"])]), json!(null));
    }

    #[test]
    fn an_object_of_which_all_has_failed() {
        let query = "query { node(id: 1) { ... on ModuleBuild { reusedModule { nsvc } estimate { seconds } } } }";
        let paths = [json!(["node", "reusedModule"]), json!(["node", "estimate"])];
        let wanted = json!({"node": {"reusedModule": null, "estimate": null}});
        assert_eq!(filled(query, json!({"node": null}), &paths), wanted);
        assert_eq!(filled(query, json!({}), &paths), wanted);
    }

    #[test]
    fn a_refusal_of_the_whole_stays_what_it_is() {
        assert_eq!(filled("{ moduleBuild { id } }", json!(null), &[json!([])]), json!(null));
    }
}
