//! `diff`: what is different between two builds.

use std::collections::BTreeMap;

use async_graphql::{Context, Object, Result, SimpleObject};
use modulemd::difference::{Fields, Listed, Named, Pair};

use super::error::{Told as _, invalid};
use super::load;
use super::module_build::ModuleBuild;
use crate::service::difference::{Compared, compare};

/// Two builds and what is different between them; `a` is the first, `b` the second.
pub struct Difference(Compared);

/// Compares two builds, each named by an id, a number or `name:stream:version:context`.
pub async fn difference(context: &Context<'_>, first: &str, second: &str) -> Result<Difference> {
    if first.contains('\0') || second.contains('\0') {
        return Err(invalid("A NUL character is in no name of a build"));
    }
    let loaders = load::of(context);
    // What was published is read from files.
    loaders.note_volatile();
    let compared = compare(loaders.app(), &name(first)?, &name(second)?).await.told()?;
    Ok(Difference(compared))
}

/// The id of a node as REST knows it; other names as they are.
fn name(text: &str) -> Result<String> {
    use super::id::{MODULE_BUILD, number};
    if text.split_once(':').is_some_and(|(kind, rest)| kind == MODULE_BUILD && !rest.contains(':')) {
        return Ok(number(MODULE_BUILD, &text.into())?.to_string());
    }
    Ok(text.to_owned())
}

/// Lines of a list that only one of two builds has.
#[derive(SimpleObject)]
pub struct ListDifference {
    /// Only in `b`.
    added: Vec<String>,
    /// Only in `a`.
    removed: Vec<String>,
}

/// Named things that only one of two builds has, or that are not the same in both.
#[derive(SimpleObject)]
pub struct NamedDifference {
    /// Only in `b`.
    added: Vec<NamedThing>,
    /// Only in `a`.
    removed: Vec<NamedThing>,
    /// In both, and different.
    changed: Vec<ChangedThing>,
}

/// A component or module, with what is known of it.
#[derive(SimpleObject)]
pub struct NamedThing {
    /// Its name.
    name: String,
    /// What is known of it.
    fields: Vec<NamedValue>,
}

/// A value with its name.
#[derive(SimpleObject)]
pub struct NamedValue {
    /// Name of the value, as in REST: of a component `ref`, `nvr`, `repository`, `cache`, `buildorder`, `buildafter`, `arches`,
    /// `multilib`, `buildonly`; of a module `build` and `streams`.
    name: String,
    /// The value.
    value: String,
}

/// A component or module that is not the same in both builds.
#[derive(SimpleObject)]
pub struct ChangedThing {
    /// Its name.
    name: String,
    /// What is different.
    changes: Vec<ChangedValue>,
}

/// A value that is not the same in both builds.
#[derive(SimpleObject)]
pub struct ChangedValue {
    /// Name of the value, as in REST.
    name: String,
    /// In the first build; null where it has none.
    a: Option<String>,
    /// In the second build; null where it has none.
    b: Option<String>,
}

/// Two builds and what is different between them; `a` is the first, `b` the second.
#[Object]
impl Difference {
    /// The first build.
    async fn a(&self) -> ModuleBuild {
        ModuleBuild(self.0.builds[0].clone().into())
    }

    /// The second build.
    async fn b(&self) -> ModuleBuild {
        ModuleBuild(self.0.builds[1].clone().into())
    }

    /// Whether nothing is different.
    async fn same(&self) -> bool {
        self.0.difference.is_empty()
    }

    /// Components, by the names of their packages.
    async fn components(&self) -> NamedDifference {
        (&self.0.difference.components).into()
    }

    /// Published packages, as NEVRAs; null where one of the builds has published none.
    async fn rpms(&self) -> Option<ListDifference> {
        self.0.difference.rpms.as_ref().map(Into::into)
    }

    /// Packages that are built and not published.
    async fn filters(&self) -> ListDifference {
        self.list("filters")
    }

    /// Packages that the module promises to keep.
    async fn api(&self) -> ListDifference {
        self.list("api")
    }

    /// Licences of the module.
    async fn module_licenses(&self) -> ListDifference {
        self.list("module_licenses")
    }

    /// Licences of its packages.
    async fn content_licenses(&self) -> ListDifference {
        self.list("content_licenses")
    }

    /// Architectures that it is built for; none is all.
    async fn arches(&self) -> ListDifference {
        self.list("arches")
    }

    /// Modules that it was built against.
    async fn buildrequires(&self) -> NamedDifference {
        (&self.0.difference.buildrequires).into()
    }

    /// Modules that it needs at run time.
    async fn requires(&self) -> NamedDifference {
        (&self.0.difference.requires).into()
    }

    /// Lines of its RPM macros.
    async fn macros(&self) -> ListDifference {
        (&self.0.difference.macros).into()
    }
}

impl Difference {
    fn list(&self, name: &str) -> ListDifference {
        self.0.difference.lists.get(name).map_or_else(|| (&Listed::default()).into(), Into::into)
    }
}

impl From<&Listed> for ListDifference {
    fn from(list: &Listed) -> Self {
        Self { added: list.added.clone(), removed: list.removed.clone() }
    }
}

impl From<&Named> for NamedDifference {
    fn from(all: &Named) -> Self {
        Self {
            added: things(&all.added),
            removed: things(&all.removed),
            changed: all
                .changed
                .iter()
                .map(|(name, pairs)| ChangedThing { name: name.clone(), changes: changes(pairs) })
                .collect(),
        }
    }
}

fn things(all: &BTreeMap<String, Fields>) -> Vec<NamedThing> {
    let value = |(name, value): (&&'static str, &String)| NamedValue { name: (*name).to_owned(), value: value.clone() };
    let thing = |(name, fields): (&String, &Fields)| NamedThing {
        name: name.clone(),
        fields: fields.iter().map(value).collect(),
    };
    all.iter().map(thing).collect()
}

fn changes(pairs: &BTreeMap<&'static str, Pair>) -> Vec<ChangedValue> {
    let change =
        |(name, (a, b)): (&&'static str, &Pair)| ChangedValue { name: (*name).to_owned(), a: a.clone(), b: b.clone() };
    pairs.iter().map(change).collect()
}
