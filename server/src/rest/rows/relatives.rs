//! Builds that an answer mentions beside the one it is about: siblings (other contexts of the same name, stream and version)
//! and the base modules it was built against. Both are read by one statement.

use std::collections::HashMap;

use entities::module_build::{Column, Entity};
use entities::module_build_buildrequire as link;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement, UnionType};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, FromQueryResult};

use super::ids::one_of;

/// What identifies a build.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Short {
    /// Row id.
    pub id: i32,
    /// Name.
    pub name: String,
    /// Stream.
    pub stream: String,
    /// Version.
    pub version: String,
    /// Context.
    pub context: String,
    /// Number of its state.
    pub state: i32,
    /// `f27.0.1` is 270001.
    pub stream_version: Option<f64>,
}

/// The relatives of one build.
#[derive(Clone, Debug, Default)]
pub struct Relatives {
    /// Ids of its siblings.
    pub siblings: Vec<i32>,
    /// Base modules.
    pub base_modules: Vec<Short>,
}

#[derive(FromQueryResult)]
struct Row {
    whose: i32,
    is_sibling: bool,
    #[sea_orm(nested)]
    build: Short,
}

const OTHER: &str = "other";

/// Relatives by the ids of the builds; base modules are left out unless they are asked for.
pub async fn relatives(
    db: &DatabaseConnection,
    builds: &[i32],
    with_base_modules: bool,
) -> Result<HashMap<i32, Relatives>, DbErr> {
    let backend = db.get_database_backend();
    let mut select = siblings(builds, backend);
    if with_base_modules {
        select.union(UnionType::All, base_modules(builds, backend));
    }
    let rows = db.query_all(&select).await?;
    let mut all: HashMap<i32, Relatives> = HashMap::new();
    for row in &rows {
        let Row { whose, is_sibling, build } = Row::from_query_result(row, "")?;
        let relatives = all.entry(whose).or_default();
        if is_sibling {
            relatives.siblings.push(build.id);
        } else {
            relatives.base_modules.push(build);
        }
    }
    for relatives in all.values_mut() {
        relatives.siblings.sort_unstable();
        relatives.base_modules.sort_unstable_by_key(|build| build.id);
    }
    Ok(all)
}

fn siblings(builds: &[i32], backend: DbBackend) -> SelectStatement {
    let own = |column: Column| Expr::col((Entity, column));
    let other = |column: Column| Expr::col((OTHER, column));
    let same = |column: Column| other(column).equals((Entity, column));
    let neither = own(Column::Scratch).is_null().and(other(Column::Scratch).is_null());
    let twin = same(Column::Name)
        .and(same(Column::Stream))
        .and(same(Column::Version))
        .and(same(Column::Scratch).or(neither))
        .and(other(Column::Id).not_equals((Entity, Column::Id)));
    shown(own(Column::Id), true)
        .from(Entity)
        .join_as(JoinType::InnerJoin, Entity, OTHER, twin)
        .and_where(one_of(own(Column::Id), builds, backend))
        .take()
}

fn base_modules(builds: &[i32], backend: DbBackend) -> SelectStatement {
    let whose = Expr::col((link::Entity, link::Column::ModuleId));
    let linked = Expr::col((OTHER, Column::Id)).equals((link::Entity, link::Column::ModuleBuildrequireId));
    shown(whose.clone(), false)
        .from(link::Entity)
        .join_as(JoinType::InnerJoin, Entity, OTHER, linked)
        .and_where(one_of(whose, builds, backend))
        .take()
}

/// The columns of [`Row`].
fn shown(whose: Expr, is_sibling: bool) -> SelectStatement {
    let mut select = Query::select();
    select.expr_as(whose, "whose").expr_as(Expr::cust(if is_sibling { "TRUE" } else { "FALSE" }), "is_sibling");
    let columns = [
        Column::Id,
        Column::Name,
        Column::Stream,
        Column::Version,
        Column::Context,
        Column::State,
        Column::StreamVersion,
    ];
    for column in columns {
        select.column((OTHER, column));
    }
    select
}
