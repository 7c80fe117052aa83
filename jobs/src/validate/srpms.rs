//! Source packages that a scratch build has in place of commits.

use std::collections::{BTreeMap, BTreeSet};

use builders::Builder;
use entities::module_build;
use futures::StreamExt;

use super::problems::Problems;
use crate::JobError;

/// Where the source package of each component is that has one.
pub type Srpms = BTreeMap<String, String>;

/// Asks the build system what each of `srpms` is. One that is no source package, that belongs to none of `components` (as far as
/// these are known), or that is the second of its component is a problem.
pub async fn read(
    builder: &dyn Builder,
    build: &module_build::Model,
    components: Option<&BTreeSet<&str>>,
    problems: &mut Problems,
) -> Result<Srpms, JobError> {
    let mut srpms = Srpms::new();
    let locations = locations(build)?;
    let questions: Vec<_> = locations.iter().map(|location| builder.source_package(location)).collect();
    let names: Vec<_> = futures::stream::iter(questions).buffered(AT_A_TIME).collect().await;
    for (location, name) in locations.iter().zip(names) {
        match name {
            Err(error) => problems.push_builder("srpms: ", &error),
            Ok(name) if components.is_some_and(|all| !all.contains(name.as_str())) => {
                problems.push(format!("srpms: {location:?} is for {name}, and the module has no such component"));
            }
            Ok(name) => match srpms.get(&name) {
                Some(first) => problems.push(format!("srpms: {first:?} and {location:?} are both for {name}")),
                None => drop(srpms.insert(name, location.clone())),
            },
        }
    }
    Ok(srpms)
}

/// Each of them is a process, or a question to a hub.
const AT_A_TIME: usize = 4;

/// The column holds a JSON list; older rows hold nothing, or the texts `null` and `[]`.
fn locations(build: &module_build::Model) -> Result<Vec<String>, JobError> {
    let Some(text) = build.srpms.as_deref().filter(|text| !text.is_empty()) else { return Ok(Vec::new()) };
    let list: Result<Option<Vec<String>>, _> = serde_json::from_str(text);
    list.map(Option::unwrap_or_default).map_err(|_| {
        JobError::user(format!("Invalid srpms list encountered: {}", text.chars().take(300).collect::<String>()))
    })
}
