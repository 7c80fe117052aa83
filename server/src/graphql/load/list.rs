//! Lists of rows that belong to something, or of all rows of a table: which rows, in which order, which part.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{DbErr, QueryResult};

use crate::rest::query::{BaseModule, Filter, Sort};
use crate::rest::rows::{Slices, Window};

/// A row whose fields are columns. They are read by their places: a column that is looked for by its name costs more than its value.
macro_rules! row {
    ($(#[$about:meta])* pub struct $name:ident { $(pub $field:ident: $kind:ty = $column:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $(pub $field: $kind,)*
        }

        impl $name {
            /// What has to be selected, in this order, before anything else.
            pub const COLUMNS: &'static [&'static str] = &[$($column),*];

            /// Reads a row.
            pub fn read(result: &sea_orm::QueryResult) -> Result<Self, sea_orm::DbErr> {
                let mut places = 0..;
                Ok(Self { $($field: result.try_get_by_index(places.next().unwrap_or_default())?,)* })
            }
        }
    };
}

pub(super) use row;

/// A kind of row that there are lists of.
pub trait Listed: Send + Sync + Sized + 'static {
    /// The row.
    type Row: Clone + Send + Sync + 'static;
    /// What rows may belong to.
    type Relation: Copy + Eq + Hash + Send + Sync + std::fmt::Debug;

    /// Columns that are read.
    const COLUMNS: &'static [&'static str];

    /// Reads a row.
    fn row(result: &QueryResult) -> Result<Self::Row, DbErr>;

    /// Adds the tables that lead from a row to what it belongs to.
    fn from(relation: Self::Relation, select: &mut SelectStatement);

    /// The id of what it belongs to, where it belongs to something.
    fn owner(relation: Self::Relation) -> Option<Expr>;
}

/// A list, whoever it belongs to.
pub struct List<K: Listed> {
    /// How its rows belong to their owner.
    pub relation: K::Relation,
    /// The arguments that choose rows, as text: equal text, equal rows.
    pub chosen: String,
    /// The arguments that choose a part of them, likewise.
    pub part: String,
    /// Conditions.
    pub filter: Filter,
    /// A condition on base modules.
    pub base_module: Option<BaseModule>,
    /// Order.
    pub sort: Sort,
    /// Which part.
    pub window: Window,
}

/// The list of one owner; 0 where there is none.
pub struct ListOf<K: Listed> {
    /// Which list.
    pub list: Arc<List<K>>,
    /// Whose.
    pub owner: i32,
}

impl<K: Listed> List<K> {
    /// The statement's part for some owners.
    pub fn slices<'a>(
        &'a self,
        from: &'a (dyn Fn(&mut SelectStatement) + Sync),
        owners: Vec<i32>,
        window: &'a Window,
    ) -> Slices<'a> {
        Slices {
            columns: K::COLUMNS,
            from,
            owner: K::owner(self.relation),
            owners,
            filter: self.filter.clone(),
            base_module: self.base_module.clone(),
            sort: &self.sort,
            window,
        }
    }
}

impl<K: Listed> Clone for ListOf<K> {
    fn clone(&self) -> Self {
        Self { list: Arc::clone(&self.list), owner: self.owner }
    }
}

impl<K: Listed> PartialEq for ListOf<K> {
    fn eq(&self, other: &Self) -> bool {
        self.owner == other.owner && is_same(&self.list, &other.list)
    }
}

/// Whether two lists differ in their owners at most.
pub fn is_same<K: Listed>(one: &List<K>, other: &List<K>) -> bool {
    one.relation == other.relation && one.chosen == other.chosen && one.part == other.part
}

impl<K: Listed> Eq for ListOf<K> {}

impl<K: Listed> Hash for ListOf<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.owner, self.list.relation, &self.list.chosen, &self.list.part).hash(state);
    }
}

/// How many rows a list has, whichever part is shown.
pub struct CountOf<K: Listed>(pub ListOf<K>);

impl<K: Listed> Clone for CountOf<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Listed> PartialEq for CountOf<K> {
    fn eq(&self, other: &Self) -> bool {
        let (one, two) = (&self.0, &other.0);
        one.owner == two.owner && one.list.relation == two.list.relation && one.list.chosen == two.list.chosen
    }
}

impl<K: Listed> Eq for CountOf<K> {}

impl<K: Listed> Hash for CountOf<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0.owner, self.0.list.relation, &self.0.list.chosen).hash(state);
    }
}
