//! Events of the feed. What has changed is read when the event is told, anew for each: nothing of an earlier event is shown again.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use async_graphql::{Context, Error, ErrorExtensions as _, ID, InputObject, Object, Result};
use futures::StreamExt as _;
use futures::stream::BoxStream;

use crate::App;
use crate::events::{self, Crowded, Filter, Lost, Place};
use crate::graphql::component_build::ComponentBuild;
use crate::graphql::error::{coded, invalid, refused};
use crate::graphql::id::{MODULE_BUILD, number};
use crate::graphql::load::{self, Loaders};
use crate::graphql::module_build::ModuleBuild;
use crate::graphql::paging::with_limit;
use crate::graphql::scalars::DateTime;

/// Values that a filter may have.
const VALUES: usize = 100;
/// Longest value, in bytes.
const LONGEST: usize = 200;

/// Which client a subscription is counted for.
#[derive(Clone, Copy, Debug)]
pub struct Client(pub Option<IpAddr>);

impl Client {
    /// Room for one more of its streams.
    pub fn admit(self, app: &App) -> Result<Place, Error> {
        let address = self.0.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        app.feed.admit(address).map_err(|crowded| {
            let limit = match crowded {
                Crowded::Client(limit) | Crowded::All(limit) => limit,
            };
            with_limit(coded("TOO_MANY_SUBSCRIPTIONS", crowded.to_string()), limit, limit + 1)
        })
    }
}

/// Which events are wanted: those that match one value of each list that is given.
#[derive(Clone, Debug, Default, InputObject)]
pub struct EventFilter {
    /// Owners of module builds.
    owner: Option<Vec<String>>,
    /// Names of modules.
    name: Option<Vec<String>>,
    /// Names of new states, of modules and components: `failed` is both a module's and a component's.
    state: Option<Vec<String>>,
    /// Module builds, by id or number.
    id: Option<Vec<ID>>,
    /// Topics: `module.state.change`, `component.state.change`.
    topic: Option<Vec<String>>,
}

impl EventFilter {
    fn read(self, topic: Option<&str>) -> Result<Filter> {
        let texts = |list: Option<Vec<String>>| list.unwrap_or_default().into_iter();
        let ids: Result<_> = self.id.unwrap_or_default().iter().map(|id| number(MODULE_BUILD, id)).collect();
        let mut filter = Filter {
            owners: texts(self.owner).collect(),
            names: texts(self.name).collect(),
            states: texts(self.state).map(|state| state.to_ascii_lowercase()).collect(),
            ids: ids?,
            topics: texts(self.topic).collect(),
        };
        filter.check().map_err(invalid)?;
        let all = filter.owners.iter().chain(&filter.names);
        if all.clone().count() + filter.ids.len() > VALUES || all.clone().any(|text| text.len() > LONGEST) {
            return Err(invalid(format!("A filter takes at most {VALUES} values of at most {LONGEST} bytes")));
        }
        match topic {
            Some(topic) if !filter.topics.is_empty() && !filter.topics.contains(topic) => {
                Err(invalid(format!("All that is told here has the topic {topic}")))
            }
            Some(topic) => {
                filter.topics = [topic.to_owned()].into();
                Ok(filter)
            }
            None => Ok(filter),
        }
    }
}

/// Follows the feed; `topic` is the only one that is told.
pub async fn follow<T: Send + 'static>(
    context: &Context<'_>,
    since: Option<i64>,
    filter: Option<EventFilter>,
    topic: Option<&str>,
    show: impl Fn(Arc<events::Event>) -> T + Send + 'static,
) -> Result<BoxStream<'static, Result<T>>> {
    let filter = filter.unwrap_or_default().read(topic)?;
    if since.is_some_and(i64::is_negative) {
        return Err(invalid("`since` is the number of an event, or 0"));
    }
    let loaders = Arc::clone(context.data_unchecked::<Arc<Loaders>>());
    let app = loaders.app().clone();
    let place = context.data_unchecked::<Client>().admit(&app)?;
    let subscription = app.feed.subscribe(place, since, filter).await.map_err(lost)?;
    let told = subscription.into_stream().map(move |event| {
        // The last one has been answered.
        if let Ok(event) = &event {
            loaders.begin(event.number);
        }
        event.map(&show).map_err(lost)
    });
    Ok(told.boxed())
}

