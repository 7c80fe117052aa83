//! Lists of module builds.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use entities::ModuleState;
use entities::module_build::{Column, Entity, Model};
use entities::module_build_buildrequire as link;
use sea_orm::sea_query::{Expr, ExprTrait, IntoIden, JoinType, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, QueryResult};

use super::list::{Listed, row};
use crate::rest::rows::one_of;

/// The table of what builds were built against (`m000016_dependencies_of_builds`).
const DEPENDENCIES: &str = "module_build_dependencies";
/// The build that a list belongs to.
const OWN: &str = "own_build";

row! {
    /// A module build without its document.
    #[expect(clippy::struct_field_names, reason = "columns have the names that they have in the table")]
    pub struct Build {
        pub id: i32 = "id",
        pub name: String = "name",
        pub stream: String = "stream",
        pub version: String = "version",
        pub build_context: Option<String> = "build_context",
        pub build_context_no_bms: Option<String> = "build_context_no_bms",
        pub runtime_context: Option<String> = "runtime_context",
        pub context: String = "context",
        pub state: ModuleState = "state",
        pub state_reason: Option<String> = "state_reason",
        pub koji_tag: Option<String> = "koji_tag",
        pub scmurl: Option<String> = "scmurl",
        pub scratch: Option<bool> = "scratch",
        pub owner: String = "owner",
        pub time_submitted: NaiveDateTime = "time_submitted",
        pub time_modified: Option<NaiveDateTime> = "time_modified",
        pub time_completed: Option<NaiveDateTime> = "time_completed",
        pub new_repo_task_id: Option<i32> = "new_repo_task_id",
        pub rebuild_strategy: String = "rebuild_strategy",
        pub reused_module_id: Option<i32> = "reused_module_id",
        pub batch: Option<i32> = "batch",
        pub stream_version: Option<f64> = "stream_version",
        pub buildrequires_json: Option<String> = "buildrequires_json",
    }
}

impl From<Model> for Build {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            stream: row.stream,
            version: row.version,
            build_context: row.build_context,
            build_context_no_bms: row.build_context_no_bms,
            runtime_context: row.runtime_context,
            context: row.context,
            state: row.state,
            state_reason: row.state_reason,
            koji_tag: row.koji_tag,
            scmurl: row.scmurl,
            scratch: row.scratch,
            owner: row.owner,
            time_submitted: row.time_submitted,
            time_modified: row.time_modified,
            time_completed: row.time_completed,
            new_repo_task_id: row.new_repo_task_id,
            rebuild_strategy: row.rebuild_strategy,
            reused_module_id: row.reused_module_id,
            batch: row.batch,
            stream_version: row.stream_version,
            buildrequires_json: row.buildrequires_json,
        }
    }
}

/// Builds by their ids.
pub async fn by_ids(db: &DatabaseConnection, ids: &[i32]) -> Result<HashMap<i32, Build>, DbErr> {
    let mut select = Query::select();
    select.from(Entity).and_where(one_of(Column::Id.into_expr(), ids, db.get_database_backend()));
    for column in Builds::COLUMNS {
        select.column((Entity, *column));
    }
    let rows = db.query_all(&select).await?;
    rows.iter().map(|row| Build::read(row).map(|build| (build.id, build))).collect()
}

/// What module builds may belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BuildsOf {
    /// Nothing: all builds.
    All,
    /// The build that was built against them.
    Dependent,
    /// The build that they were built against.
    Buildrequired,
    /// The build that has the same name, stream and version, and another context.
    Sibling,
    /// The build whose components they took over.
    Reused,
    /// The build that they are base modules of.
    Based,
}

/// Module builds, without their documents.
pub enum Builds {}

impl Listed for Builds {
    type Row = Build;
    type Relation = BuildsOf;

    const COLUMNS: &'static [&'static str] = Build::COLUMNS;

    fn row(result: &QueryResult) -> Result<Build, DbErr> {
        Build::read(result)
    }

    fn from(relation: BuildsOf, select: &mut SelectStatement) {
        select.from(Entity);
        match relation {
            BuildsOf::All | BuildsOf::Reused => {}
            BuildsOf::Dependent => {
                select.join(JoinType::InnerJoin, DEPENDENCIES, named(Entity));
            }
            BuildsOf::Buildrequired => {
                let its = Expr::col((DEPENDENCIES, "module_build_id")).equals((Entity, Column::Id));
                select.join(JoinType::InnerJoin, DEPENDENCIES, its);
                select.join_as(JoinType::InnerJoin, Entity, OWN, named(OWN));
            }
            BuildsOf::Based => {
                let its = Expr::col((link::Entity, link::Column::ModuleBuildrequireId)).equals((Entity, Column::Id));
                select.join(JoinType::InnerJoin, link::Entity, its);
            }
            BuildsOf::Sibling => {
                select.join_as(JoinType::InnerJoin, Entity, OWN, twins());
            }
        }
    }

    fn owner(relation: BuildsOf) -> Option<Expr> {
        match relation {
            BuildsOf::All => None,
            BuildsOf::Dependent => Some(Expr::col((DEPENDENCIES, "module_build_id"))),
            BuildsOf::Buildrequired | BuildsOf::Sibling => Some(Expr::col((OWN, Column::Id))),
            BuildsOf::Based => Some(link::Column::ModuleId.into_expr()),
            BuildsOf::Reused => Some(Column::ReusedModuleId.into_expr()),
        }
    }
}

/// A row of the dependencies is about the build in this table.
fn named<T: IntoIden + Copy>(table: T) -> Expr {
    let same = |column: &'static str| Expr::col((DEPENDENCIES, column)).equals((table, column));
    same("name").and(same("stream")).and(same("version")).and(same("context"))
}

fn twins() -> Expr {
    let same = |column: Column| Expr::col((OWN, column)).equals((Entity, column));
    let neither = Expr::col((OWN, Column::Scratch)).is_null().and(Expr::col((Entity, Column::Scratch)).is_null());
    same(Column::Name)
        .and(same(Column::Stream))
        .and(same(Column::Version))
        .and(same(Column::Scratch).or(neither))
        .and(Expr::col((OWN, Column::Id)).not_equals((Entity, Column::Id)))
}
