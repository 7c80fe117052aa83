//! `audit_events` (ours): who changed something over the service, or tried to. Rows are written once and never changed.

use sea_orm::entity::prelude::*;

/// A row of `audit_events`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_events")]
pub struct Model {
    /// Counts up.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// When (UTC).
    pub time: DateTime,
    /// Who; `None` where nobody knows.
    pub user_name: Option<String>,
    /// How that is known: `kerberos`, `proxy`, `oidc`, `token`, `none`, `command line`.
    pub method: Option<String>,
    /// Address that the request came from; `None` on the command line.
    pub address: Option<String>,
    /// Id of the request, by which the log knows it, too.
    pub request_id: Option<String>,
    /// What: `submit`, `resume`, `cancel`, `import`, ….
    pub action: String,
    /// Of what, e.g. `module-builds/42`.
    pub subject: Option<String>,
    /// `done`, `refused`, or `failed` where the service was at fault.
    pub outcome: String,
    /// HTTP status of what was not done.
    pub status: Option<i32>,
    /// What the client was told of it.
    pub message: Option<String>,
}

/// None that are followed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
