//! How many values an answer may have, as the schema says: what a list has counts as often as it may have items.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextExecute, NextParseQuery, NextValidation,
};
use async_graphql::parser::types::{ExecutableDocument, OperationType};
use async_graphql::{Response, ServerError, ServerResult, ValidationResult, Variables};

use super::beyond;

/// What nothing costs more than: the sum over as many fields as a query may have does not overflow.
const MOST: usize = 1 << 40;

/// What a field costs by itself, and what is below it as often as it may be there.
pub fn at_most(itself: usize, times: usize, below: usize) -> usize {
    times.saturating_mul(below).saturating_add(itself).min(MOST)
}

/// Refuses queries whose answers may be too large, and answers nothing: with an extension, a schema takes far longer for every field.
#[derive(Clone, Copy, Debug)]
pub struct Complexity {
    /// Values of an answer.
    pub most: usize,
    /// Values of each answer of a subscription.
    pub most_of_subscription: usize,
}

impl ExtensionFactory for Complexity {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Limited { limits: *self, subscribes: AtomicBool::new(false) })
    }
}

/// For one request.
struct Limited {
    limits: Complexity,
    subscribes: AtomicBool,
}

#[async_trait::async_trait]
impl Extension for Limited {
    async fn parse_query(
        &self,
        context: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        let document = next.run(context, query, variables).await?;
        let subscribes = document.operations.iter().any(|(_, one)| one.node.ty == OperationType::Subscription);
        self.subscribes.store(subscribes, Ordering::Relaxed);
        Ok(document)
    }

    async fn validation(
        &self,
        context: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let found = next.run(context).await?;
        let Complexity { most, most_of_subscription } = self.limits;
        let most = if self.subscribes.load(Ordering::Relaxed) { most_of_subscription } else { most };
        if found.complexity > most {
            let error = beyond("COMPLEXITY_LIMIT", "values in its answer", most, found.complexity);
            return Err(vec![error.into_server_error(async_graphql::Pos::default())]);
        }
        Ok(found)
    }

    async fn execute(&self, _: &ExtensionContext<'_>, _: Option<&str>, _: NextExecute<'_>) -> Response {
        Response::default()
    }
}
