//! The release suffix of a module's packages, which tells builds of one module apart.

use crate::contexts::sha1;
use crate::yaml::Node;
use crate::{ModuleStream, Nsvc};

/// The disttag without its dot, e.g. `module+f28+8+d91f8491`: prefix (`scrmod+` for scratch builds), marking of the base module,
/// `index` (the smallest id among all contexts of the submission), and a hash over the whole identity.
pub fn disttag(nsvc: &Nsvc, index: i32, marking: Option<&str>, scratch: bool, prefix: &str) -> String {
    let prefix = if scratch { "scrmod+" } else { prefix };
    let marking = marking.map(|marking| format!("{marking}+")).unwrap_or_default();
    let identity = format!("{}.{}.{}.{}", nsvc.name, nsvc.stream, nsvc.version, nsvc.context);
    format!("{prefix}{marking}{index}+{}", &sha1(&identity)[..8])
}

/// The marking for [`disttag`] of a build with this document. Asked are the buildrequired privileged modules and then the base
/// modules, in the order of the configuration: the first with a `disttag_marking` in its `xmd.mbs`, or the stream of the first
/// base module. `document_of` finds the document of a known build; an unknown one has no say.
pub fn marking(
    document: &ModuleStream,
    privileged_modules: &[String],
    base_modules: &[String],
    document_of: impl Fn(&Nsvc) -> Option<ModuleStream>,
) -> Option<String> {
    let buildrequires = document.mbs()?.get("buildrequires")?;
    for name in privileged_modules.iter().chain(base_modules) {
        let known = buildrequires
            .get(name)
            .map(|details| identity(name, details))
            .and_then(|nsvc| Some((document_of(&nsvc)?, nsvc)));
        let Some((found, nsvc)) = known else {
            continue;
        };
        let marking = found.mbs().and_then(|mbs| mbs.get("disttag_marking"));
        if let Some(marking) = marking.and_then(Node::as_str) {
            return Some(marking.to_owned());
        }
        if base_modules.contains(name) {
            return Some(nsvc.stream);
        }
    }
    None
}

/// The build that `details` (an entry of `xmd.mbs.buildrequires`) stand for.
fn identity(name: &str, details: &Node) -> Nsvc {
    let text = |key: &str| details.get(key).and_then(Node::as_str).unwrap_or_default();
    Nsvc::new(name, text("stream"), text("version"), text("context"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_disttag() {
        let nsvc = Nsvc::new("app", "1", "20190401120000", "9c690d0e");
        assert_eq!(disttag(&nsvc, 8, Some("f28"), false, "module+"), "module+f28+8+d91f8491");
    }
}
