//! Which build components are taken from.

use std::collections::BTreeSet;

use super::{NoEarlierBuild, Strategy};
use crate::contexts::{build_context, buildrequired_streams};
use crate::expansion::{ExpandError, ExpandSettings, Index, Lookup, Wanted, base_modules};
use crate::version::version_prefix;
use crate::{ModuleStream, Nsvc};

/// A build context that fits, and the base module that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SameBuildrequires {
    /// `name:stream`.
    pub base_module: String,
    /// `module_builds.build_context`.
    pub build_context: String,
}

/// Why there are no contexts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EarlierBuildError {
    /// No answer: these have to be looked up and added to the index first.
    #[error("{} lookups are needed to find an earlier build", .0.len())]
    Missing(BTreeSet<Wanted>),
    /// No build can fit.
    #[error(transparent)]
    None(#[from] NoEarlierBuild),
}

/// A build of the same name and stream that is ready and came from git.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// `module_builds.id`.
    pub id: i32,
    /// Its identity.
    pub nsvc: Nsvc,
    /// `module_builds.build_context`.
    pub build_context: String,
    /// `module_builds.rebuild_strategy`.
    pub strategy: String,
    /// When it was completed, in any unit; imported builds have no such time.
    pub completed: Option<i64>,
}

/// The build contexts of builds against the same streams, for the base module that `document` is built against and those that
/// are compatible with it; the newest base module first. With `only_compatible_base_modules` off, only the very same base module
/// counts.
pub fn same_buildrequires(
    document: &ModuleStream,
    index: &Index,
    settings: &ExpandSettings,
) -> Result<Vec<SameBuildrequires>, EarlierBuildError> {
    let streams = buildrequired_streams(document);
    let bases = if settings.only_compatible_base_modules {
        compatible(document, index, settings)?
    } else {
        let own = |name: &String| Some((name.clone(), streams.get(name)?.clone()));
        settings.base_module_names.iter().filter_map(own).collect()
    };
    let with = |(name, stream): (String, String)| {
        let mut streams = streams.clone();
        streams.get_mut(&name)?.clone_from(&stream);
        let base_module = format!("{name}:{stream}");
        Some(SameBuildrequires { base_module, build_context: build_context(&streams) })
    };
    let contexts: Vec<_> = bases.into_iter().filter_map(with).collect();
    if contexts.is_empty() { Err(NoEarlierBuild::NoBaseModule.into()) } else { Ok(contexts) }
}

/// Name and stream of base modules, the newest first.
fn compatible(
    document: &ModuleStream,
    index: &Index,
    settings: &ExpandSettings,
) -> Result<Vec<(String, String)>, EarlierBuildError> {
    let lookup = Lookup::new(index);
    let blocks: Vec<_> = document.dependencies.iter().map(|block| block.buildrequires.clone()).collect();
    let found = base_modules::find(&blocks, &lookup, settings);
    let missing = lookup.missing();
    if !missing.is_empty() {
        return Err(EarlierBuildError::Missing(missing));
    }
    let mut bases = match found {
        Ok(found) => found.ready,
        Err(ExpandError::NotXyz { name, stream }) => {
            return Err(NoEarlierBuild::NotXyz(format!("{name}:{stream}")).into());
        }
        Err(_) => return Err(NoEarlierBuild::NoBaseModule.into()),
    };
    let number = |stream: &str| version_prefix(stream, &settings.stream_suffixes).unwrap_or(0.0);
    bases.sort_by(|a, b| number(&b.nsvc.stream).total_cmp(&number(&a.nsvc.stream)));
    Ok(bases.into_iter().map(|base| (base.nsvc.name.clone(), base.nsvc.stream.clone())).collect())
}

/// The build that components of `new` are taken from: for the newest base module that there is one for, the one that was
/// completed last. Builds that took over more than this one may are left out.
pub fn earlier_build<'a>(
    new: &Nsvc,
    strategy: Strategy,
    contexts: &[SameBuildrequires],
    candidates: &'a [Candidate],
) -> Result<&'a Candidate, NoEarlierBuild> {
    let strict = [Strategy::All, Strategy::ChangedAndAfter].map(Strategy::name);
    let fits =
        |candidate: &&Candidate| strategy != Strategy::ChangedAndAfter || strict.contains(&candidate.strategy.as_str());
    let alike = |context: &SameBuildrequires| {
        let mut alike: Vec<_> = candidates.iter().filter(|one| one.build_context == context.build_context).collect();
        alike.sort_by_key(|one| (std::cmp::Reverse(one.completed), one.id));
        alike
    };
    let module = format!("{}:{}", new.name, new.stream);
    let all: Vec<&Candidate> = contexts.iter().flat_map(alike).collect();
    let base_modules = || contexts.iter().map(|context| context.base_module.clone()).collect();
    match (all.iter().copied().find(fits), all.first()) {
        (Some(found), _) => Ok(found),
        (None, None) => Err(NoEarlierBuild::NoneAlike { module, base_modules: base_modules() }),
        (None, Some(newest)) => Err(NoEarlierBuild::OnlyMoreLiberal {
            module,
            newest: Box::new(newest.nsvc.clone()),
            strategy: newest.strategy.clone(),
        }),
    }
}
