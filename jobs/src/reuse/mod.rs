//! Taking over components from an earlier build.
//!
//! `modulemd::reuse` has the rules. This looks up what they need, in a handful of statements, and writes down what they decide:
//! once, when the build gets its buildroot. What was taken over is complete from then on; the planner passes over it, and puts it
//! into the repositories as if it had been built.

mod earlier;
pub mod origin;
mod record;

use builders::{Builder, BuiltComponent};
use entities::{ComponentState, component_build};
use modulemd::expansion::ExpandSettings;
use modulemd::reuse::{ComponentRow, Decision, ModuleRows, NoEarlierBuild, Standing, Strategy, all_at_once, decide};
use modulemd::{ModuleStream, Nsvc};
use sea_orm::DatabaseConnection;

use crate::JobError;
use origin::Origin;

pub use earlier::Earlier;
pub use record::{shown, write_down};

/// A build that may take over components.
#[derive(Clone, Copy, Debug)]
pub struct NewBuild<'a> {
    /// Its identity.
    pub nsvc: &'a Nsvc,
    /// Its document, validated: all commits are known.
    pub document: &'a ModuleStream,
    /// Its components. Those that are not in the database yet have any id.
    pub components: &'a [ComponentRow],
    /// `module_builds.rebuild_strategy`.
    pub strategy: &'a str,
    /// `module_builds.reused_module_id`: the build that components have to be taken from.
    pub asked_for: Option<i32>,
}

/// What was decided.
#[derive(Debug)]
pub struct Plan {
    /// The build that components are taken from.
    pub earlier: Result<Earlier, NoEarlierBuild>,
    /// For each component that is not started, by the id of its row.
    pub decisions: Vec<(i32, Decision)>,
    /// Nothing has to be built, not even `module-build-macros`.
    pub everything: bool,
}

/// Decides for a build, without writing anything. Without a build system, whether it has kept what would be taken is not looked at.
pub async fn plan(
    db: &DatabaseConnection,
    builder: Option<&dyn Builder>,
    settings: &ExpandSettings,
    new: NewBuild<'_>,
) -> Result<Plan, JobError> {
    // A name that nobody knows: nothing may be assumed.
    let strategy = Strategy::from_name(new.strategy).unwrap_or(Strategy::All);
    let mut earlier = earlier::find(db, settings, new, strategy).await?;
    if let (Ok(earlier), Some(builder)) = (&mut earlier, builder)
        && strategy != Strategy::All
    {
        forget_lost_packages(db, builder, earlier).await?;
    }
    let rows = ModuleRows { nsvc: new.nsvc, document: new.document, components: new.components };
    let decisions = decide(rows, earlier.as_ref().map(Earlier::rows), strategy);
    let everything = !new.components.is_empty() && all_at_once(rows, &decisions);
    Ok(Plan { earlier, decisions, everything })
}

/// Packages may have been removed since, or another build system made them.
async fn forget_lost_packages(
    db: &DatabaseConnection,
    builder: &dyn Builder,
    earlier: &mut Earlier,
) -> Result<(), JobError> {
    let complete = earlier.components.iter().filter(|row| row.state == Some(ComponentState::Complete));
    let ids: Vec<i32> = complete.map(|row| row.id).collect();
    let origins = origin::of(db, &ids).await?;
    let of_earlier = |row: &component_build::Model| Some(built(row, origins.get(&row.id)?));
    let there: Vec<BuiltComponent> = earlier.components.iter().filter_map(of_earlier).collect();
    let kept = builder.kept(&there).await?;
    let kept = there.iter().zip(kept).filter_map(|(component, kept)| kept.then_some(component.component_id));
    let kept: std::collections::HashSet<i32> = kept.collect();
    for row in earlier.standings.iter_mut().filter(|row| !kept.contains(&row.id)) {
        row.standing = Standing::Without;
    }
    Ok(())
}

fn built(row: &component_build::Model, origin: &Origin) -> BuiltComponent {
    BuiltComponent {
        component_id: row.id,
        package: row.package.clone(),
        nvr: row.nvr.clone().unwrap_or_default(),
        attempt: origin.attempt,
        build_time_only: row.unpublished(),
        reused_from: Some(origin.tag.clone()),
    }
}

/// A row as the rules understand it.
pub fn standing(row: &component_build::Model) -> ComponentRow {
    ComponentRow {
        id: row.id,
        package: row.package.clone(),
        commit: row.reference.clone(),
        batch: row.batch,
        nvr: row.nvr.clone(),
        standing: match (row.state, row.reused_component_id) {
            (None, _) => Standing::Waiting,
            (Some(ComponentState::Complete), None) => Standing::Built,
            (Some(ComponentState::Complete), Some(_)) => Standing::TakenOver,
            _ => Standing::Without,
        },
    }
}
