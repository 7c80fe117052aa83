//! Side tags: a build that was submitted with one gets its base modules from there instead of from their own tags.
//!
//! Which tag that is, the base module says in `xmd.mbs.koji_side_tag_format`, e.g. `{side_tag}-modular`.

use builders::{Dependency, ModuleRef};
use modulemd::ModuleStream;
use modulemd::yaml::Node;

use crate::{Context, JobError, rows};

/// Stands for the side tag.
const PLACE: &str = "{side_tag}";

/// Refuses a build for a side tag of which no base module has one.
pub async fn check(context: &Context, module: &ModuleRef) -> Result<(), JobError> {
    let is_for_one = of(&module.modulemd).is_some();
    if is_for_one && !apply(context, &module.modulemd, &mut module.dependencies.clone()).await? {
        return Err(JobError::user(REFUSED));
    }
    Ok(())
}

/// The side tag that a build was submitted with.
fn of(document: &ModuleStream) -> Option<&str> {
    document.mbs()?.get("side_tag")?.as_str().filter(|tag| !tag.is_empty())
}

/// Replaces the tags of base modules where the document of the build names a side tag. False if there is none to replace.
pub async fn apply(
    context: &Context,
    document: &ModuleStream,
    dependencies: &mut [Dependency],
) -> Result<bool, JobError> {
    let Some(side_tag) = of(document) else { return Ok(false) };
    let buildrequires = document.mbs().and_then(|mbs| mbs.get("buildrequires"));
    let mut applied = false;
    for dependency in dependencies.iter_mut().filter(|dependency| dependency.base) {
        let name = &dependency.nsvc.name;
        let Some(node) = buildrequires.and_then(|all| all.get(name)) else { continue };
        let base = rows::dependency(&context.db, name, node).await?;
        let format = base.and_then(|build| format_of(&rows::document(&build).ok()?));
        match format {
            Some(format) => {
                dependency.tag = Some(format.replace(PLACE, side_tag));
                applied = true;
            }
            None => {
                tracing::warn!(base_module = name, "has no koji_side_tag_format; it is not taken from the side tag");
            }
        }
    }
    Ok(applied)
}

const REFUSED: &str = "None of the buildrequired base modules are configured for side tags.";

fn format_of(document: &ModuleStream) -> Option<String> {
    let format = document.mbs()?.get("koji_side_tag_format").and_then(Node::as_str)?;
    (!format.is_empty()).then(|| format.to_owned())
}
