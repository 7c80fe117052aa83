//! Fields of an answer stand in the order in which they are asked for, which people read and clients may rely on; the library writes
//! them as they become ready.

use std::collections::HashSet;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Value};

use super::Set;

type Object = IndexMap<Name, Value>;

/// Fields by the names that they have in the answer, with all that is asked for of each.
type Asked<'a> = IndexMap<&'a Name, Vec<Set<'a>>>;

/// Puts the fields of an answer in order.
pub fn arrange(data: &mut Value, document: &ExecutableDocument, sets: &[Set<'_>]) {
    Query { document }.arrange(vec![data], sets);
}

struct Query<'a> {
    document: &'a ExecutableDocument,
}

impl<'a> Query<'a> {
    /// Arranges all objects that this is asked for of, so that what is asked for is looked at once.
    fn arrange(&self, values: Vec<&mut Value>, sets: &[Set<'a>]) {
        let mut objects = Vec::new();
        for value in values {
            find_objects(value, &mut objects);
        }
        if objects.is_empty() {
            return;
        }
        if sets.iter().any(|set| self.depends_on_type(set.of, set.fields)) {
            for object in objects {
                let asked = self.asked(sets, Some(&*object));
                self.arrange_alike(vec![object], &asked);
            }
        } else {
            self.arrange_alike(objects, &self.asked(sets, None));
        }
    }

    fn arrange_alike(&self, mut objects: Vec<&mut Object>, asked: &Asked<'a>) {
        for object in &mut objects {
            sort(object, asked);
        }
        for (key, below) in asked.iter().filter(|(_, below)| !below.is_empty()) {
            let values = objects.iter_mut().filter_map(|object| object.get_mut(*key)).collect();
            self.arrange(values, below);
        }
    }

    /// Whether fields are asked for of some types only.
    fn depends_on_type(&self, of: &str, fields: &SelectionSet) -> bool {
        fields.items.iter().any(|selection| match &selection.node {
            Selection::Field(_) => false,
            Selection::InlineFragment(fragment) => {
                let on = fragment.node.type_condition.as_ref().map_or(of, |on| on.node.on.node.as_str());
                on != of || self.depends_on_type(of, &fragment.node.selection_set.node)
            }
            Selection::FragmentSpread(spread) => {
                let fragment = self.document.fragments.get(&spread.node.fragment_name.node);
                fragment.is_some_and(|fragment| fragment.node.type_condition.node.on.node != of)
            }
        })
    }

    /// What is asked for, in its order. `object` is looked at where it depends on its type.
    fn asked(&self, sets: &[Set<'a>], object: Option<&Object>) -> Asked<'a> {
        let mut asked = Asked::new();
        let mut seen = HashSet::new();
        for set in sets {
            self.ask(*set, object, &mut asked, &mut seen);
        }
        asked
    }

    fn ask(&self, set: Set<'a>, object: Option<&Object>, asked: &mut Asked<'a>, seen: &mut HashSet<&'a Name>) {
        for selection in &set.fields.items {
            match &selection.node {
                Selection::Field(field) => {
                    let below = asked.entry(&field.node.response_key().node).or_default();
                    let is_object = !field.node.selection_set.node.items.is_empty();
                    below.extend(set.below(&field.node).filter(|_| is_object).map(|(_, set)| set));
                }
                Selection::InlineFragment(fragment) => {
                    let of = fragment.node.type_condition.as_ref().map_or(set.of, |on| on.node.on.node.as_str());
                    self.ask_fragment((set.of, of), &fragment.node.selection_set.node, object, asked, seen);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let Some(fragment) = self.document.fragments.get(name).filter(|_| seen.insert(name)) else {
                        continue;
                    };
                    let of = fragment.node.type_condition.node.on.node.as_str();
                    self.ask_fragment((set.of, of), &fragment.node.selection_set.node, object, asked, seen);
                }
            }
        }
    }

    fn ask_fragment(
        &self,
        (outer, of): (&str, &'a str),
        fields: &'a SelectionSet,
        object: Option<&Object>,
        asked: &mut Asked<'a>,
        seen: &mut HashSet<&'a Name>,
    ) {
        if outer == of || object.is_none_or(|object| has_all(object, fields)) {
            self.ask(Set { of, fields }, object, asked, seen);
        }
    }
}

/// Whether all fields that are asked for here are there. If not, the object is of another type, or they were asked for on a condition.
fn has_all(object: &Object, fields: &SelectionSet) -> bool {
    fields.items.iter().all(|selection| match &selection.node {
        Selection::Field(field) if field.node.directives.is_empty() => {
            object.contains_key(&field.node.response_key().node)
        }
        _ => true,
    })
}

fn find_objects<'v>(value: &'v mut Value, found: &mut Vec<&'v mut Object>) {
    match value {
        Value::Object(object) => found.push(object),
        Value::List(list) => list.iter_mut().for_each(|item| find_objects(item, found)),
        _ => {}
    }
}

fn sort(object: &mut Object, asked: &Asked<'_>) {
    let mut order = asked.keys();
    let is_sorted = object.keys().all(|key| order.any(|asked| *asked == key));
    if !is_sorted {
        object.sort_by_cached_key(|key, _| asked.get_index_of(key).unwrap_or(usize::MAX));
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{Request, Response};

    use super::*;
    use crate::graphql::http::shape::Shape;

    fn arranged(query: &str, data: &str) -> String {
        let mut response = Response::new(serde_json::from_str::<Value>(data).unwrap());
        Shape::of(&mut Request::new(query)).unwrap().mend(&mut response);
        serde_json::to_string(&response.data).unwrap()
    }

    #[test]
    fn fields_stand_as_they_are_asked_for() {
        let query =
            "{ moduleBuilds { nodes { components { nodes { package id } } name: id } totalCount } viewer { name } }";
        let data = r#"{"viewer":{"name":"a"},"moduleBuilds":{"totalCount":1,"nodes":[{"name":1,"components":{"nodes":[{"id":1,"package":"a"}]}}]}}"#;
        let wanted = r#"{"moduleBuilds":{"nodes":[{"components":{"nodes":[{"package":"a","id":1}]},"name":1}],"totalCount":1},"viewer":{"name":"a"}}"#;
        assert_eq!(arranged(query, data), wanted);
    }

    #[test]
    fn what_is_asked_for_twice_stands_where_it_is_first_asked_for() {
        let query = "{ moduleBuild(id: 1) { nsvc ...more owner moduleBuild: id } } fragment more on ModuleBuild { stream ... { name nsvc } }";
        let data = r#"{"moduleBuild":{"moduleBuild":1,"owner":"o","name":"n","stream":"s","nsvc":"x"}}"#;
        let wanted = r#"{"moduleBuild":{"nsvc":"x","stream":"s","name":"n","owner":"o","moduleBuild":1}}"#;
        assert_eq!(arranged(query, data), wanted);
    }

    #[test]
    fn fields_of_other_types_do_not_count() {
        let query = "{ node(id: 1) { ... on ModuleBuild { id name } ... on ComponentBuild { package id } } }";
        let component = r#"{"node":{"id":1,"package":"a"}}"#;
        assert_eq!(arranged(query, component), r#"{"node":{"package":"a","id":1}}"#);
        let module = r#"{"node":{"name":"a","id":1}}"#;
        assert_eq!(arranged(query, module), r#"{"node":{"id":1,"name":"a"}}"#);
    }

    #[test]
    fn what_is_no_object_of_the_schema_is_left_alone() {
        let query = "{ __schema { types { name kind } } events { nodes { body } } }";
        let data = r#"{"events":{"nodes":[{"body":{"b":1,"a":2}}]},"__schema":{"types":[{"kind":"k","name":"n"}]}}"#;
        let wanted = r#"{"__schema":{"types":[{"kind":"k","name":"n"}]},"events":{"nodes":[{"body":{"b":1,"a":2}}]}}"#;
        assert_eq!(arranged(query, data), wanted);
    }
}
