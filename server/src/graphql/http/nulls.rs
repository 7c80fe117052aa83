//! What failed is null in an answer; where it cannot be null, what holds it is. That is what GraphQL promises, and what clients that keep
//! objects rely on; the library leaves out what failed.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use async_graphql::parser::types::{
    BaseType, ExecutableDocument, OperationType, Selection, SelectionSet, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::parser::{parse_query, parse_schema};
use async_graphql::{Name, PathSegment, Response, ServerError, Value};

use crate::graphql::sdl;

/// Types of fields, by the names of the type and of the field.
type Types = HashMap<Name, HashMap<Name, Type>>;

static TYPES: LazyLock<Types> = LazyLock::new(|| {
    let definitions = parse_schema(sdl()).map(|document| document.definitions).unwrap_or_default();
    let types = definitions.into_iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(one) => Some(one.node),
        _ => None,
    });
    let with_fields = types.filter_map(|one| match one.kind {
        TypeKind::Object(object) => Some((one.name.node, object.fields)),
        TypeKind::Interface(interface) => Some((one.name.node, interface.fields)),
        _ => None,
    });
    let fields =
        |fields: Vec<async_graphql::Positioned<_>>| fields.into_iter().map(|field| named(field.node)).collect();
    with_fields.map(|(name, all)| (name, fields(all))).collect()
});

fn named(field: async_graphql::parser::types::FieldDefinition) -> (Name, Type) {
    (field.name.node, field.ty.node)
}

/// Writes the nulls of an answer to this query.
pub fn fill(response: &mut Response, query: &str, operation: Option<&str>) {
    let failed = Failed::of(&response.errors);
    if failed.below.is_empty() {
        return;
    }
    let Ok(document) = parse_query(query) else { return };
    let of_name = |name: Option<&Name>| operation.is_none_or(|wanted| name.is_some_and(|name| name == wanted));
    let Some((_, asked)) = document.operations.iter().find(|(name, _)| of_name(*name)) else { return };
    let root = match asked.node.ty {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    };
    let sets = [Set { of: root, fields: &asked.node.selection_set.node }];
    let kind = Type { base: BaseType::Named(Name::new(root)), nullable: true };
    Answer { document: &document }.mend(&mut response.data, &kind, &sets, &failed);
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

/// Fields that are asked for of a type.
#[derive(Clone, Copy)]
struct Set<'a> {
    of: &'a str,
    fields: &'a SelectionSet,
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
                        let kind = TYPES.get(set.of).and_then(|fields| fields.get(&field.node.name.node));
                        let below = |kind| Set { of: object_of(kind), fields: &field.node.selection_set.node };
                        found.extend(kind.map(|kind| (kind, below(kind))));
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

/// The name of the type, within whatever lists.
fn object_of(kind: &Type) -> &str {
    match &kind.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => object_of(item),
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::Pos;
    use serde_json::{Value as Json, json};

    use super::*;

    /// The answer to `query` that has `data`, and errors at `paths`.
    fn filled(query: &str, data: Json, paths: &[Json]) -> Json {
        let mut response = Response::new(Value::from_json(data).unwrap());
        for path in paths {
            let mut error = ServerError::new("failed", Some(Pos::default()));
            error.path = path.as_array().unwrap().iter().map(segment).collect();
            response.errors.push(error);
        }
        fill(&mut response, query, None);
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
