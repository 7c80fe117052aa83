//! Packages of base modules that other buildrequires have in another version: these have to go first, whichever is newer.

use std::collections::{BTreeSet, HashMap};

use builders::BuiltRpm;
use modulemd::ModuleStream;
use modulemd::yaml::Node;

use crate::{Context, JobError};

/// Writes `xmd.mbs.ursine_rpms`: the NEVRAs that stay out of the buildroot. Not written where nothing can collide.
pub async fn fill_in(
    context: &Context,
    document: &mut ModuleStream,
    arches: &BTreeSet<String>,
) -> Result<(), JobError> {
    let (base, others) = tags(document, &context.settings.base_module_names);
    if base.is_empty() || others.is_empty() {
        return Ok(());
    }
    let arches: Vec<String> = arches.iter().cloned().collect();
    let base = context.builder.tagged_rpms(&base, &arches).await?;
    let others = context.builder.tagged_rpms(&others, &arches).await?;
    let nevras = colliding(&base, &others).into_iter().map(Node::from).collect();
    document.mbs_mut().insert("ursine_rpms".to_owned(), Node::List(nevras));
    Ok(())
}

/// Tags of the base modules, and of all other modules, that a document buildrequires.
fn tags(document: &ModuleStream, base_modules: &[String]) -> (Vec<String>, Vec<String>) {
    let buildrequires = document.mbs().and_then(|mbs| mbs.get("buildrequires")).and_then(Node::as_map);
    let (mut base, mut others) = (BTreeSet::new(), BTreeSet::new());
    for (name, entry) in buildrequires.into_iter().flatten() {
        if let Some(tag) = entry.get("koji_tag").and_then(Node::as_str).filter(|tag| !tag.is_empty()) {
            if base_modules.contains(name) { &mut base } else { &mut others }.insert(tag.to_owned());
        }
    }
    (base.into_iter().collect(), others.into_iter().collect())
}

/// NEVRAs of `base` whose names are among the `others`; the very same package is no collision.
fn colliding(base: &[BuiltRpm], others: &[BuiltRpm]) -> BTreeSet<String> {
    let mut of_name: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for rpm in base {
        of_name.entry(&rpm.name).or_default().insert(&rpm.nevra);
    }
    let same: BTreeSet<&str> = others.iter().map(|rpm| rpm.nevra.as_str()).collect();
    let names: BTreeSet<&str> = others.iter().map(|rpm| rpm.name.as_str()).collect();
    let nevras = names.into_iter().filter_map(|name| of_name.get(name)).flatten();
    nevras.filter(|nevra| !same.contains(**nevra)).map(|nevra| (*nevra).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rpms(nevras: &[&str]) -> Vec<BuiltRpm> {
        let name = |nevra: &str| nevra.rsplitn(3, '-').nth(2).unwrap().to_owned();
        let rpm = |nevra: &&str| BuiltRpm {
            name: name(nevra),
            nevra: (*nevra).to_owned(),
            file: String::new(),
            license: String::new(),
        };
        nevras.iter().map(rpm).collect()
    }

    /// The sets of the Python service's tests.
    const BASE: [&str; 6] = [
        "bash-completion-1:2.7-5.el8.noarch",
        "bash-0:4.4.19-7.el8.aarch64",
        "python2-tools-0:2.7.16-11.el8.aarch64",
        "python2-tools-0:2.7.16-11.el8.x86_64",
        "python3-ldap-0:3.1.0-4.el8.aarch64",
        "python3-ldap-0:3.1.0-4.el8.x86_64",
    ];
    const OTHERS: [&str; 3] = [
        "bash-0:4.4.20-1.el8.aarch64",
        "python2-tools-0:2.7.18-1.module+el8.1.0+3568+bbd875cb.aarch64",
        "python2-tools-0:2.7.18-1.module+el8.1.0+3568+bbd875cb.x86_64",
    ];

    #[test]
    fn packages_of_the_same_names_collide() {
        let expected = [BASE[1], BASE[2], BASE[3]].map(str::to_owned);
        assert_eq!(colliding(&rpms(&BASE), &rpms(&OTHERS)), expected.into());
    }

    #[test]
    fn the_same_packages_do_not_collide() {
        let base = [BASE[0], BASE[1], OTHERS[1], OTHERS[2]];
        assert_eq!(colliding(&rpms(&base), &rpms(&OTHERS)), [BASE[1].to_owned()].into());
    }
}
