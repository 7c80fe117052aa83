//! Where the packages of a component are: a component that was taken over may come from one that was taken over itself.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbErr, Statement};

/// The build that made packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its `koji_tag`.
    pub tag: String,
    /// The attempt that succeeded.
    pub attempt: i32,
}

/// `UNION` ends even if somebody made a circle of rows.
const FOLLOW: &str = "
WITH RECURSIVE origin (start, id, next) AS (
    SELECT id, id, reused_component_id FROM component_builds WHERE id IN (IDS)
    UNION
    SELECT origin.start, component.id, component.reused_component_id
    FROM component_builds AS component JOIN origin ON component.id = origin.next
)
SELECT origin.start, module.koji_tag, component.attempt
FROM origin
JOIN component_builds AS component ON component.id = origin.id
JOIN module_builds AS module ON module.id = component.module_id
WHERE origin.next IS NULL AND module.koji_tag IS NOT NULL";

/// The origins of components, by their ids; none for those whose build is not kept anywhere.
pub async fn of<C: ConnectionTrait>(db: &C, components: &[i32]) -> Result<HashMap<i32, Origin>, DbErr> {
    if components.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<_> = components.iter().map(ToString::to_string).collect();
    let text = FOLLOW.replace("IDS", &ids.join(","));
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), text)).await?;
    let origin = |row: &sea_orm::QueryResult| {
        Ok((row.try_get_by_index(0)?, Origin { tag: row.try_get_by_index(1)?, attempt: row.try_get_by_index(2)? }))
    };
    rows.iter().map(origin).collect()
}
