//! States that a build went through, and what else only a detailed answer shows: architectures and virtual streams.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use entities::{
    component_build_trace, module_arch, module_build_arch, module_build_trace, module_build_virtual_stream,
    virtual_stream,
};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement, UnionType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, FromQueryResult, QueryFilter,
    QuerySelect, Statement,
};
use serde::Deserialize;

use super::ids::{listed, one_of};

/// A state that was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When (UTC).
    pub time: NaiveDateTime,
    /// Number of the state.
    pub state: Option<i32>,
    /// Why.
    pub reason: Option<String>,
}

/// What a detailed answer shows of one module build.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// States in the order they were entered.
    pub trace: Vec<Step>,
    /// Architectures by name.
    pub arches: Vec<String>,
    /// Virtual streams by name.
    pub virtual_streams: Vec<String>,
}

/// A row of any of the three tables.
#[derive(FromQueryResult)]
struct Row {
    whose: i32,
    kind: i32,
    id: i32,
    time: Option<NaiveDateTime>,
    state: Option<i32>,
    text: Option<String>,
}

const TRACE: i32 = 0;
const ARCH: i32 = 1;
const VIRTUAL_STREAM: i32 = 2;

/// Facts by the ids of the builds, in one statement.
pub async fn facts(db: &DatabaseConnection, builds: &[i32]) -> Result<HashMap<i32, Facts>, DbErr> {
    let backend = db.get_database_backend();
    let mut select = module_traces(|whose| one_of(whose, builds, backend));
    select.union(UnionType::All, arches(|whose| one_of(whose, builds, backend)));
    select.union(UnionType::All, virtual_streams(|whose| one_of(whose, builds, backend)));
    let found = db.query_all(&select).await?;
    let mut rows = found.iter().map(|row| Row::from_query_result(row, "")).collect::<Result<Vec<_>, _>>()?;
    rows.sort_by_key(|row| (row.time, row.id));
    let mut all: HashMap<i32, Facts> = HashMap::new();
    for row in rows {
        let facts = all.entry(row.whose).or_default();
        match (row.kind, row.time, row.text) {
            (TRACE, Some(time), reason) => facts.trace.push(Step { time, state: row.state, reason }),
            (ARCH, _, Some(name)) => facts.arches.push(name),
            (VIRTUAL_STREAM, _, Some(name)) => facts.virtual_streams.push(name),
            _ => {}
        }
    }
    for facts in all.values_mut() {
        facts.arches.sort_unstable();
        facts.virtual_streams.sort_unstable();
    }
    Ok(all)
}

fn module_traces(filter: impl FnOnce(Expr) -> Expr) -> SelectStatement {
    use module_build_trace::{Column, Entity};
    Query::select()
        .expr_as(Expr::col(Column::ModuleId), "whose")
        .expr_as(Expr::cust(TRACE.to_string()), "kind")
        .column(Column::Id)
        .expr_as(Expr::col(Column::StateTime), "time")
        .column(Column::State)
        .expr_as(Expr::col(Column::StateReason), "text")
        .from(Entity)
        .and_where(filter(Expr::col(Column::ModuleId)))
        .take()
}

fn arches(filter: impl FnOnce(Expr) -> Expr) -> SelectStatement {
    use module_arch::{Column, Entity};
    use module_build_arch::{Column as Link, Entity as Links};
    let whose = Expr::col((Links, Link::ModuleBuildId));
    named(ARCH, whose.clone(), Expr::col((Entity, Column::Id)), Expr::col((Entity, Column::Name)))
        .from(Links)
        .inner_join(Entity, Expr::col((Entity, Column::Id)).equals((Links, Link::ModuleArchId)))
        .and_where(filter(whose))
        .take()
}

fn virtual_streams(filter: impl FnOnce(Expr) -> Expr) -> SelectStatement {
    use module_build_virtual_stream::{Column as Link, Entity as Links};
    use virtual_stream::{Column, Entity};
    let whose = Expr::col((Links, Link::ModuleBuildId));
    named(VIRTUAL_STREAM, whose.clone(), Expr::col((Entity, Column::Id)), Expr::col((Entity, Column::Name)))
        .from(Links)
        .inner_join(Entity, Expr::col((Entity, Column::Id)).equals((Links, Link::VirtualStreamId)))
        .and_where(filter(whose))
        .take()
}

/// A row that has a name, but neither time nor state.
fn named(kind: i32, whose: Expr, id: Expr, name: Expr) -> SelectStatement {
    let mut select = Query::select();
    select
        .expr_as(whose, "whose")
        .expr_as(Expr::cust(kind.to_string()), "kind")
        .expr_as(id, "id")
        .expr_as(Expr::cust("NULL"), "time")
        .expr_as(Expr::cust("NULL"), "state")
        .expr_as(name, "text");
    select
}

/// A state that a component entered; as the columns of a row, or as an element of [`WHOLE`].
#[derive(Deserialize, FromQueryResult)]
struct ComponentRow {
    component_id: i32,
    id: i32,
    state_time: NaiveDateTime,
    state: Option<i32>,
    state_reason: Option<String>,
}

/// All rows as one: for each row that SQLite hands over, the thread that waits for it is woken, which takes longer than to read it.
const WHOLE: &str = "
SELECT json_group_array(json_array(component_id, id, replace(state_time, ' ', 'T'), state, state_reason))
FROM component_builds_trace WHERE component_id IN (SELECT value FROM json_each('[' || $1 || ']'))";

/// States of components in the order they were entered, by the ids of the components.
pub async fn component_traces(db: &DatabaseConnection, components: &[i32]) -> Result<HashMap<i32, Vec<Step>>, DbErr> {
    let mut rows = match db.get_database_backend() {
        DbBackend::Sqlite => component_rows_as_one(db, components).await?,
        backend => component_rows(db, components, backend).await?,
    };
    rows.sort_by_key(|row| (row.state_time, row.id));
    let mut all: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        let step = Step { time: row.state_time, state: row.state, reason: row.state_reason };
        all.entry(row.component_id).or_default().push(step);
    }
    Ok(all)
}

async fn component_rows(
    db: &DatabaseConnection,
    components: &[i32],
    backend: DbBackend,
) -> Result<Vec<ComponentRow>, DbErr> {
    use component_build_trace::{Column, Entity};
    let columns = [Column::Id, Column::ComponentId, Column::StateTime, Column::State, Column::StateReason];
    let of_components = one_of(Column::ComponentId.into_expr(), components, backend);
    Entity::find().select_only().columns(columns).filter(of_components).into_model().all(db).await
}

async fn component_rows_as_one(db: &DatabaseConnection, components: &[i32]) -> Result<Vec<ComponentRow>, DbErr> {
    let statement = Statement::from_sql_and_values(DbBackend::Sqlite, WHOLE, [listed(components).into()]);
    let row = db.query_one_raw(statement).await?.ok_or_else(|| DbErr::Custom("no row of an aggregate".to_owned()))?;
    let text: String = row.try_get_by_index(0)?;
    serde_json::from_str(&text).map_err(|error| DbErr::Json(error.to_string()))
}
