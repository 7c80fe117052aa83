//! Modules that another one includes: `components.modules`.
//!
//! Of an included module only its components are taken: they are built as part of the including module. Its dependencies, macros,
//! filters and `xmd` have no say.

use std::collections::BTreeMap;

use crate::ModuleStream;
use crate::stream::RpmComponent;

/// Included modules by the names of the module components that stand for them.
pub type Modules = BTreeMap<String, Included>;

/// A module that is included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Included {
    /// Its document.
    pub document: ModuleStream,
    /// What it includes itself.
    pub modules: Modules,
}

/// All components with the path of the module that each comes from: empty for those of `document` itself. A component that
/// stands in several modules is in here several times.
pub fn components<'a>(document: &'a ModuleStream, modules: &'a Modules) -> Vec<(Vec<&'a str>, &'a RpmComponent)> {
    let mut all: Vec<_> = document.rpm_components.values().map(|component| (Vec::new(), component)).collect();
    for (name, included) in modules {
        for (path, component) in components(&included.document, &included.modules) {
            all.push(([vec![name.as_str()], path].concat(), component));
        }
    }
    all
}

/// The paths of two modules, the later one first.
type Pair<'a> = (Vec<&'a str>, Vec<&'a str>);

/// Components that more than one module has, in a sentence for each pair of modules. Their packages would replace one another.
pub fn conflicts(document: &ModuleStream, modules: &Modules) -> Vec<String> {
    let mut first: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut pairs: Vec<(Pair<'_>, Vec<&str>)> = Vec::new();
    for (path, component) in components(document, modules) {
        let name = component.name.as_str();
        let Some(earlier) = first.get(name) else {
            first.insert(name, path);
            continue;
        };
        let pair = (path, earlier.clone());
        match pairs.iter_mut().find(|(known, _)| *known == pair) {
            Some((_, names)) => names.push(name),
            None => pairs.push((pair, vec![name])),
        }
    }
    pairs.iter().map(|((later, earlier), names)| conflict(document, later, earlier, names)).collect()
}

fn conflict(document: &ModuleStream, later: &[&str], earlier: &[&str], names: &[&str]) -> String {
    let sentence = format!(
        "The included module \"{}\" in \"{}\" have the following conflicting components: {}",
        later.join(" → "),
        document.name(),
        names.join(", ")
    );
    match earlier {
        [] => sentence,
        path => format!("{sentence} (the included module \"{}\" has them already)", path.join(" → ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(name: &str, components: &[(&str, i64)]) -> ModuleStream {
        let component = |(name, buildorder): &(&str, i64)| {
            let component =
                RpmComponent { name: (*name).to_owned(), buildorder: *buildorder, ..RpmComponent::default() };
            ((*name).to_owned(), component)
        };
        ModuleStream {
            name: Some(name.to_owned()),
            rpm_components: components.iter().map(component).collect(),
            ..ModuleStream::default()
        }
    }

    fn included(components: &[(&str, i64)]) -> Included {
        Included { document: document("any", components), modules: Modules::new() }
    }

    #[test]
    fn conflicts_are_told_in_the_recorded_words() {
        let main = document("testmodule-variant", &[("perl-List-Compare", 0), ("other", 0)]);
        let modules = Modules::from([("testmodule".to_owned(), included(&[("perl-List-Compare", 0), ("own", 0)]))]);
        let expected = "The included module \"testmodule\" in \"testmodule-variant\" have the following conflicting \
                        components: perl-List-Compare";
        assert_eq!(conflicts(&main, &modules), [expected]);
    }

    #[test]
    fn included_modules_may_not_share_components_either() {
        let main = document("main", &[("a", 0)]);
        let nested = Included { modules: [("c".to_owned(), included(&[("x", 0), ("y", 0)]))].into(), ..included(&[]) };
        let modules = Modules::from([("b".to_owned(), nested), ("d".to_owned(), included(&[("x", 5), ("y", 0)]))]);
        let told = conflicts(&main, &modules);
        let expected = "The included module \"d\" in \"main\" have the following conflicting components: x, y (the \
                        included module \"b → c\" has them already)";
        assert_eq!(told, [expected]);
        assert_eq!(conflicts(&main, &Modules::new()), Vec::<String>::new());
    }
}
