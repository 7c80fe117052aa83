//! `module_builds`: one row a module build (or imported module).

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{DatabaseTransaction, DbBackend, QuerySelect as _};

/// State of a module build; the numbers are those of the Python service and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i32", db_type = "Integer")]
pub enum ModuleState {
    /// Entered on submission; components are looked up.
    Init = 0,
    /// The document is valid and all commits are known; waits for a buildroot.
    Wait = 1,
    /// Components are being built.
    Build = 2,
    /// All components are built and the repository is published.
    Done = 3,
    /// Something failed, or it was cancelled.
    Failed = 4,
    /// Other modules may be built against it.
    Ready = 5,
    /// Failed and cleaned away, or retired.
    Garbage = 6,
}

impl ModuleState {
    /// All states in the order of their numbers.
    pub const ALL: [Self; 7] =
        [Self::Init, Self::Wait, Self::Build, Self::Done, Self::Failed, Self::Ready, Self::Garbage];

    /// States in which a build still has work to do.
    pub const UNFINISHED: [Self; 4] = [Self::Init, Self::Wait, Self::Build, Self::Done];

    /// The name that clients see.
    pub fn name(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Wait => "wait",
            Self::Build => "build",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Ready => "ready",
            Self::Garbage => "garbage",
        }
    }

    /// The number that clients and the database see.
    pub fn number(self) -> i32 {
        self as i32
    }

    /// The state with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The state with this number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| i64::from(state.number()) == number)
    }
}

/// What is still to be removed of a build at the build system. The index `ix_module_builds_clean_up` knows the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i32", db_type = "Integer")]
pub enum CleanUp {
    /// Nothing.
    Nothing = 0,
    /// What it needed only while it ran. Entered when it ends.
    Leftovers = 1,
    /// Everything: nobody will use it again.
    Everything = 2,
    /// Nothing any more: everything was removed.
    Gone = 3,
}

/// A row of `module_builds`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "module_builds")]
pub struct Model {
    /// Row id; clients know a build by it.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Module name.
    pub name: String,
    /// Stream.
    pub stream: String,
    /// Version, a number of up to 64 bits kept as text.
    pub version: String,
    /// Hash over the streams of all buildrequires.
    pub build_context: Option<String>,
    /// The same without base modules.
    pub build_context_no_bms: Option<String>,
    /// Hash over the streams of all requires.
    pub runtime_context: Option<String>,
    /// Context; unique together with name, stream and version.
    pub context: String,
    /// Where it stands; changed by [`crate::transition`] only.
    pub state: ModuleState,
    /// Why it is in that state.
    pub state_reason: Option<String>,
    /// The document, YAML.
    pub modulemd: String,
    /// Tag under which the build system keeps the build; set when it leaves `wait`.
    pub koji_tag: Option<String>,
    /// Koji tag for the content generator build.
    pub cg_build_koji_tag: Option<String>,
    /// Where the document came from; `None` for a submitted file.
    pub scmurl: Option<String>,
    /// A build that is never published.
    pub scratch: Option<bool>,
    /// JSON list of source packages that replace components of a scratch build.
    pub srpms: Option<String>,
    /// Who submitted it.
    pub owner: String,
    /// When (UTC).
    pub time_submitted: DateTime,
    /// Last change (UTC).
    pub time_modified: Option<DateTime>,
    /// When it became done or failed (UTC).
    pub time_completed: Option<DateTime>,
    /// Task of the latest repository regeneration; for local builders the number of the repository.
    pub new_repo_task_id: Option<i32>,
    /// `all`, `changed-and-after` or `only-changed`.
    pub rebuild_strategy: String,
    /// Build whose components are reused.
    pub reused_module_id: Option<i32>,
    /// Current batch: 0 before the first, 1 is `module-build-macros`.
    pub batch: Option<i32>,
    /// Base modules only: `f27.0.1` is 270001.
    pub stream_version: Option<f64>,
    /// Ours. `xmd.mbs.buildrequires` as JSON, so that lists never parse YAML.
    pub buildrequires_json: Option<String>,
    /// Ours. Value of `%dist`, set when it leaves `wait`.
    pub disttag: Option<String>,
    /// Ours. How often the present step was retried.
    pub retries: i32,
    /// Ours. Not to be advanced before (UTC).
    pub retry_at: Option<DateTime>,
    /// Ours. How often it was resumed after a failure.
    pub resumed: i32,
    /// Ours. What is still to be removed of it.
    pub clean_up: CleanUp,
    /// Ours. Builds with a higher number are given slots first; 0 is usual, below 0 is work in the background.
    pub priority: i32,
}

/// Rows that belong to a module build.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Its components.
    #[sea_orm(has_many = "super::component_build::Entity")]
    Components,
    /// Its history.
    #[sea_orm(has_many = "super::module_build_trace::Entity")]
    Trace,
}

impl Related<super::component_build::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Components.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

/// The build with this id, kept from being changed by others until the transaction ends.
pub async fn lock(tx: &DatabaseTransaction, id: i32) -> Result<Option<Model>, DbErr> {
    let query = Entity::find_by_id(id);
    // On SQLite there is one writer anyhow.
    let query = if tx.get_database_backend() == DbBackend::Postgres { query.lock(LockType::Update) } else { query };
    // Without a limit of one row: SQLite prepares a statement with a bound limit anew each time.
    Ok(query.all(tx).await?.into_iter().next())
}

/// The same for those of these builds that nobody else keeps.
pub async fn lock_those_free(tx: &DatabaseTransaction, ids: &[i32]) -> Result<Vec<Model>, DbErr> {
    let query = Entity::find().filter(Column::Id.is_in(ids.iter().copied()));
    let is_shared = tx.get_database_backend() == DbBackend::Postgres;
    let query = if is_shared { query.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked) } else { query };
    query.all(tx).await
}

impl Model {
    /// Its identity.
    pub fn nsvc(&self) -> modulemd::Nsvc {
        modulemd::Nsvc::new(&self.name, &self.stream, &self.version, &self.context)
    }

    /// Whether it is a scratch build; a missing value is no.
    pub fn is_scratch(&self) -> bool {
        self.scratch.unwrap_or(false)
    }
}
