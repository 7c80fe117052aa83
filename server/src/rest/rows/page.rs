//! A page of a list, in one statement: its rows, the number of the last change, and how many rows the whole table has.

use sea_orm::sea_query::{
    Expr, ExprTrait, JoinType, PostgresQueryBuilder, Query as Sql, SelectStatement, SqliteQueryBuilder,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, QueryResult};

use crate::rest::cache::Cache;
use crate::rest::failure::Failure;
use crate::rest::query::{BaseModule, Filter, Links, Meta, Paging, Place, Sort, after, write_cursor, written};

/// What a list shows of a table.
pub struct Listing {
    /// Columns of the table; `id` has to be the first.
    pub columns: &'static [&'static str],
    /// What else is shown of the rows of the page, as columns of a table `page` (and of `revisions`).
    pub extras: fn(&mut SelectStatement),
    /// The column of `revisions` with the number of rows, where it has one.
    pub counted: Option<&'static str>,
}

/// A page.
pub struct Page<Row> {
    /// Its rows, in order.
    pub rows: Vec<Row>,
    /// The number of the last change before it was read.
    pub revision: i64,
    /// Where it stands.
    pub meta: Meta,
}

/// Which rows, in which order, which of them.
pub struct Wanted<'a> {
    /// Conditions.
    pub filter: Filter,
    /// Conditions on base modules of module builds.
    pub base_module: Option<BaseModule>,
    /// Order.
    pub sort: Sort,
    /// Page.
    pub paging: Paging,
    /// URLs of other pages.
    pub links: Links<'a>,
}

/// Where the number of all rows stands in a row of the result; the columns of the listing come after it.
const COUNTED: usize = 1;
/// Where the columns of the listing begin.
pub const FIRST: usize = 2;

/// Reads a page in one statement, and counts in a second one where neither the page nor `cache` tells how many rows there are.
/// `row` reads a row; its columns begin at [`FIRST`].
pub async fn page<Row>(
    db: &DatabaseConnection,
    cache: &Cache,
    listing: &Listing,
    wanted: &Wanted<'_>,
    row: impl Fn(&QueryResult) -> Result<Row, DbErr>,
) -> Result<Page<Row>, Failure> {
    let backend = db.get_database_backend();
    let mut found = db.query_all(&statement(listing, wanted, backend)).await?;
    let Some(first) = found.first() else {
        return Err(Failure::internal("the row of the table \"revisions\" is missing"));
    };
    let revision: i64 = first.try_get_by_index(0)?;
    let counted: Option<i64> = first.try_get_by_index(COUNTED)?;
    // Without rows, what there is of the first is the numbers.
    found.retain(|row| !matches!(row.try_get_by_index::<Option<i32>>(FIRST), Ok(None)));
    if found.is_empty() {
        check_place(db, wanted).await?;
    }
    let meta = if wanted.paging.is_walk() {
        walk(wanted, &mut found)?
    } else {
        let total = match wanted.paging.total(found.len()) {
            Some(total) => total,
            None => match counted.filter(|_| wanted.filter.is_empty() && wanted.base_module.is_none()) {
                Some(all) => all,
                None => total(db, cache, wanted, revision).await?,
            },
        };
        Meta::numbered(&wanted.paging, total, &wanted.links)
    };
    let rows = found.iter().map(row).collect::<Result<_, _>>()?;
    Ok(Page { rows, revision, meta })
}

/// Nothing comes after a place that is no longer there, but that is not the end of the list.
async fn check_place(db: &DatabaseConnection, wanted: &Wanted<'_>) -> Result<(), Failure> {
    let Some(row) = wanted.paging.place().and_then(Place::row) else { return Ok(()) };
    let exists = Sql::select().column("id").from(wanted.sort.table.clone()).and_where(Expr::col("id").eq(row)).take();
    match db.query_one(&exists).await? {
        Some(_) => Ok(()),
        None => {
            Err(Failure::invalid("The row that the \"after\" parameter stands for is gone; start again without it"))
        }
    }
}

