//! Default modules: what a base module has every build buildrequire without naming it.

use std::collections::BTreeMap;

use modulemd::expansion::{self, DefaultModules, ExpandError, Index};
use modulemd::yaml::Node;
use modulemd::{Limits, ModuleStream, Nsvc, defaults, read};
use resolver::{Database, Resolver, ResolverError};
use scm::CommittedFile;

use crate::{Context, JobError, rows};

/// A round looks up what the one before found missing; three are enough for anything.
const MAX_ROUNDS: usize = 10;

/// Adds them to `xmd.mbs.buildrequires`; what stands there already stays. Returns what was done, in sentences.
pub async fn add(context: &Context, document: &mut ModuleStream) -> Result<Vec<String>, JobError> {
    let mut notes = Vec::new();
    for name in &context.settings.base_module_names {
        let Some(entry) = document.mbs().and_then(|mbs| mbs.get("buildrequires")?.get(name)) else { continue };
        let base = nsvc(name, entry);
        let Some(row) = rows::dependency(&context.db, name, entry).await? else {
            return Err(JobError::user(format!("Failed to retrieve the module {base} from the database")));
        };
        let Some(address) = address(context, &rows::document(&row)?) else { continue };
        let streams = streams(context, &address, &base.stream).await?;
        let chosen = choose(context, document, &base, &streams).await?;
        let buildrequires = document.mbs_mut().entry("buildrequires".to_owned()).or_default().as_map_mut();
        buildrequires.extend(chosen.buildrequires);
        notes.extend(chosen.notes);
    }
    Ok(notes)
}

fn nsvc(name: &str, entry: &Node) -> Nsvc {
    let text = |key: &str| entry.get(key).and_then(Node::as_str).unwrap_or_default();
    Nsvc::new(name, text("stream"), text("version"), text("context"))
}

/// The repository of the default modules of a base module that has any.
fn address(context: &Context, base: &ModuleStream) -> Option<String> {
    let mbs = base.mbs()?;
    let own = mbs.get("default_modules_scm_url").and_then(Node::as_str).filter(|url| !url.is_empty());
    let wanted = match mbs.get("use_default_modules") {
        Some(Node::Bool(wanted)) => *wanted,
        Some(Node::Text(text)) => !text.is_empty(),
        _ => false,
    };
    own.map(str::to_owned).or_else(|| wanted.then(|| context.settings.default_modules_repository.clone()))
}

/// Default streams by module, from the branch that is named as the stream of the base module.
async fn streams(context: &Context, address: &str, stream: &str) -> Result<BTreeMap<String, String>, JobError> {
    let files = match files(context, address, stream).await? {
        Some(files) => Some(files),
        None if is_rawhide(context, stream).await? => files(context, address, &context.settings.rawhide_branch).await?,
        None => None,
    };
    let files = files.ok_or_else(|| failed(&format!("there is no branch {stream} in {address}")))?;
    let texts = files.iter().map(|file| match read::as_text(&file.content) {
        Ok(text) => Ok((file.path.as_str(), text)),
        Err(error) => Err(failed(&format!("{}: {error}", file.path))),
    });
    let texts = texts.collect::<Result<Vec<_>, _>>()?;
    let (overrides, files): (Vec<_>, Vec<_>) = texts.into_iter().partition(|(path, _)| path.contains('/'));
    defaults::default_streams(&files, &overrides, &Limits::default()).map_err(|error| failed(&error.to_string()))
}

async fn files(context: &Context, address: &str, branch: &str) -> Result<Option<Vec<CommittedFile>>, JobError> {
    let files = context.git.files(address, branch, is_wanted).await;
    files.map_err(|error| {
        let error_is_temporary = error.is_temporary();
        let reason = format!("Failed to retrieve the default modules: {error}");
        if error_is_temporary { JobError::Retry(reason) } else { JobError::user(reason) }
    })
}

/// The documents at the top, and those in `overrides`.
fn is_wanted(path: &str) -> bool {
    let name = path.strip_prefix("overrides/").unwrap_or(path);
    !name.contains('/') && name.rsplit_once('.').is_some_and(|(_, end)| end == "yaml")
}

/// Whether this stream of the base module is the one in development, whose branch has another name.
async fn is_rawhide(context: &Context, stream: &str) -> Result<bool, JobError> {
    Ok(context.settings.uses_rawhide && context.builder.rawhide().await?.is_some_and(|rawhide| rawhide == stream))
}

fn failed(reason: &str) -> JobError {
    JobError::user(format!("Failed to retrieve the default modules: {reason}"))
}

/// Looks up in rounds what has to be known.
async fn choose(
    context: &Context,
    document: &ModuleStream,
    base: &Nsvc,
    streams: &BTreeMap<String, String>,
) -> Result<DefaultModules, JobError> {
    let resolver = Database::new(context.db.clone());
    let mut index = Index::default();
    for _ in 0..MAX_ROUNDS {
        match expansion::default_modules(document, base, streams, &index, &context.settings.expansion) {
            Ok(chosen) => return Ok(chosen),
            Err(ExpandError::Missing(wanted)) => {
                let looked_up = resolver.look_up(&wanted, &mut index).await;
                looked_up.map_err(|ResolverError::Database(error)| JobError::from(error))?;
            }
            Err(error) => return Err(JobError::user(error.to_string())),
        }
    }
    Err(failed("they require too many others"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_documents_of_the_two_folders_are_read() {
        for path in ["nodejs.yaml", "overrides/nodejs.yaml"] {
            assert!(is_wanted(path), "{path}");
        }
        for path in ["README.md", "x/nodejs.yaml", "overrides/x/nodejs.yaml", "nodejs.yml", ".yaml/x"] {
            assert!(!is_wanted(path), "{path}");
        }
    }
}
