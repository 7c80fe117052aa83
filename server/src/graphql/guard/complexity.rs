//! How many values an answer may have, as the schema says: what a list has counts as often as it may have items.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation};
use async_graphql::{ServerError, ValidationResult};

use super::beyond;

/// What nothing costs more than: the sum over as many fields as a query may have does not overflow.
const MOST: usize = 1 << 40;

/// What a field costs by itself, and what is below it as often as it may be there.
pub fn at_most(itself: usize, times: usize, below: usize) -> usize {
    times.saturating_mul(below).saturating_add(itself).min(MOST)
}

/// Refuses queries whose answers may be too large.
pub struct Complexity(pub usize);

impl ExtensionFactory for Complexity {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self(self.0))
    }
}

#[async_trait::async_trait]
impl Extension for Complexity {
    async fn validation(
        &self,
        context: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let found = next.run(context).await?;
        if found.complexity > self.0 {
            let error = beyond("COMPLEXITY_LIMIT", "values in its answer", self.0, found.complexity);
            return Err(vec![error.into_server_error(async_graphql::Pos::default())]);
        }
        Ok(found)
    }
}
