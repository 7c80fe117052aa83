//! Writes down what was decided.

use std::collections::{BTreeMap, HashMap};

use entities::db::Transaction;
use entities::{ComponentState, component_build, log_message, transition};
use modulemd::reuse::{Decision, REUSED, Reason};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, Set};
use serde_json::{Value, json};

use super::Plan;
use crate::JobError;

/// Rows of one statement; databases have a limit of values.
const AT_ONCE: usize = 500;

/// Whether a decision still stands: only what is not started can be taken over.
fn is_open(row: &component_build::Model) -> bool {
    row.state.is_none()
}

/// Writes the decisions for these rows, in the transaction that holds their build: what is taken over is complete at once. Every
/// decision goes into the column `reuse` and into the log of the build.
pub async fn write_down(
    tx: &Transaction,
    now: DateTime,
    module_id: i32,
    plan: &Plan,
    rows: &[component_build::Model],
) -> Result<(), JobError> {
    let rows: HashMap<i32, &component_build::Model> =
        rows.iter().filter(|row| is_open(row)).map(|row| (row.id, row)).collect();
    let decided = || plan.decisions.iter().filter_map(|(id, decision)| Some((*rows.get(id)?, decision)));
    let mut rebuilt: BTreeMap<String, Vec<i32>> = BTreeMap::new();
    for (row, decision) in decided() {
        let shown = shown(decision).to_string();
        match decision {
            Decision::Reused { from, nvr, .. } => {
                let task = earlier_task(plan, *from);
                transition::component(tx, now, row, Some(ComponentState::Complete), Some(REUSED), |row| {
                    row.reused_component_id = Set(Some(*from));
                    row.task_id = Set(task);
                    row.nvr = Set(Some(nvr.clone()));
                    row.reuse = Set(Some(shown));
                    row.retries = Set(0);
                    row.retry_at = Set(None);
                })
                .await?;
            }
            Decision::Rebuilt(_) => rebuilt.entry(shown).or_default().push(row.id),
        }
        tracing::info!(
            component_build = row.id,
            module_build = module_id,
            package = row.package,
            rule = decision.rule(),
            "{decision}"
        );
    }
    for (shown, components) in rebuilt {
        note(tx, &components, &shown).await?;
    }
    let sentences = decided().map(|(row, decision)| (row.id, decision.to_string()));
    log_message::write_about_components(tx, now, module_id, sentences).await?;
    Ok(())
}

fn earlier_task(plan: &Plan, component: i32) -> Option<i32> {
    let components = &plan.earlier.as_ref().ok()?.components;
    components.iter().find(|row| row.id == component)?.task_id
}

/// Mostly all of them are rebuilt for the same reason.
async fn note<C: ConnectionTrait>(tx: &C, components: &[i32], shown: &str) -> Result<(), DbErr> {
    use component_build::{Column, Entity};
    for components in components.chunks(AT_ONCE) {
        let those = Column::Id.is_in(components.iter().copied());
        Entity::update_many().col_expr(Column::Reuse, Expr::value(shown)).filter(those).exec(tx).await?;
    }
    Ok(())
}

/// A decision as clients see it.
pub fn shown(decision: &Decision) -> Value {
    let (before, now) = decision.values().unzip();
    let module = match decision {
        Decision::Reused { earlier, .. } => Some(earlier.to_string()),
        Decision::Rebuilt(Reason::NewComponent { earlier } | Reason::NoPackages { earlier }) => {
            Some(earlier.to_string())
        }
        Decision::Rebuilt(_) => None,
    };
    let component = match decision {
        Decision::Rebuilt(Reason::BuiltAfterChange { component, .. } | Reason::BuiltAfterRebuilt { component }) => {
            Some(component)
        }
        _ => None,
    };
    json!({
        "reused": decision.is_reused(),
        "rule": decision.rule(),
        "before": before,
        "now": now,
        "component": component,
        "module": module,
        "reason": decision.to_string(),
    })
}
