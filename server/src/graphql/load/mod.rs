//! What an answer is made of, read in as few statements as there are kinds of things in it.
//!
//! | file | subject |
//! | --- | --- |
//! | [`gather`] | those who need something wait for one another |
//! | [`list`] | lists: which rows, in which order, which part |
//! | [`builds`], [`components`], [`messages`] | what there are lists of |

pub mod builds;
pub mod components;
pub mod gather;
pub mod list;
pub mod messages;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_graphql::{Context, Error};
use sea_orm::sea_query::SelectStatement;
use tokio::sync::watch;

use self::builds::{Build, Builds};
use self::components::{Component, Components};
use self::gather::{Gather, Source};
use self::list::{CountOf, ListOf, Listed, is_same};
use self::messages::Messages;
use super::error::{Told as _, coded, refused};
use super::paging::with_limit;
use crate::App;
use crate::rest::cache::Cache;
use crate::rest::rows::{self, Facts, Slice, Slices, Step, Window};
use crate::service::progress::{self, Progress};

/// Reads for one request, and keeps what was read.
pub struct Loaders {
    reader: Reader,
    /// Whether the answer holds something that has no revision, so that it must not be kept.
    volatile: AtomicBool,
    /// Of a subscription, since when which event is being answered.
    answering: watch::Sender<Option<(Instant, i64)>>,
    builds: Gather<BuildId, Build>,
    components: Gather<ComponentId, Component>,
    build_lists: Gather<ListOf<Builds>, Slice<Build>>,
    component_lists: Gather<ListOf<Components>, Slice<Component>>,
    message_lists: Gather<ListOf<Messages>, Slice<messages::Message>>,
    build_counts: Gather<CountOf<Builds>, i64>,
    component_counts: Gather<CountOf<Components>, i64>,
    message_counts: Gather<CountOf<Messages>, i64>,
    facts: Gather<FactsOf, Facts>,
    documents: Gather<DocumentOf, String>,
    traces: Gather<TraceOf, Vec<Step>>,
    progress: Gather<ProgressOf, Arc<Progress>>,
}

/// A kind of row with the readings of its lists.
pub trait Loaded: Listed {
    /// Readings of lists.
    fn lists(loaders: &Loaders) -> &Gather<ListOf<Self>, Slice<Self::Row>>;
    /// Readings of counts.
    fn counts(loaders: &Loaders) -> &Gather<CountOf<Self>, i64>;
}

macro_rules! loaded {
    ($($kind:ty: $lists:ident, $counts:ident;)*) => {$(
        impl Loaded for $kind {
            fn lists(loaders: &Loaders) -> &Gather<ListOf<Self>, Slice<Self::Row>> {
                &loaders.$lists
            }

            fn counts(loaders: &Loaders) -> &Gather<CountOf<Self>, i64> {
                &loaders.$counts
            }
        }
    )*};
}

loaded! {
    Builds: build_lists, build_counts;
    Components: component_lists, component_counts;
    Messages: message_lists, message_counts;
}

/// The loaders of the request that is being answered.
pub fn of<'a>(context: &Context<'a>) -> &'a Loaders {
    context.data_unchecked::<Arc<Loaders>>()
}

impl Loaders {
    /// Loaders for one request.
    pub fn new(app: App, cache: Arc<Cache>) -> Self {
        Self {
            reader: Reader { app, cache, taken: AtomicUsize::new(0) },
            volatile: AtomicBool::new(false),
            answering: watch::Sender::new(None),
            builds: Gather::default(),
            components: Gather::default(),
            build_lists: Gather::default(),
            component_lists: Gather::default(),
            message_lists: Gather::default(),
            build_counts: Gather::default(),
            component_counts: Gather::default(),
            message_counts: Gather::default(),
            facts: Gather::default(),
            documents: Gather::default(),
            traces: Gather::default(),
            progress: Gather::default(),
        }
    }

    /// Begins the answer about another event of a subscription.
    pub fn begin(&self, event: i64) {
        self.forget();
        self.answering.send_replace(Some((Instant::now(), event)));
    }

    /// That answer is there.
    pub fn end(&self) {
        self.answering.send_replace(None);
    }

    /// Returns when an answer takes longer than this; the event that it is about.
    pub async fn overdue(&self, limit: Duration) -> i64 {
        let mut answering = self.answering.subscribe();
        loop {
            let now = *answering.borrow_and_update();
            match now {
                None => drop(answering.changed().await),
                Some((since, event)) => {
                    if tokio::time::timeout_at((since + limit).into(), answering.changed()).await.is_err() {
                        return event;
                    }
                }
            }
        }
    }

