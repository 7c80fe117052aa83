//! Branches become commits, looked up concurrently.

use std::collections::BTreeMap;

use entities::module_build;
use modulemd::ModuleStream;
use modulemd::batches::Planned;
use modulemd::stream::RpmComponent;
use modulemd::yaml::Node;
use scm::{ScmError, ScmUrl, is_full_commit};

use super::problems::Problems;
use super::srpms::Srpms;
use crate::{Context, Settings};

/// Entries of `xmd.mbs.rpms` by component, and the commit of the document.
#[derive(Debug, Default)]
pub struct Commits {
    rpms: BTreeMap<String, Node>,
    document: String,
}

impl Commits {
    /// Writes `xmd.mbs.scmurl`, `commit` and `rpms`.
    pub fn note(self, build: &module_build::Model, document: &mut ModuleStream) {
        let mbs = document.mbs_mut();
        mbs.entry("scmurl".to_owned()).or_insert_with(|| build.scmurl.clone().unwrap_or_default().into());
        mbs.insert("commit".to_owned(), self.document.into());
        if !self.rpms.is_empty() || mbs.contains_key("rpms") {
            mbs.entry("rpms".to_owned()).or_default().as_map_mut().extend(self.rpms);
        }
    }
}

/// Looks up the commits of all components and of the document, at most `SCM_CONCURRENT_LOOKUPS` at a time. Components that have a
/// commit already (the build was resumed) keep it; those that are built from a source package have none.
pub async fn look_up(
    context: &Context,
    build: &module_build::Model,
    document: &ModuleStream,
    planned: &[Planned<'_>],
    srpms: &Srpms,
    problems: &mut Problems,
) -> Commits {
    let known = document.mbs().and_then(|mbs| mbs.get("rpms"));
    let unknown = planned.iter().map(|one| one.component);
    let unknown = unknown.filter(|component| known.and_then(|rpms| rpms.get(&component.name)).is_none());
    let (from_srpms, from_git): (Vec<_>, Vec<_>) = unknown.partition(|component| srpms.contains_key(&component.name));
    let pairs: Vec<_> = from_git.iter().map(|component| pair(document, component)).collect();
    let (found, own) = futures::join!(
        context.git.latest_commits(pairs.clone(), context.settings.concurrent_lookups),
        document_commit(context, build)
    );
    let mut commits = Commits::default();
    match own {
        Ok(commit) => commits.document = commit,
        Err(error) => problems.push_scm("", &error),
    }
    for component in from_srpms {
        commits.rpms.insert(component.name.clone(), entry(&context.settings, document, component, ""));
    }
    for ((component, (repository, reference)), found) in from_git.iter().zip(pairs).zip(found) {
        let name = &component.name;
        match found {
            Ok(commit) => {
                commits.rpms.insert(name.clone(), entry(&context.settings, document, component, &commit));
            }
            Err(error) => {
                let about =
                    format!("Failed to get the latest commit for {repository}#{reference} (component {name}): ");
                problems.push_scm(&about, &error);
            }
        }
    }
    commits
}

/// What validation found for a component: its commit, or none if it is built from a source package.
pub fn of(document: &ModuleStream, component: &str) -> Option<String> {
    let commit = document.mbs()?.get("rpms")?.get(component)?.get("ref")?.as_str()?;
    Some(commit.to_owned()).filter(|commit| !commit.is_empty())
}

/// Repository and ref of a component; the submission may have named another ref.
pub fn pair(document: &ModuleStream, component: &RpmComponent) -> (String, String) {
    let overrides = document.mbs().and_then(|mbs| mbs.get("rpm_component_ref_overrides"));
    let instead = overrides.and_then(|all| all.get(&component.name)).and_then(Node::as_str);
    let reference = instead.map(str::to_owned).or_else(|| component.reference.clone());
    (component.repository.clone().unwrap_or_default(), reference.unwrap_or_default())
}

/// The document says nothing else of a component of an included module, so its architectures stand here if it is restricted.
fn entry(settings: &Settings, document: &ModuleStream, component: &RpmComponent, commit: &str) -> Node {
    let mut entry = BTreeMap::from([("ref".to_owned(), Node::from(commit))]);
    let own = document.rpm_components.contains_key(&component.name);
    if !own && component.arches != settings.arches.iter().cloned().collect() {
        let arches = component.arches.iter().map(|arch| Node::from(arch.as_str())).collect();
        entry.insert("arches".to_owned(), Node::List(arches));
    }
    Node::Map(entry)
}

/// The full id of the commit that the document came from; empty for a submitted file.
async fn document_commit(context: &Context, build: &module_build::Model) -> Result<String, ScmError> {
    let Ok(url) = ScmUrl::parse(build.scmurl.as_deref().unwrap_or_default()) else { return Ok(String::new()) };
    if is_full_commit(url.revision()) {
        return Ok(url.revision().to_owned());
    }
    context.git.latest_commit(url.repository().as_str(), url.revision()).await
}
