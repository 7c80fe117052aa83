//! "One of these rows", as one value: statements stay the same text however many rows a page has, so databases keep their plan
//! and no limit on the number of values is hit.

use sea_orm::DbBackend;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query};

/// Ids with commas between them.
pub fn listed(ids: &[i32]) -> String {
    let mut list = String::new();
    for id in ids {
        if !list.is_empty() {
            list.push(',');
        }
        list.push_str(&id.to_string());
    }
    list
}

/// `column` is one of `ids`.
pub fn one_of(column: Expr, ids: &[i32], backend: DbBackend) -> Expr {
    let list = listed(ids);
    if backend == DbBackend::Postgres {
        let any = "$1 = ANY(CAST(string_to_array($2, ',') AS INTEGER[]))";
        return Expr::cust_with_exprs(any, [column, Expr::val(list)]);
    }
    let values =
        Query::select().column("value").from_function(Func::cust("json_each").arg(format!("[{list}]")), "ids").take();
    column.in_subquery(values)
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::{PostgresQueryBuilder, SqliteQueryBuilder};

    use super::*;

    #[test]
    fn the_statement_is_the_same_for_any_number_of_rows() {
        let on_sqlite = Query::select().and_where(one_of(Expr::col("id"), &[1, 2], DbBackend::Sqlite)).take();
        let on_postgres = Query::select().and_where(one_of(Expr::col("id"), &[1, 2], DbBackend::Postgres)).take();
        let sqlite = on_sqlite.to_string(SqliteQueryBuilder);
        let postgres = on_postgres.to_string(PostgresQueryBuilder);
        assert!(sqlite.ends_with(r#""id" IN (SELECT "value" FROM json_each('[1,2]') AS "ids")"#), "{sqlite}");
        assert!(postgres.ends_with(r#""id" = ANY(CAST(string_to_array('1,2', ',') AS INTEGER[]))"#), "{postgres}");
    }
}
