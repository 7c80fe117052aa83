//! Branches become commits, looked up concurrently; what was not found is reported together.

use std::collections::BTreeMap;

use entities::module_build;
use modulemd::ModuleStream;
use modulemd::yaml::Node;
use scm::{ScmError, ScmUrl};

use crate::{Context, JobError};

/// Writes `xmd.mbs.scmurl`, `commit` and `rpms`. Components that have a commit already (the build was resumed) keep it.
pub async fn fill_in(
    context: &Context,
    build: &module_build::Model,
    document: &mut ModuleStream,
) -> Result<(), JobError> {
    let wanted = wanted(document);
    let pairs = wanted.iter().map(|(_, pair)| pair.clone()).collect();
    let found = context.git.latest_commits(pairs, context.settings.concurrent_lookups).await;
    let commits = collect(&wanted, found)?;
    let scmurl = build.scmurl.clone().unwrap_or_default();
    let commit = document_commit(context, &scmurl).await?;
    let mbs = document.mbs_mut();
    mbs.entry("scmurl".to_owned()).or_insert_with(|| scmurl.into());
    mbs.insert("commit".to_owned(), commit.into());
    let rpms = mbs.entry("rpms".to_owned()).or_default().as_map_mut();
    for (name, commit) in commits {
        rpms.insert(name, Node::Map(BTreeMap::from([("ref".to_owned(), commit.into())])));
    }
    Ok(())
}

/// The full id of the commit that the document came from; empty for a submitted file.
async fn document_commit(context: &Context, scmurl: &str) -> Result<String, JobError> {
    let Ok(url) = ScmUrl::parse(scmurl) else { return Ok(String::new()) };
    let found = context.git.latest_commit(url.repository().as_str(), url.revision()).await;
    found.map_err(|error| {
        let reason = error.to_string();
        if error.is_temporary() { JobError::Retry(reason) } else { JobError::user(reason) }
    })
}

/// Name, and repository with ref, of every component whose commit is not known.
fn wanted(document: &ModuleStream) -> Vec<(String, (String, String))> {
    let mbs = document.mbs();
    let known = mbs.and_then(|mbs| mbs.get("rpms"));
    let overrides = mbs.and_then(|mbs| mbs.get("rpm_component_ref_overrides"));
    let components = document.rpm_components.iter();
    let unknown = components.filter(|(name, _)| known.and_then(|rpms| rpms.get(name)).is_none());
    unknown
        .map(|(name, component)| {
            let instead = overrides.and_then(|all| all.get(name)).and_then(Node::as_str);
            let reference = instead.map(str::to_owned).or_else(|| component.reference.clone());
            (name.clone(), (component.repository.clone().unwrap_or_default(), reference.unwrap_or_default()))
        })
        .collect()
}

/// Trouble with the network or the git host may pass; what is not there is the packager's matter. Each line names a component.
fn collect(
    wanted: &[(String, (String, String))],
    found: Vec<Result<String, ScmError>>,
) -> Result<Vec<(String, String)>, JobError> {
    let mut commits = Vec::new();
    let (mut missing, mut trouble) = (Vec::new(), Vec::new());
    for ((name, (repository, reference)), found) in wanted.iter().zip(found) {
        match found {
            Ok(commit) => commits.push((name.clone(), commit)),
            Err(error) => {
                let list = if error.is_temporary() { &mut trouble } else { &mut missing };
                list.push(format!(
                    "Failed to get the latest commit for {repository}#{reference} (component {name}): {error}"
                ));
            }
        }
    }
    if !missing.is_empty() {
        return Err(JobError::user(missing.join("\n")));
    }
    if trouble.is_empty() { Ok(commits) } else { Err(JobError::Retry(trouble.join("\n"))) }
}
