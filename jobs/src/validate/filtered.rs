//! Packages that buildrequired modules filter out: noted by NVR, so that they stay out of the buildroot.

use builders::BuiltRpm;
use modulemd::ModuleStream;
use modulemd::yaml::Node;

use crate::{Context, JobError, rows};

/// Writes `filtered_rpms` into every entry of `xmd.mbs.buildrequires` that has none (a resumed build has).
pub async fn fill_in(context: &Context, document: &mut ModuleStream) -> Result<(), JobError> {
    let buildrequires = document.mbs_mut().entry("buildrequires".to_owned()).or_default().as_map_mut();
    for (name, entry) in buildrequires {
        if entry.get("filtered_rpms").is_none() {
            let filtered = of(context, name, entry).await?;
            entry.as_map_mut().insert("filtered_rpms".to_owned(), Node::List(filtered));
        }
    }
    Ok(())
}

async fn of(context: &Context, name: &str, entry: &Node) -> Result<Vec<Node>, JobError> {
    let Some(build) = rows::dependency(&context.db, name, entry).await? else { return Ok(Vec::new()) };
    let filters = rows::document(&build)?.filter_rpms;
    let Some(tag) = build.koji_tag.filter(|_| !filters.is_empty()) else { return Ok(Vec::new()) };
    let rpms = context.builder.built_rpms(&tag).await?;
    let mut nvrs: Vec<String> = rpms.iter().filter(|rpm| filters.contains(&rpm.name)).map(BuiltRpm::nvr).collect();
    nvrs.sort();
    nvrs.dedup();
    Ok(nvrs.into_iter().map(Node::from).collect())
}
