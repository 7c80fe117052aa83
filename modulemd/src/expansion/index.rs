//! What is known of other modules.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::{ModuleStream, Nsvc};

/// State of a module build, with its number in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum BuildState {
    /// Submitted.
    Init = 0,
    /// Validated.
    Wait = 1,
    /// Being built.
    Build = 2,
    /// All components are built.
    Done = 3,
    /// Failed or cancelled.
    Failed = 4,
    /// Can be built against.
    Ready = 5,
    /// Retired.
    Garbage = 6,
}

impl BuildState {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Init, "init"),
        (Self::Wait, "wait"),
        (Self::Build, "build"),
        (Self::Done, "done"),
        (Self::Failed, "failed"),
        (Self::Ready, "ready"),
        (Self::Garbage, "garbage"),
    ];

    /// The state with this number.
    pub fn from_number(number: i32) -> Option<Self> {
        let all = Self::ALL.into_iter().map(|(state, _)| state);
        all.into_iter().find(|state| *state as i32 == number)
    }

    /// The state with this name, e.g. `ready`.
    pub fn from_name(name: &str) -> Option<Self> {
        let named = Self::ALL.into_iter().find(|(_, own)| *own == name);
        named.map(|(state, _)| state)
    }

    /// Its name, e.g. `ready`.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(state, _)| *state == self).map_or("", |(_, name)| name)
    }
}

/// A row of the builds that are known, without its document.
#[derive(Clone, Debug)]
pub struct KnownBuild {
    /// Its id; among equals the smallest comes first.
    pub id: i64,
    /// Its identity.
    pub nsvc: Nsvc,
    /// Where it stands.
    pub state: BuildState,
    /// It is a scratch build.
    pub scratch: bool,
    /// Its tag in the build system.
    pub koji_tag: Option<String>,
    /// Number of its stream (base modules only).
    pub stream_version: Option<f64>,
    /// Other names of its stream.
    pub virtual_streams: BTreeSet<String>,
    /// Ids of the base modules that it was built against.
    pub base_modules: BTreeSet<i64>,
}

/// Something that has to be looked up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wanted {
    /// All builds of the module with this name, in every state; see [`Index::add_builds`].
    Builds(String),
    /// The document of the build with this id; see [`Index::add_document`].
    Document(i64),
}

/// What is known of a document.
pub(super) enum LookedUp<'a> {
    NotYet,
    Unreadable,
    Found(&'a ModuleStream),
}

/// All builds of a module in the order of their ids, and where those of a stream are.
#[derive(Clone, Debug, Default)]
struct Builds {
    all: Vec<KnownBuild>,
    of_stream: HashMap<String, Vec<usize>>,
}

/// Known builds by module name, and those documents that were needed so far.
#[derive(Clone, Debug, Default)]
pub struct Index {
    builds: BTreeMap<String, Builds>,
    documents: BTreeMap<i64, Option<Arc<ModuleStream>>>,
}

impl Index {
    /// Adds all builds of a module, in every state; none for a module that there is not.
    pub fn add_builds(&mut self, name: impl Into<String>, mut builds: Vec<KnownBuild>) {
        builds.sort_by_key(|build| build.id);
        let mut of_stream: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, build) in builds.iter().enumerate() {
            of_stream.entry(build.nsvc.stream.clone()).or_default().push(place);
        }
        self.builds.insert(name.into(), Builds { all: builds, of_stream });
    }

    /// Adds the document of a build; `None` if there is none that can be read, which leaves the build out.
    pub fn add_document(&mut self, id: i64, document: Option<ModuleStream>) {
        self.documents.insert(id, document.map(Arc::new));
    }

    /// All builds of a module in the order of their ids, or `None` if nobody has looked.
    pub(super) fn builds(&self, name: &str) -> Option<&[KnownBuild]> {
        self.builds.get(name).map(|builds| builds.all.as_slice())
    }

    /// Those of one stream, none if nobody has looked.
    pub(super) fn builds_of_stream<'a>(&'a self, name: &str, stream: &str) -> impl Iterator<Item = &'a KnownBuild> {
        let builds = self.builds.get(name);
        let places = builds.and_then(|builds| builds.of_stream.get(stream));
        let build = move |place: &usize| builds.and_then(|builds| builds.all.get(*place));
        places.into_iter().flatten().filter_map(build)
    }

    /// The document of a build.
    pub(super) fn document(&self, id: i64) -> LookedUp<'_> {
        match self.documents.get(&id) {
            None => LookedUp::NotYet,
            Some(None) => LookedUp::Unreadable,
            Some(Some(document)) => LookedUp::Found(document),
        }
    }
}
