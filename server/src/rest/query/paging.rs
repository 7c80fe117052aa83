//! Pages: `page` from 1, `per_page` (10).

use sea_orm::sea_query::{Expr, ExprTrait, Order};
use sea_orm::{
    Condition, DatabaseConnection, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde_json::{Value, json};

use super::Query;

/// Rows of a page unless the client says how many.
const DEFAULT: i64 = 10;
/// What a negative `per_page` stands for.
const FOR_NEGATIVE: i64 = 20;
/// Rows of the largest page. A client that asks for more gets pages of this size, and is told so, once there are more rows.
const LARGEST: i64 = 5000;

/// Which page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    page: i64,
    per_page: i64,
}

impl Paging {
    /// Reads `page` and `per_page`; what is no number is as good as none.
    pub fn of(query: &Query) -> Self {
        let page = number(query, "page").map_or(1, |page| Ord::max(page, 1));
        let per_page = number(query, "per_page").unwrap_or(DEFAULT);
        Self { page, per_page: if per_page < 0 { FOR_NEGATIVE } else { per_page } }
    }

    fn offset(self) -> u64 {
        u64::try_from((self.page - 1).saturating_mul(self.per_page)).unwrap_or_default()
    }

    fn limit(self) -> u64 {
        u64::try_from(self.per_page).unwrap_or_default()
    }
}

/// A whole number; one beyond 64 bits is as good as the largest.
fn number(query: &Query, name: &str) -> Option<i64> {
    let text = query.first(name)?.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let beyond = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    Some(text.parse().unwrap_or(beyond))
}

/// Rows of a page, and how many there are altogether.
#[derive(Debug)]
pub struct Page<Row> {
    /// The rows, in order.
    pub rows: Vec<Row>,
    total: i64,
    paging: Paging,
}

/// Reads a page in one statement, and counts in a second one where the page does not tell the number itself. `select` says
/// which columns.
pub async fn page<E: EntityTrait, Row: FromQueryResult + Send + Sync>(
    db: &DatabaseConnection,
    select: Select<E>,
    filter: Condition,
    order: Vec<(Expr, Order)>,
    mut paging: Paging,
) -> Result<Page<Row>, DbErr> {
    let mut total = None;
    if paging.per_page > LARGEST {
        let rows = count::<E>(db, filter.clone()).await?;
        paging.per_page = if rows > LARGEST { LARGEST } else { paging.per_page };
        total = Some(rows);
    }
    let mut select = select.filter(filter.clone()).limit(paging.limit()).offset(paging.offset());
    for (expression, direction) in order {
        select = select.order_by(expression, direction);
    }
    let rows = if paging.per_page == 0 { Vec::new() } else { select.into_model::<Row>().all(db).await? };
    let counted = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let total = match total {
        Some(total) => total,
        None if paging.page == 1 && counted < paging.per_page => counted,
        None => count::<E>(db, filter).await?,
    };
    Ok(Page { rows, total, paging })
}

async fn count<E: EntityTrait>(db: &DatabaseConnection, filter: Condition) -> Result<i64, DbErr> {
    let count = E::find().select_only().expr(Expr::cust("*").count()).filter(filter);
    Ok(count.into_tuple::<i64>().one(db).await?.unwrap_or_default())
}

impl<Row> Page<Row> {
    /// Where this page stands and the URLs of others, with all of `query` but what is about pages.
    pub fn meta(&self, url: &str, query: &[(String, String)]) -> Value {
        let Paging { page, per_page } = self.paging;
        let pages = if per_page == 0 { 0 } else { (self.total - 1).div_euclid(per_page) + 1 };
        let link = |page: i64| self.link(url, page, query);
        json!({
            "page": page,
            "pages": pages,
            "per_page": per_page,
            "total": self.total,
            "prev": (page > 1).then(|| link(page - 1)),
            "next": (page < pages).then(|| link(page + 1)),
            "first": link(1),
            "last": link(pages),
        })
    }

    fn link(&self, url: &str, page: i64, query: &[(String, String)]) -> String {
        let mut text = form_urlencoded::Serializer::for_suffix(format!("{url}?"), url.len() + 1);
        text.append_pair("page", &page.to_string()).append_pair("per_page", &self.paging.per_page.to_string());
        for (name, value) in query {
            if !matches!(name.as_str(), "page" | "per_page" | "endpoint") && !name.starts_with('_') {
                text.append_pair(name, value);
            }
        }
        text.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(query: &str) -> (i64, i64) {
        let paging = Paging::of(&Query::parse(query).unwrap());
        (paging.page, paging.per_page)
    }

    #[test]
    fn what_is_no_number_is_as_good_as_none() {
        assert_eq!(paging(""), (1, 10));
        assert_eq!(paging("page=abc&per_page="), (1, 10));
        assert_eq!(paging("page=-3&per_page=-1"), (1, 20));
        assert_eq!(paging("page=+2&per_page=0"), (2, 0));
        assert_eq!(paging("page=99999999999999999999&per_page=-99999999999999999999"), (i64::MAX, 20));
    }

    #[test]
    fn links_keep_repeated_names() {
        let query = Query::parse("state=ready&state=failed&page=2&per_page=3&_x=1&scmurl=a%3F%23b").unwrap();
        let page = Page::<()> { rows: vec![], total: 7, paging: Paging::of(&query) };
        let meta = page.meta("http://h/b/", query.pairs());
        assert_eq!(meta["pages"], 3);
        assert_eq!(meta["next"], "http://h/b/?page=3&per_page=3&state=ready&state=failed&scmurl=a%3F%23b");
        assert_eq!(meta["prev"], "http://h/b/?page=1&per_page=3&state=ready&state=failed&scmurl=a%3F%23b");
    }

    #[test]
    fn an_empty_list_has_no_pages() {
        let page = Page::<()> { rows: vec![], total: 0, paging: Paging::of(&Query::default()) };
        let meta = page.meta("http://h/b/", &[]);
        assert_eq!((meta["pages"].clone(), meta["last"].clone()), (json!(0), json!("http://h/b/?page=0&per_page=10")));
    }
}
