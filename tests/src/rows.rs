//! What stands in the database.

use entities::{
    ComponentState, ModuleState, component_build, component_build_trace, lease, module_build, module_build_trace,
    outbox,
};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, QueryOrder, Statement};

/// Names of the tables, on SQLite and on PostgreSQL.
const TABLES: (&str, &str) = (
    "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
    "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
);
/// Each column of `$TABLE` as an expression that is text.
const COLUMNS: (&str, &str) = (
    "SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('$TABLE') ORDER BY cid",
    "SELECT 'coalesce(quote_literal(\"' || column_name || '\"::text), ''NULL'')' FROM information_schema.columns \
     WHERE table_schema = 'public' AND table_name = '$TABLE' ORDER BY ordinal_position",
);

/// A view of the database.
#[derive(Debug)]
pub struct Rows(DatabaseConnection);

impl Rows {
    /// Opens the database at an address as SQLAlchemy writes it.
    pub async fn connect(address: &str) -> Self {
        Self(entities::db::connect(address, 2).await.unwrap())
    }

    /// For statements of a test's own.
    pub fn connection(&self) -> &DatabaseConnection {
        &self.0
    }

    /// Everything that stands in the database, as text: each table with its rows.
    pub async fn dump(&self) -> Vec<String> {
        let mut dump = Vec::new();
        for table in self.texts(self.in_dialect(TABLES)).await {
            let line = self.texts(&self.in_dialect(COLUMNS).replace("$TABLE", &table)).await.join(" || ',' || ");
            dump.extend(self.texts(&format!("SELECT '{table} ' || {line} FROM \"{table}\" ORDER BY 1")).await);
        }
        dump
    }

    fn in_dialect(&self, (sqlite, postgresql): (&'static str, &'static str)) -> &'static str {
        if self.0.get_database_backend() == DbBackend::Sqlite { sqlite } else { postgresql }
    }

    async fn texts(&self, query: &str) -> Vec<String> {
        let rows = self.0.query_all_raw(Statement::from_string(self.0.get_database_backend(), query)).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    /// A build.
    pub async fn build(&self, id: i64) -> module_build::Model {
        module_build::Entity::find_by_id(number(id)).one(&self.0).await.unwrap().expect("the build exists")
    }

    /// All builds with this name.
    pub async fn builds_named(&self, name: &str) -> Vec<module_build::Model> {
        module_build::Entity::find().filter(module_build::Column::Name.eq(name)).all(&self.0).await.unwrap()
    }

    /// Components of a build.
    pub async fn components(&self, id: i64) -> Vec<component_build::Model> {
        use component_build::{Column, Entity};
        Entity::find().filter(Column::ModuleId.eq(number(id))).order_by_asc(Column::Id).all(&self.0).await.unwrap()
    }

    /// A component of a build by its name.
    pub async fn component(&self, id: i64, package: &str) -> component_build::Model {
        let components = self.components(id).await;
        components.into_iter().find(|row| row.package == package).expect("the component exists")
    }

    /// States that a build went through.
    pub async fn trace(&self, id: i64) -> Vec<ModuleState> {
        use module_build_trace::{Column, Entity};
        let rows = Entity::find().filter(Column::ModuleId.eq(number(id))).order_by_asc(Column::Id);
        rows.all(&self.0).await.unwrap().into_iter().filter_map(|row| row.state).collect()
    }

    /// States that a component went through, `None` for "not started".
    pub async fn component_trace(&self, component: i32) -> Vec<Option<ComponentState>> {
        use component_build_trace::{Column, Entity};
        let rows = Entity::find().filter(Column::ComponentId.eq(component)).order_by_asc(Column::Id);
        rows.all(&self.0).await.unwrap().into_iter().map(|row| row.state).collect()
    }

    /// How often work of this name was claimed, e.g. `component:7`.
    pub async fn claims(&self, name: &str) -> i64 {
        lease::Entity::find_by_id(name).one(&self.0).await.unwrap().map_or(0, |row| row.token)
    }

    /// What an action was done to, as the audit has it.
    pub async fn audited(&self, action: &str) -> Vec<String> {
        use entities::audit_event::{Column, Entity};
        let rows = Entity::find().filter(Column::Action.eq(action)).filter(Column::Outcome.eq("done"));
        rows.all(&self.0).await.unwrap().into_iter().filter_map(|row| row.subject).collect()
    }

    /// Messages about a build, in the order that they were written in.
    pub async fn messages(&self, id: i64) -> Vec<outbox::Model> {
        use outbox::{Column, Entity};
        let rows = Entity::find().filter(Column::ModuleBuildId.eq(number(id))).order_by_asc(Column::Id);
        rows.all(&self.0).await.unwrap()
    }
}

fn number(id: i64) -> i32 {
    i32::try_from(id).unwrap()
}
