//! Retiring builds: nobody can build against them any more. Their packages stay, until `CLEANUP_RETIRED_BUILDS_TIME` is over.

use std::fmt;
use std::str::FromStr;

use entities::clock::Clock;
use entities::{ModuleState, db, module_build, transition};
use sea_orm::entity::prelude::*;
use sea_orm::{DatabaseConnection, QueryOrder};

use super::ServiceError;
use crate::audit::{self, Action};

/// Builds by `NAME:STREAM[:VERSION[:CONTEXT]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    name: String,
    stream: String,
    version: Option<String>,
    context: Option<String>,
}

impl FromStr for Identifier {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').collect();
        if parts.iter().any(|part| part.is_empty() || part.contains('\0')) {
            return Err("no part of NAME:STREAM[:VERSION[:CONTEXT]] may be empty".to_owned());
        }
        match parts[..] {
            [] | [_] => Err("it has to have at least NAME:STREAM".to_owned()),
            [_, _, _, _, _, ..] => Err("it has more parts than NAME:STREAM:VERSION:CONTEXT".to_owned()),
            [name, stream, ref rest @ ..] => Ok(Self {
                name: name.to_owned(),
                stream: stream.to_owned(),
                version: rest.first().map(|version| (*version).to_owned()),
                context: rest.get(1).map(|context| (*context).to_owned()),
            }),
        }
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.stream)?;
        self.version.iter().chain(&self.context).try_for_each(|part| write!(f, ":{part}"))
    }
}

/// The ready builds that it names, the oldest first.
pub async fn find(db: &DatabaseConnection, identifier: &Identifier) -> Result<Vec<module_build::Model>, ServiceError> {
    use module_build::{Column, Entity};
    let mut query = Entity::find()
        .filter(Column::State.eq(ModuleState::Ready))
        .filter(Column::Name.eq(&identifier.name))
        .filter(Column::Stream.eq(&identifier.stream));
    for (column, value) in [(Column::Version, &identifier.version), (Column::Context, &identifier.context)] {
        if let Some(value) = value {
            query = query.filter(column.eq(value));
        }
    }
    Ok(query.order_by_asc(Column::Id).all(db).await?)
}

/// Retires these builds, all of them or, where one is not ready any more, none. `by` is who does it.
pub async fn retire(
    db: &DatabaseConnection,
    clock: &Clock,
    by: &str,
    builds: &[module_build::Model],
) -> Result<(), ServiceError> {
    let tx = db::begin_write(db).await?;
    let mut noted = Vec::new();
    for build in builds {
        let reason = Some("Module build retired");
        transition::module(&tx, clock.now(), build, ModuleState::Garbage, reason, |_| {}).await?;
        noted.push(audit::done(&tx, clock.now(), by, Action::Retire, format!("module-builds/{}", build.id)).await?);
    }
    tx.commit().await?;
    noted.iter().for_each(audit::Noted::say);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_two_to_four_parts() {
        for text in ["a:b", "a:b:1", "a:b:1:c0ffee42"] {
            assert_eq!(text.parse::<Identifier>().unwrap().to_string(), text);
        }
        for text in ["", "a", "a:", ":b", "a:b:", "a:b::c", "a:b:1:c:d", "a:b\0"] {
            assert!(text.parse::<Identifier>().is_err(), "{text:?}");
        }
    }
}