fn lost(why: Lost) -> Error {
    let (code, since) = match why {
        Lost::TooSlow { resume } => ("TOO_SLOW", resume),
        Lost::Gone { oldest, .. } => ("EVENTS_GONE", oldest - 1),
        Lost::Unknown { newest, .. } => ("EVENT_UNKNOWN", newest),
        Lost::Database(error) => return refused(error),
    };
    coded(code, why.to_string()).extend_with(|_, extensions| extensions.set("since", since))
}

/// Something that happened.
pub struct Event(pub Arc<events::Event>);

/// A module build has changed its state.
pub struct ModuleBuildChanged(pub Arc<events::Event>);

/// A component has changed its state.
pub struct ComponentBuildChanged(pub Arc<events::Event>);

/// The number of the component that an event is about.
fn component(event: &events::Event) -> Option<i32> {
    event.body()["id"].as_i64().and_then(|id| i32::try_from(id).ok())
}

async fn module_build(context: &Context<'_>, event: &events::Event) -> Result<Option<ModuleBuild>> {
    let Some(id) = event.module_build_id else { return Ok(None) };
    Ok(load::of(context).build(id).await?.map(ModuleBuild))
}

/// Something that happened.
#[Object]
impl Event {
    /// Its number in the feed: what to resume after.
    async fn number(&self) -> i64 {
        self.0.number
    }

    /// What kind of event: `module.state.change` or `component.state.change`.
    async fn topic(&self) -> &str {
        &self.0.topic
    }

    /// When it happened.
    async fn time(&self) -> DateTime {
        DateTime(self.0.time)
    }

    /// Owner of the module build.
    async fn owner(&self) -> Option<&str> {
        self.0.owner.as_deref()
    }

    /// Name of the module.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// Name of the new state, of the module or of the component.
    async fn state(&self) -> Option<&str> {
        self.0.state.as_deref()
    }

    /// The module build it is about, as it is now; null if it has been removed.
    async fn module_build(&self, context: &Context<'_>) -> Result<Option<ModuleBuild>> {
        module_build(context, &self.0).await
    }

    /// The component it is about, as it is now; null if it is about none.
    async fn component_build(&self, context: &Context<'_>) -> Result<Option<ComponentBuild>> {
        if self.0.topic != entities::message::COMPONENT_STATE_CHANGE {
            return Ok(None);
        }
        let Some(id) = component(&self.0) else { return Ok(None) };
        Ok(load::of(context).component(id).await?.map(ComponentBuild))
    }
}

/// A module build has changed its state.
#[Object]
impl ModuleBuildChanged {
    /// Its number in the feed: what to resume after.
    async fn number(&self) -> i64 {
        self.0.number
    }

    /// Name of the state that it changed to; it may be another by now.
    async fn state(&self) -> Option<&str> {
        self.0.state.as_deref()
    }

    /// The build as it is now; null if it has been removed.
    async fn module_build(&self, context: &Context<'_>) -> Result<Option<ModuleBuild>> {
        module_build(context, &self.0).await
    }
}

/// A component has changed its state.
#[Object]
impl ComponentBuildChanged {
    /// Its number in the feed: what to resume after.
    async fn number(&self) -> i64 {
        self.0.number
    }

    /// Name of the state that it changed to; it may be another by now.
    async fn state(&self) -> Option<&str> {
        self.0.state.as_deref()
    }

    /// The component as it is now; null if it has been removed.
    async fn component_build(&self, context: &Context<'_>) -> Result<Option<ComponentBuild>> {
        let Some(id) = component(&self.0) else { return Ok(None) };
        Ok(load::of(context).component(id).await?.map(ComponentBuild))
    }
}
