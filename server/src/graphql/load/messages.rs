//! Lists of log messages.

use chrono::NaiveDateTime;
use entities::log_message::{Column, Entity};
use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{ColumnTrait, DbErr, QueryResult};

use super::list::{Listed, row};

row! {
    /// A message.
    #[expect(clippy::struct_field_names, reason = "columns have the names that they have in the table")]
    pub struct Message {
        pub id: i32 = "id",
        pub component_build_id: Option<i32> = "component_build_id",
        pub message: String = "message",
        pub time_created: NaiveDateTime = "time_created",
    }
}

/// What messages may belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessagesOf {
    /// A module build; those about its components, too.
    Build,
    /// A component.
    Component,
}

/// Messages about builds.
pub enum Messages {}

impl Listed for Messages {
    type Row = Message;
    type Relation = MessagesOf;

    const COLUMNS: &'static [&'static str] = Message::COLUMNS;

    fn row(result: &QueryResult) -> Result<Message, DbErr> {
        Message::read(result)
    }

    fn from(_relation: MessagesOf, select: &mut SelectStatement) {
        select.from(Entity);
    }

    fn owner(relation: MessagesOf) -> Option<Expr> {
        Some(match relation {
            MessagesOf::Build => Column::ModuleBuildId.into_expr(),
            MessagesOf::Component => Column::ComponentBuildId.into_expr(),
        })
    }
}
