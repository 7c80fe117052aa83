//! Validates a submitted module: its components exist, branches become commits, and every component gets its row.
//!
//! Nothing is written before the end, and then in one transaction, so a validation that died is simply done again. All that is
//! wrong with components, included modules, source packages and overrides is reported together. The rules are in
//! `docs/VALIDATION.md`.
//!
//! | file | subject |
//! | --- | --- |
//! | `arches` | what the module is built for |
//! | `default_modules` | what its base module has it buildrequire |
//! | `components` | where components come from, and who may say so |
//! | `included` | documents of included modules |
//! | `srpms`, `commits` | what each component is built from |
//! | `collisions`, `filtered` | packages of buildrequires that stay out of the buildroot |
//! | `weights` | which components are started first |
//! | `problems`, `record` | how it ends: what is wrong, or rows |

mod arches;
mod collisions;
mod commits;
mod components;
mod default_modules;
mod filtered;
mod included;
mod problems;
mod record;
mod srpms;
mod weights;

use builders::Stop;
use entities::lease::Lease;
use entities::{ModuleState, module_build};
use futures::FutureExt;
use modulemd::included::{conflicts, mixed};
use modulemd::{ModuleStream, batches};

pub use arches::{arches_of, of_build as arches_of_build};
pub use commits::pair as source_of;
pub use components::complete_components;
pub use included::{Inclusion, fetch as include_modules};
pub use problems::Problems;
pub use record::new_row;

use self::record::{Component, Valid};
use crate::holding::{always, holding};
use crate::{Context, JobError, advance, rows};

/// Runs the job for the module build with this id.
pub async fn run(context: &Context, id: i32) -> Result<(), JobError> {
    let lease = format!("module:{id}");
    let validated = holding(context, &lease, always, |lease, stop| validate(context, lease, stop, id).boxed()).await?;
    // Also where there was nothing to do: whoever came meanwhile with something to do found the lease taken.
    if validated.is_some() {
        context.announce().await;
        advance::run(context, id).await?;
    }
    Ok(())
}

/// True if the build went on to `wait`.
async fn validate(context: &Context, lease: Lease, _stop: Stop, id: i32) -> Result<bool, JobError> {
    let build = rows::module(&context.db, id).await?;
    if build.state != ModuleState::Init {
        return Ok(false);
    }
    let valid = valid(context, &build).await?;
    record::record(context, &lease, &build, &valid).await?;
    Ok(true)
}

async fn valid(context: &Context, build: &module_build::Model) -> Result<Valid, JobError> {
    let mut document = rows::document(build)?;
    let builder = context.builder.as_ref();
    let arches = arches::of_build(&context.db, Some(builder), &document, &context.settings).await?;
    let mut notes = default_modules::add(context, &mut document).await?;
    let components = components(context, build, &mut document, &mut notes).await?;
    filtered::fill_in(context, &mut document).await?;
    collisions::fill_in(context, &mut document, &arches).await?;
    Ok(Valid { document, arches, components, notes })
}

/// All components, those of included modules among them, with what they are built from. Everything that is wrong with any of them
/// is one error.
async fn components(
    context: &Context,
    build: &module_build::Model,
    document: &mut ModuleStream,
    notes: &mut Vec<String>,
) -> Result<Vec<Component>, JobError> {
    let settings = &context.settings;
    let mut problems = Problems::default();
    let default_ref = components::default_ref(document, settings);
    components::complete(document, settings, &default_ref, &mut problems);
    let included = included::fetch(&context.git, settings, document, build.scmurl.as_deref()).await;
    // With a module missing, nobody knows which components there are.
    let complete = included.problems.is_empty();
    problems.extend("", included.problems);
    notes.extend(included.notes);
    for line in conflicts(document, &included.modules) {
        problems.push(line);
    }
    if let Some(line) = mixed(document, &included.modules) {
        problems.push(line);
    }
    if complete {
        components::check_overrides(document, &included.modules, &mut problems);
    }
    // A copy, because the document is written to while its components are in use.
    let own = document.clone();
    let planned = batches::planned(&own, &included.modules);
    let names = complete.then(|| planned.iter().map(|one| one.component.name.as_str()).collect());
    let srpms = srpms::read(context.builder.as_ref(), build, names.as_ref(), &mut problems).await?;
    let commits = commits::look_up(context, build, &own, &planned, &srpms, &mut problems).await;
    problems.into_result()?;
    commits.note(build, document);
    let names: Vec<String> = planned.iter().map(|one| one.component.name.clone()).collect();
    let weights = weights::of(context, &names).await?;
    Ok(planned.iter().map(|one| Component::new(one, document, &srpms, &weights)).collect())
}
