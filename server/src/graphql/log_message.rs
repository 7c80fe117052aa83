//! `LogMessage`.

use async_graphql::{Context, ID, Object, Result};
use entities::log_message::Column;
use sea_orm::sea_query::Order;

use super::component_build::ComponentBuild;
use super::load;
use super::load::messages::{Message, Messages, MessagesOf};
use super::paging::{Chosen, Page, Part, page, text_of};
use super::scalars::DateTime;
use crate::rest::query::{Key, Kind, Sort};

/// What happened to a build, in a sentence.
pub struct LogMessage(Message);

/// What happened to a build, in a sentence.
#[Object]
impl LogMessage {
    /// Its id, unique over all types; `node` does not take it.
    async fn id(&self) -> ID {
        super::id::global("LogMessage", self.0.id)
    }

    /// When.
    async fn time_created(&self) -> DateTime {
        DateTime(self.0.time_created)
    }

    /// The sentence.
    async fn message(&self) -> &str {
        &self.0.message
    }

    /// The component that it is about, if it is about one.
    async fn component(&self, context: &Context<'_>) -> Result<Option<ComponentBuild>> {
        let Some(number) = self.0.component_build_id else { return Ok(None) };
        Ok(load::of(context).component(number).await?.map(ComponentBuild))
    }
}

/// Messages, newest first.
pub async fn messages(context: &Context<'_>, of: (MessagesOf, i32), part: &Part) -> Result<Page<LogMessage>> {
    let newest = vec![Key::new("time_created", Column::TimeCreated, Kind::Time)];
    let sort = Sort::by(newest, Column::Id, Order::Desc);
    let chosen = Chosen { filter: Vec::new(), base_module: None, sort, text: text_of::<Messages>(&[]) };
    page::<Messages, _>(context, of, chosen, part, LogMessage).await
}
