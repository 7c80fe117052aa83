//! The shape that GraphQL promises of an answer, and that the library does not keep: [`nulls`] where something failed, and fields in
//! the [`order`] in which they are asked for.

mod nulls;
mod order;

use std::collections::HashMap;
use std::sync::LazyLock;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, Field, OperationDefinition, OperationType, SelectionSet, Type, TypeKind,
    TypeSystemDefinition,
};
use async_graphql::{Name, Request, Response};

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

/// What an answer to a request has to look like.
pub struct Shape {
    document: ExecutableDocument,
    operation: Option<String>,
}

impl Shape {
    /// `None` if the request cannot be read.
    pub fn of(asked: &mut Request) -> Option<Self> {
        let operation = asked.operation_name.clone();
        Some(Self { document: asked.parsed_query().ok()?.clone(), operation })
    }

    /// Brings an answer to the request into shape.
    pub fn mend(&self, response: &mut Response) {
        let Some(operation) = self.operation() else { return };
        let root = match operation.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        let sets = [Set { of: root, fields: &operation.selection_set.node }];
        nulls::fill(response, &self.document, root, &sets);
        order::arrange(&mut response.data, &self.document, &sets);
    }

    fn operation(&self) -> Option<&OperationDefinition> {
        let wanted = self.operation.as_deref();
        let is_wanted = |name: Option<&Name>| wanted.is_none_or(|wanted| name.is_some_and(|name| name == wanted));
        self.document.operations.iter().find(|(name, _)| is_wanted(*name)).map(|(_, operation)| &operation.node)
    }
}

/// Fields that are asked for of a type.
#[derive(Clone, Copy)]
struct Set<'a> {
    of: &'a str,
    fields: &'a SelectionSet,
}

impl<'a> Set<'a> {
    /// The type of a field, and what is asked for of it.
    fn below(&self, field: &'a Field) -> Option<(&'static Type, Self)> {
        let kind = TYPES.get(self.of)?.get(&field.name.node)?;
        Some((kind, Set { of: object_of(kind), fields: &field.selection_set.node }))
    }
}

/// The name of the type, within whatever lists.
fn object_of(kind: &Type) -> &str {
    match &kind.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => object_of(item),
    }
}
