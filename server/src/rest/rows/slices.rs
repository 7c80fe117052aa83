//! Slices of lists: rows after or before a place in an order, of one list or of the same list of many owners (the components of
//! each of these builds), in one statement for any number of lists.

use sea_orm::sea_query::{
    Expr, ExprTrait, Func, JoinType, Order, OverStatement, Query as Sql, SelectStatement, UnionType, WindowStatement,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, QueryResult};

use super::ids::{listed, one_of};
use crate::rest::query::{BaseModule, Filter, Place, Sort, after, written};

/// Which part of a list is wanted.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// Only rows after this place.
    pub after: Option<Place>,
    /// Only rows before this one.
    pub before: Option<Place>,
    /// Whether the last rows are wanted, not the first.
    pub backward: bool,
    /// At most so many.
    pub size: usize,
}

/// Lists of one kind: those of some owners, or the one that has none.
pub struct Slices<'a> {
    /// Columns of the table that are read, in its order.
    pub columns: &'a [&'static str],
    /// Adds the tables: that of the order, and those that lead to the owner.
    pub from: &'a (dyn Fn(&mut SelectStatement) + Sync),
    /// The owner of a row, where there are owners.
    pub owner: Option<Expr>,
    /// Ids of the owners.
    pub owners: Vec<i32>,
    /// Conditions.
    pub filter: Filter,
    /// A condition on base modules of module builds.
    pub base_module: Option<BaseModule>,
    /// Order.
    pub sort: &'a Sort,
    /// Which part.
    pub window: &'a Window,
}

/// A row of a slice.
#[derive(Clone, Debug)]
pub struct SliceRow<Row> {
    /// The row.
    pub row: Row,
    /// What it is ordered by, as text for cursors.
    pub keys: Vec<Option<String>>,
}

/// Rows of one owner, in order.
#[derive(Clone, Debug)]
pub struct Slice<Row> {
    /// Rows.
    pub rows: Vec<SliceRow<Row>>,
    /// Whether there are more on the side that was not reached.
    pub has_more: bool,
}

impl<Row> Default for Slice<Row> {
    fn default() -> Self {
        Self { rows: Vec::new(), has_more: false }
    }
}

/// The wanted rows, in a statement.
const SLICE: &str = "slice";
/// Ids of the owners, in a statement.
const OWNERS: &str = "owners";

