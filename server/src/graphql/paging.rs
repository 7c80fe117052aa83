//! Connections: parts of lists by cursor, forward and backward, with a total that is counted only when it is asked for.

use std::sync::Arc;

use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{Context, Error, Object, OutputType, Result};
use sea_orm::DbBackend;

use super::error::{Told as _, coded, invalid};
use super::load::builds::Builds;
use super::load::components::Components;
use super::load::list::{List, ListOf, Listed};
use super::load::messages::Messages;
use super::load::{self, Loaded};
use crate::rest::query::{BaseModule, Filter, Sort, read_cursor, write_cursor};
use crate::rest::rows::{Slice, Window};

/// Items of a page unless the client says how many.
pub const DEFAULT: i32 = 10;

/// A connection to objects of the schema.
pub type Page<N> = Connection<String, N, Total, EmptyFields>;

/// Which part of a list a client asks for.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The first so many.
    pub first: Option<i32>,
    /// After this cursor.
    pub after: Option<String>,
    /// The last so many.
    pub last: Option<i32>,
    /// Before this cursor.
    pub before: Option<String>,
}

/// Items that a page may have, for the cost of a query.
pub fn items(first: Option<i32>, last: Option<i32>) -> usize {
    usize::try_from(first.or(last).unwrap_or(DEFAULT)).unwrap_or_default()
}

impl Part {
    fn size(&self, most: usize) -> Result<usize> {
        let size = match (self.first, self.last) {
            (Some(_), Some(_)) => return Err(invalid("`first` and `last` exclude one another")),
            (first, last) => usize::try_from(first.or(last).unwrap_or(DEFAULT)),
        };
        let size = size.map_err(|_| invalid("`first` and `last` cannot be negative"))?;
        if size > most {
            let message = format!("{size} items are more than the {most} that a page of a list may have");
            let error = coded("LIST_LIMIT", message);
            return Err(with_limit(error, most, size));
        }
        Ok(size)
    }

    fn window(&self, sort: &Sort, backend: DbBackend, most: usize) -> Result<Window> {
        let size = self.size(most)?;
        let place = |text: &Option<String>| text.as_deref().map(|text| cursor(text, sort, backend)).transpose();
        Ok(Window { after: place(&self.after)?, before: place(&self.before)?, backward: self.last.is_some(), size })
    }
}

fn cursor(text: &str, sort: &Sort, backend: DbBackend) -> Result<crate::rest::query::Place> {
    read_cursor(text, sort, backend).map_err(|_| no_cursor())
}

fn no_cursor() -> Error {
    invalid("`after` and `before` take the cursor of an edge of this list, in the same order")
}

/// The error with what is allowed and what was asked for.
pub fn with_limit(error: Error, limit: usize, cost: usize) -> Error {
    use async_graphql::ErrorExtensions as _;
    error.extend_with(|_, extensions| {
        extensions.set("limit", limit);
        extensions.set("cost", cost);
    })
}

/// Which rows of a list, in which order.
pub struct Chosen {
    /// Conditions.
    pub filter: Filter,
    /// A condition on base modules.
    pub base_module: Option<BaseModule>,
    /// Order.
    pub sort: Sort,
    /// The arguments as text.
    pub text: String,
}

/// Reads a part of the list that belongs to `owner` (0 where it belongs to nothing); `node` makes an object of a row.
pub async fn page<K: Loaded, N: OutputType>(
    context: &Context<'_>,
    (relation, owner): (K::Relation, i32),
    chosen: Chosen,
    part: &Part,
    node: impl Fn(K::Row) -> N,
) -> Result<Page<N>>
where
    Counted: From<ListOf<K>>,
{
    let loaders = load::of(context);
    let app = loaders.app();
    let window = part.window(&chosen.sort, app.db.get_database_backend(), app.config.graphql.list)?;
    let Chosen { filter, base_module, sort, text } = chosen;
    let list = List::<K> {
        relation,
        part: format!("{part:?} {}", sort.describe()),
        chosen: text,
        filter,
        base_module,
        sort,
        window,
    };
    let of = ListOf { list: Arc::new(list), owner };
    let slice = if of.list.window.size == 0 { Slice::default() } else { loaders.slice(of.clone()).await? };
    let window = &of.list.window;
    let (previous, next) = if window.backward {
        (slice.has_more, window.before.is_some())
    } else {
        (window.after.is_some(), slice.has_more)
    };
    let edges = slice.rows.into_iter().map(|row| Edge::new(write_cursor(&of.list.sort, row.keys), node(row.row)));
    let edges: Vec<_> = edges.collect();
    let mut connection = Connection::with_additional_fields(previous, next, Total(of.into()));
    connection.edges = edges;
    Ok(connection)
}

/// A part of a list that is known as a whole; cursors are places in it.
pub fn part_of<N: OutputType>(context: &Context<'_>, all: Vec<N>, part: &Part) -> Result<Page<N>> {
    let size = part.size(load::of(context).app().config.graphql.list)?;
    let place = |text: &Option<String>| text.as_ref().map(|text| text.parse::<usize>()).transpose();
    let total = all.len();
    let begin = place(&part.after).map_err(|_| no_cursor())?.map_or(0, |place| place.saturating_add(1)).min(total);
    let end = place(&part.before).map_err(|_| no_cursor())?.unwrap_or(total).clamp(begin, total);
    let shown = size.min(end - begin);
    let (first, last) = if part.last.is_some() { (end - shown, end) } else { (begin, begin + shown) };
    let count = i64::try_from(total).unwrap_or(i64::MAX);
    let mut connection = Connection::with_additional_fields(first > 0, last < total, Total(Counted::Known(count)));
    let edges = all.into_iter().enumerate().skip(first).take(last - first);
    connection.edges = edges.map(|(place, node)| Edge::new(place.to_string(), node)).collect();
    Ok(connection)
}

/// A list that can be counted.
pub enum Counted {
    /// As many as this.
    Known(i64),
    /// Module builds.
    Builds(ListOf<Builds>),
    /// Components.
    Components(ListOf<Components>),
    /// Messages.
    Messages(ListOf<Messages>),
}

macro_rules! counted {
    ($($kind:ident),*) => {$(
        impl From<ListOf<$kind>> for Counted {
            fn from(list: ListOf<$kind>) -> Self {
                Self::$kind(list)
            }
        }
    )*};
}

counted!(Builds, Components, Messages);

/// How many there are.
pub struct Total(Counted);

#[Object]
impl Total {
    /// How many items the list has, whichever part of it is shown. Counted only when it is asked for.
    #[graphql(complexity = 10)]
    async fn total_count(&self, context: &Context<'_>) -> Result<i64> {
        let loaders = load::of(context);
        match &self.0 {
            Counted::Known(count) => Ok(*count),
            Counted::Builds(list) => loaders.count(list.clone()).await,
            Counted::Components(list) => loaders.count(list.clone()).await,
            Counted::Messages(list) => loaders.count(list.clone()).await,
        }
    }
}

/// The same list by whatever is asked for.
pub fn text_of<K: Listed>(pairs: &[(String, String)]) -> String {
    format!("{} {pairs:?}", std::any::type_name::<K>())
}

/// Unless the query cannot be answered as REST would answer it.
pub fn query(pairs: Vec<(String, String)>) -> Result<crate::rest::query::Query> {
    crate::rest::query::Query::of(pairs).told()
}