/// Takes the row off that is only there to tell that there are more, and makes the cursor that continues.
fn walk(wanted: &Wanted<'_>, found: &mut Vec<QueryResult>) -> Result<Meta, DbErr> {
    let size = usize::try_from(wanted.paging.size()).unwrap_or_default();
    let mut next = None;
    if found.len() > size {
        found.truncate(size);
        if let Some(last) = found.last() {
            let names = (0..wanted.sort.keys.len()).map(|number| format!("written{number}"));
            let values = names.map(|name| last.try_get_by::<Option<String>, _>(name.as_str()));
            let values = values.collect::<Result<_, _>>()?;
            next = Some(write_cursor(&wanted.sort, values));
        }
    }
    Ok(Meta::walk(&wanted.paging, next.as_deref(), &wanted.links))
}

/// `SELECT … FROM revisions LEFT JOIN (the page) …`: there is a row even where the page is empty.
fn statement(listing: &Listing, wanted: &Wanted<'_>, backend: DbBackend) -> SelectStatement {
    let sort = &wanted.sort;
    let mut select = Sql::select();
    select.column(("revisions", "revision"));
    match listing.counted {
        Some(column) => select.column(("revisions", column)),
        None => select.expr(Expr::cust("CAST(NULL AS BIGINT)")),
    };
    for column in listing.columns {
        select.column(("page", *column));
    }
    let rows = rows(listing, wanted, backend);
    select.from("revisions").join_subquery(JoinType::LeftJoin, rows, "page", Expr::cust("1 = 1"));
    (listing.extras)(&mut select);
    for number in 0..sort.keys.len() {
        let key = Expr::col(("page", format!("key{number}")));
        select.order_by_expr(key.clone(), sort.direction.clone());
        if wanted.paging.is_walk() {
            select.expr_as(written(key, backend), format!("written{number}"));
        }
    }
    select.and_where(Expr::col(("revisions", "scope")).eq(0));
    select
}

/// The rows of the page, with what they are ordered by.
fn rows(listing: &Listing, wanted: &Wanted<'_>, backend: DbBackend) -> SelectStatement {
    let Wanted { filter, base_module, sort, paging, .. } = wanted;
    let mut select = Sql::select();
    select.from(sort.table.clone()).limit(paging.limit()).offset(paging.offset());
    for column in listing.columns {
        select.column((sort.table.clone(), *column));
    }
    for (number, key) in sort.keys.iter().enumerate() {
        select.expr_as(key.value.clone(), format!("key{number}"));
        select.order_by_expr(key.value.clone(), sort.direction.clone());
    }
    let mut conditions = filter.clone();
    conditions.extend(paging.place().map(|place| after(sort, place, backend)));
    if let Some(base_module) = base_module {
        let of_base_module = if backend == DbBackend::Postgres && sort.is_by_id() {
            let limit = Ord::min(paging.offset().saturating_add(paging.limit()), i64::MAX.unsigned_abs());
            base_module.first(&conditions, &sort.direction, limit)
        } else {
            base_module.any()
        };
        conditions.push(of_base_module);
    }
    for condition in conditions {
        select.and_where(condition);
    }
    select
}

/// How many rows fulfil the filter; kept for as long as nothing has changed.
async fn total(db: &DatabaseConnection, cache: &Cache, wanted: &Wanted<'_>, revision: i64) -> Result<i64, DbErr> {
    let mut count = Sql::select();
    count.expr(Expr::cust("COUNT(*)")).from(wanted.sort.table.clone());
    for condition in &wanted.filter {
        count.and_where(condition.clone());
    }
    if let Some(base_module) = &wanted.base_module {
        count.and_where(base_module.any());
    }
    let key = match db.get_database_backend() {
        DbBackend::Postgres => count.to_string(PostgresQueryBuilder),
        _ => count.to_string(SqliteQueryBuilder),
    };
    if let Some(total) = cache.total(&key, revision) {
        return Ok(total);
    }
    // The number that belongs to the count is read by the same statement.
    let with_revision = Sql::select().column("revision").expr(count).from("revisions").take();
    let Some(row) = db.query_one(&with_revision).await? else { return Ok(0) };
    let (revision, total) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    cache.keep_total(key, revision, total);
    Ok(total)
}