    /// Forgets what was read for the answer before.
    fn forget(&self) {
        self.reader.taken.store(0, Ordering::Relaxed);
        self.builds.forget();
        self.components.forget();
        self.build_lists.forget();
        self.component_lists.forget();
        self.message_lists.forget();
        self.build_counts.forget();
        self.component_counts.forget();
        self.message_counts.forget();
        self.facts.forget();
        self.documents.forget();
        self.traces.forget();
        self.progress.forget();
    }

    /// Makes room for a long text, before it is read where that is possible. Refused where the answer would be too large.
    pub fn take(&self, bytes: usize) -> Result<(), Error> {
        self.reader.take(bytes)
    }

    /// The application.
    pub fn app(&self) -> &App {
        &self.reader.app
    }

    /// Notes that the answer holds something that may change without a new revision: time, files, who is asking.
    pub fn note_volatile(&self) {
        self.volatile.store(true, Ordering::Relaxed);
    }

    /// Whether it does.
    pub fn is_volatile(&self) -> bool {
        self.volatile.load(Ordering::Relaxed)
    }

    /// A module build.
    pub async fn build(&self, id: i32) -> Result<Option<Build>, Error> {
        self.builds.load(&self.reader, BuildId(id)).await
    }

    /// A component.
    pub async fn component(&self, id: i32) -> Result<Option<Component>, Error> {
        self.components.load(&self.reader, ComponentId(id)).await
    }

    /// The wanted part of a list.
    pub async fn slice<K: Loaded>(&self, list: ListOf<K>) -> Result<Slice<K::Row>, Error> {
        Ok(K::lists(self).load(&self.reader, list).await?.unwrap_or_default())
    }

    /// How many rows a list has.
    pub async fn count<K: Loaded>(&self, list: ListOf<K>) -> Result<i64, Error> {
        Ok(K::counts(self).load(&self.reader, CountOf(list)).await?.unwrap_or_default())
    }

    /// History, architectures and virtual streams of a module build.
    pub async fn facts(&self, build: i32) -> Result<Facts, Error> {
        Ok(self.facts.load(&self.reader, FactsOf(build)).await?.unwrap_or_default())
    }

    /// The document of a module build.
    pub async fn document(&self, build: i32) -> Result<String, Error> {
        Ok(self.documents.load(&self.reader, DocumentOf(build)).await?.unwrap_or_default())
    }

    /// History of a component.
    pub async fn component_trace(&self, component: i32) -> Result<Vec<Step>, Error> {
        Ok(self.traces.load(&self.reader, TraceOf(component)).await?.unwrap_or_default())
    }
}

impl Loaders {
    /// What components of a module build wait for, and how long the rest will take.
    pub async fn progress(&self, build: i32) -> Result<Option<Arc<Progress>>, Error> {
        // Slots are those of all builds, and time goes by.
        self.note_volatile();
        self.progress.load(&self.reader, ProgressOf(build)).await
    }
}

/// Asks how far a module build is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct ProgressOf(i32);

impl Source<ProgressOf> for Reader {
    type Value = Arc<Progress>;

    async fn read(&self, keys: Vec<ProgressOf>) -> Result<HashMap<ProgressOf, Arc<Progress>>, Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = progress::of_builds(&self.app, &ids).await.told()?;
        Ok(found.into_iter().map(|(id, progress)| (ProgressOf(id), Arc::new(progress))).collect())
    }
}

/// Asks the database.
struct Reader {
    app: App,
    cache: Arc<Cache>,
    /// Bytes of long texts that the answer holds.
    taken: AtomicUsize,
}

impl Reader {
    fn take(&self, bytes: usize) -> Result<(), Error> {
        let most = self.app.config.graphql.answer_bytes;
        let taken = self.taken.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if taken <= most {
            return Ok(());
        }
        let message = format!("Logs, documents and other long texts of this answer are more than {most} bytes");
        Err(with_limit(coded("ANSWER_LIMIT", message), most, taken))
    }
}