/// Reads all lists in one statement. The result has a slice for each list (by number) and owner (0 where there is none) that has
/// rows. All lists need the same columns.
pub async fn slices<Row>(
    db: &DatabaseConnection,
    lists: &[Slices<'_>],
    row: impl Fn(&QueryResult) -> Result<Row, DbErr>,
) -> Result<std::collections::HashMap<(usize, i32), Slice<Row>>, DbErr> {
    let backend = db.get_database_backend();
    let keys = lists.iter().map(|list| list.sort.keys.len()).max().unwrap_or_default();
    let mut parts = lists.iter().enumerate().map(|(number, list)| select(number, list, keys, backend));
    let Some(mut all) = parts.next() else { return Ok(std::collections::HashMap::new()) };
    for part in parts {
        all.union(UnionType::All, part);
    }
    let mut found = Vec::new();
    // What was selected before: `row` has read the columns of the table.
    let columns = lists.first().map(|list| list.columns.len()).unwrap_or_default();
    for result in db.query_all(&all).await? {
        let (number, owner): (i32, i32) = (result.try_get_by_index(columns)?, result.try_get_by_index(columns + 1)?);
        let place: i64 = result.try_get_by_index(columns + 2 + keys)?;
        let number = usize::try_from(number).unwrap_or_default();
        let Some(list) = lists.get(number) else { continue };
        let texts = (0..list.sort.keys.len()).map(|key| result.try_get_by_index(columns + 2 + key));
        let keys = texts.collect::<Result<_, _>>()?;
        found.push(((number, owner), place, SliceRow { row: row(&result)?, keys }));
    }
    found.sort_by_key(|(list, place, _)| (*list, *place));
    let mut by_list: std::collections::HashMap<_, Slice<Row>> = std::collections::HashMap::new();
    for (list, _, row) in found {
        by_list.entry(list).or_default().rows.push(row);
    }
    for ((number, _), slice) in &mut by_list {
        let window = lists[*number].window;
        slice.has_more = slice.rows.len() > window.size;
        slice.rows.truncate(window.size);
        if window.backward {
            slice.rows.reverse();
        }
    }
    Ok(by_list)
}

/// How many rows there are of each owner.
pub async fn counts(db: &DatabaseConnection, list: &Slices<'_>) -> Result<std::collections::HashMap<i32, i64>, DbErr> {
    let owner = list.owner.clone().unwrap_or_else(|| Expr::cust("0"));
    let mut select = Sql::select();
    (list.from)(&mut select);
    select.expr_as(owner.clone(), "list_owner").expr_as(Expr::cust("COUNT(*)"), "list_rows");
    let backend = db.get_database_backend();
    let of_owners = list.owner.as_ref().map(|owner| one_of(owner.clone(), &list.owners, backend));
    for condition in conditions(list, of_owners, backend) {
        select.and_where(condition);
    }
    if list.owner.is_some() {
        select.add_group_by([owner]);
    }
    let rows = db.query_all(&select).await?;
    rows.iter().map(|row| Ok((row.try_get("", "list_owner")?, row.try_get("", "list_rows")?))).collect()
}

/// The rows of all owners of a list. Each owner's are a subselect that ends at its last row, so that lists of which little is wanted
/// cost little, however long they are.
fn select(number: usize, list: &Slices<'_>, keys: usize, backend: DbBackend) -> SelectStatement {
    let sort = walked(list);
    let mut select = outer(number, list, &sort, keys, backend);
    match &list.owner {
        None => select.from_subquery(limited(list, None, &sort, backend), SLICE),
        Some(owner) if backend == DbBackend::Postgres => {
            let slice = limited(list, Some((owner, Expr::col((OWNERS, OWNERS)))), &sort, backend);
            let owners = Expr::cust_with_values("CAST(string_to_array($1, ',') AS INTEGER[])", [listed(&list.owners)]);
            select.from_function(Func::cust("unnest").arg(owners), OWNERS);
            select.join_lateral(JoinType::InnerJoin, slice, SLICE, Expr::cust("TRUE"))
        }
        Some(owner) => select.from_subquery(of_each(list, owner, &sort, backend), SLICE),
    };
    select
}

/// For a database without lateral joins: the ids of each owner's rows, and the rows with these ids.
fn of_each(list: &Slices<'_>, owner: &Expr, sort: &Sort, backend: DbBackend) -> SelectStatement {
    let this = Expr::col((OWNERS, "value"));
    let mut ids = Sql::select();
    ids.column((sort.table.clone(), "id")).limit(limit(list));
    chosen(&mut ids, list, Some(owner.clone().eq(this.clone())), sort, backend);
    let mut select = columns(list, this, sort);
    let owners = Func::cust("json_each").arg(format!("[{}]", listed(&list.owners)));
    select.from_function(owners, OWNERS);
    // In this order: from each owner to its rows.
    select.cross_join(sort.table.clone()).and_where(Expr::col((sort.table.clone(), "id")).in_subquery(ids));
    select
}

/// One row more than wanted tells whether there are more.
fn limit(list: &Slices<'_>) -> u64 {
    list.window.size as u64 + 1
}

/// The order in which rows are walked through: that of the list, or the other way round.
fn walked(list: &Slices<'_>) -> Sort {
    if list.window.backward { reversed(list.sort) } else { list.sort.clone() }
}

fn reversed(sort: &Sort) -> Sort {
    let direction = if sort.is_descending() { Order::Asc } else { Order::Desc };
    Sort { direction, ..sort.clone() }
}

fn outer(number: usize, list: &Slices<'_>, sort: &Sort, keys: usize, backend: DbBackend) -> SelectStatement {
    let mut select = Sql::select();
    for column in list.columns {
        select.column((SLICE, *column));
    }
    select.expr_as(Expr::cust(number.to_string()), "list_number").column((SLICE, "list_owner"));
    let key = |number| Expr::col((SLICE, format!("key{number}")));
    for number in 0..keys {
        let is_one = number < sort.keys.len();
        let text = if is_one { written(key(number), backend) } else { Expr::cust("CAST(NULL AS TEXT)") };
        select.expr_as(text, format!("written{number}"));
    }
    let mut place = WindowStatement::new();
    place.add_partition_by(Expr::col((SLICE, "list_owner")));
    for number in 0..sort.keys.len() {
        place.order_by_expr(key(number), sort.direction.clone());
    }
    select.expr_window_as(Func::cust("ROW_NUMBER"), place.take(), "list_place");
    select
}

/// What is read of a row, but for the tables.
fn columns(list: &Slices<'_>, owner: Expr, sort: &Sort) -> SelectStatement {
    let mut select = Sql::select();
    for column in list.columns {
        select.column((sort.table.clone(), *column));
    }
    select.expr_as(owner, "list_owner");
    for (number, key) in sort.keys.iter().enumerate() {
        select.expr_as(key.value.clone(), format!("key{number}"));
    }
    select
}

/// The wanted rows of one owner, or of all where there are none.
fn limited(list: &Slices<'_>, owner: Option<(&Expr, Expr)>, sort: &Sort, backend: DbBackend) -> SelectStatement {
    let is_owners = owner.as_ref().map(|(owner, this)| (*owner).clone().eq(this.clone()));
    let owner = owner.map_or_else(|| Expr::cust("0"), |(_, this)| this);
    let mut select = columns(list, owner, sort);
    chosen(&mut select, list, is_owners, sort, backend);
    select.limit(limit(list));
    select
}

/// Adds tables, conditions and order.
fn chosen(select: &mut SelectStatement, list: &Slices<'_>, is_owners: Option<Expr>, sort: &Sort, backend: DbBackend) {
    (list.from)(select);
    let mut conditions = conditions(list, is_owners, backend);
    let window = list.window;
    conditions.extend(window.after.as_ref().map(|place| after(list.sort, place, backend)));
    conditions.extend(window.before.as_ref().map(|place| after(&reversed(list.sort), place, backend)));
    for condition in conditions {
        select.and_where(condition);
    }
    for key in &sort.keys {
        select.order_by_expr(key.value.clone(), sort.direction.clone());
    }
}

fn conditions(list: &Slices<'_>, is_owners: Option<Expr>, backend: DbBackend) -> Filter {
    let mut all = list.filter.clone();
    all.extend(is_owners);
    let Some(base_module) = &list.base_module else { return all };
    // PostgreSQL would else look at all that were ever built against a base module to find the newest.
    let walked = walked(list);
    let whole = list.window.size > 0 && list.owner.is_none();
    let condition = if backend == DbBackend::Postgres && whole && walked.is_by_id() {
        let mut others = all.clone();
        others.extend(list.window.after.as_ref().map(|place| after(list.sort, place, backend)));
        others.extend(list.window.before.as_ref().map(|place| after(&reversed(list.sort), place, backend)));
        base_module.first(&others, &walked.direction, limit(list))
    } else {
        base_module.any()
    };
    all.push(condition);
    all
}
