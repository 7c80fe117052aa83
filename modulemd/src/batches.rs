//! Which component belongs to which batch.

use crate::ModuleStream;
use crate::included::Modules;
use crate::plan::MACROS_BATCH;
use crate::stream::RpmComponent;

/// A component and when it is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned<'a> {
    /// The component, of the module itself or of one that it includes.
    pub component: &'a RpmComponent,
    /// The batch it is built in; 2 is the first after `module-build-macros`.
    pub batch: i32,
}

/// Name and batch of every RPM component of the document itself, in the order of their batches. Components with the same
/// `buildorder` share a batch; the first batch after `module-build-macros` is 2. Included modules are taken for empty.
pub fn batches(document: &ModuleStream) -> Vec<(String, i32)> {
    let none = Modules::new();
    let planned = planned(document, &none);
    planned.into_iter().map(|one| (one.component.name.clone(), one.batch)).collect()
}

/// All components with those of the included modules. An included module is built where its own `buildorder` puts it: its
/// components with that same number join the batch that is being filled, all others begin new ones, and whatever the including
/// module builds after it comes in its last batch or later.
pub fn planned<'a>(document: &'a ModuleStream, modules: &'a Modules) -> Vec<Planned<'a>> {
    let mut planned = Vec::new();
    fill(document, modules, MACROS_BATCH, None, &mut planned);
    planned
}

/// A component, or the name of an included module.
enum Part<'a> {
    Component(&'a RpmComponent),
    Module(&'a str),
}

/// Returns the last batch.
fn fill<'a>(
    document: &'a ModuleStream,
    modules: &'a Modules,
    mut batch: i32,
    mut previous: Option<i64>,
    planned: &mut Vec<Planned<'a>>,
) -> i32 {
    for (buildorder, part) in parts(document) {
        if previous != Some(buildorder) {
            previous = Some(buildorder);
            batch += 1;
        }
        match part {
            Part::Component(component) => planned.push(Planned { component, batch }),
            Part::Module(name) => {
                if let Some(included) = modules.get(name) {
                    batch = fill(&included.document, &included.modules, batch, previous, planned);
                }
            }
        }
    }
    batch
}

/// By `buildorder`; of the same number, components by name and then modules by name.
fn parts(document: &ModuleStream) -> Vec<(i64, Part<'_>)> {
    let components = document.rpm_components.values().map(|one| (one.buildorder, Part::Component(one)));
    let modules = document.module_components.values().map(|one| (one.buildorder, Part::Module(&one.name)));
    let mut parts: Vec<_> = components.chain(modules).collect();
    parts.sort_by_key(|(buildorder, _)| *buildorder);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::included::Included;
    use crate::stream::ModuleComponent;

    fn document(components: &[(&str, i64)], modules: &[(&str, i64)]) -> ModuleStream {
        let mut document = ModuleStream::default();
        for (name, buildorder) in components {
            let component = RpmComponent { name: (*name).to_owned(), buildorder: *buildorder, ..Default::default() };
            document.rpm_components.insert((*name).to_owned(), component);
        }
        for (name, buildorder) in modules {
            let component = ModuleComponent { name: (*name).to_owned(), buildorder: *buildorder, ..Default::default() };
            document.module_components.insert((*name).to_owned(), component);
        }
        document
    }

    fn told(document: &ModuleStream, modules: &Modules) -> Vec<(String, i32)> {
        planned(document, modules).into_iter().map(|one| (one.component.name.clone(), one.batch)).collect()
    }

    fn expected(pairs: &[(&str, i32)]) -> Vec<(String, i32)> {
        pairs.iter().map(|(name, batch)| ((*name).to_owned(), *batch)).collect()
    }

    #[test]
    fn equal_buildorders_share_a_batch() {
        let document = document(&[("d", 20), ("a", 0), ("b", 10), ("c", 0), ("early", -5)], &[]);
        assert_eq!(batches(&document), expected(&[("early", 2), ("a", 3), ("c", 3), ("b", 4), ("d", 5)]));
    }

    #[test]
    fn an_included_module_is_built_where_it_stands() {
        // As the Python service's test of included modules has it.
        let main = document(&[("file", 10), ("foo", 0)], &[("testmodule", 0)]);
        let components = [("perl-List-Compare", 0), ("perl-Tangerine", 0), ("tangerine", 10)];
        let included = Included { document: document(&components, &[]), modules: Modules::new() };
        let modules = Modules::from([("testmodule".to_owned(), included)]);
        let all = [("foo", 2), ("perl-List-Compare", 2), ("perl-Tangerine", 2), ("tangerine", 3), ("file", 4)];
        assert_eq!(told(&main, &modules), expected(&all));
        assert_eq!(batches(&main), expected(&[("foo", 2), ("file", 3)]), "it is not known");
    }

    #[test]
    fn modules_inside_one_another_and_beside_one_another() {
        let leaf = Included { document: document(&[("leaf", 7)], &[]), modules: Modules::new() };
        let inner = Included {
            document: document(&[("before", -1), ("inner", 0)], &[("leaf", 7)]),
            modules: [("leaf".to_owned(), leaf)].into(),
        };
        let beside = Included { document: document(&[("beside", 0)], &[]), modules: Modules::new() };
        let modules = Modules::from([("inner".to_owned(), inner), ("zz".to_owned(), beside)]);
        let main = document(&[("own", 0), ("last", 1)], &[("inner", 0), ("zz", 0)]);
        let all = [("own", 2), ("before", 3), ("inner", 4), ("leaf", 5), ("beside", 5), ("last", 6)];
        assert_eq!(told(&main, &modules), expected(&all));
    }

    #[test]
    fn an_empty_module_takes_a_batch_of_its_own_number_only() {
        let modules = Modules::from([("empty".to_owned(), Included::default())]);
        let main = document(&[("own", 0), ("last", 2)], &[("empty", 1)]);
        assert_eq!(told(&main, &modules), expected(&[("own", 2), ("last", 4)]));
    }
}