/// Sources whose keys are ids.
macro_rules! by_id {
    ($($(#[$about:meta])* $key:ident -> $value:ty = $read:expr;)*) => {$(
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        struct $key(i32);

        impl Source<$key> for Reader {
            type Value = $value;

            async fn read(&self, keys: Vec<$key>) -> Result<HashMap<$key, $value>, Error> {
                let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
                let found = $read(&self.app.db, &ids).await.told()?;
                Ok(found.into_iter().map(|(id, value)| ($key(id), value)).collect())
            }
        }
    )*};
}

by_id! {
    /// Asks for a module build.
    BuildId -> Build = builds::by_ids;
    /// Asks for a component.
    ComponentId -> Component = components::by_ids;
    /// Asks for the facts of a module build.
    FactsOf -> Facts = rows::facts;
    /// Asks for the history of a component.
    TraceOf -> Vec<Step> = rows::component_traces;
}

/// Asks for the document of a module build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct DocumentOf(i32);

/// Documents of one statement: no more than these are in memory when it shows that they are too many.
const DOCUMENTS: usize = 100;

impl Source<DocumentOf> for Reader {
    type Value = String;

    async fn read(&self, keys: Vec<DocumentOf>) -> Result<HashMap<DocumentOf, String>, Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let mut all = HashMap::new();
        for ids in ids.chunks(DOCUMENTS) {
            let found = rows::documents(&self.app.db, ids).await.told()?;
            self.take(found.values().map(String::len).sum())?;
            all.extend(found.into_iter().map(|(id, text)| (DocumentOf(id), text)));
        }
        Ok(all)
    }
}

/// Keys by the list that they are parts of.
fn grouped<K: Listed>(keys: Vec<ListOf<K>>) -> Vec<Vec<ListOf<K>>> {
    let mut groups: Vec<Vec<ListOf<K>>> = Vec::new();
    for key in keys {
        match groups.iter_mut().find(|group| is_same(&group[0].list, &key.list)) {
            Some(group) => group.push(key),
            None => groups.push(vec![key]),
        }
    }
    groups
}

/// Lists of one statement. SQLite takes no more than 500 selects in one.
const AT_ONCE: usize = 100;

impl<K: Listed> Source<ListOf<K>> for Reader {
    type Value = Slice<K::Row>;

    async fn read(&self, keys: Vec<ListOf<K>>) -> Result<HashMap<ListOf<K>, Self::Value>, Error> {
        let mut all = HashMap::new();
        for groups in grouped(keys).chunks(AT_ONCE) {
            let froms: Vec<_> = groups.iter().map(|group| from(&group[0])).collect();
            let lists = groups.iter().zip(&froms).map(|(group, from)| {
                let owners = group.iter().map(|key| key.owner).collect();
                group[0].list.slices(from, owners, &group[0].list.window)
            });
            let lists: Vec<Slices<'_>> = lists.collect();
            let mut found = rows::slices(&self.app.db, &lists, K::row).await.told()?;
            for (number, group) in groups.iter().enumerate() {
                for key in group {
                    let owner = if K::owner(key.list.relation).is_some() { key.owner } else { 0 };
                    if let Some(slice) = found.remove(&(number, owner)) {
                        all.insert(key.clone(), slice);
                    }
                }
            }
        }
        Ok(all)
    }
}

fn from<K: Listed>(key: &ListOf<K>) -> impl Fn(&mut SelectStatement) + Sync + use<K> {
    let relation = key.list.relation;
    move |select| K::from(relation, select)
}

impl<K: Listed> Source<CountOf<K>> for Reader {
    type Value = i64;

    async fn read(&self, keys: Vec<CountOf<K>>) -> Result<HashMap<CountOf<K>, i64>, Error> {
        let mut all = HashMap::new();
        let nothing = Window::default();
        for group in grouped(keys.into_iter().map(|key| key.0).collect()) {
            let owners: Vec<_> = group.iter().map(|key| key.owner).collect();
            let from = from(&group[0]);
            let list = group[0].list.slices(&from, owners, &nothing);
            let is_all = list.owner.is_none();
            let revision = if is_all { Some(self.cache.revision(&self.app.db).await.map_err(refused)?) } else { None };
            let name = format!("graphql {} {}", std::any::type_name::<K>(), group[0].list.chosen);
            if let Some(known) = revision.and_then(|revision| self.cache.total(&name, revision)) {
                all.extend(group.into_iter().map(|key| (CountOf(key), known)));
                continue;
            }
            let found = rows::counts(&self.app.db, &list).await.told()?;
            if let (Some(revision), Some(total)) = (revision, found.get(&0)) {
                self.cache.keep_total(name, revision, *total);
            }
            for key in group {
                let owner = if is_all { 0 } else { key.owner };
                let count = found.get(&owner).copied().unwrap_or_default();
                all.insert(CountOf(key), count);
            }
        }
        Ok(all)
    }
}
