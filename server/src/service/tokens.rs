//! API tokens: making, listing and revoking them. Only people do, never another token.

use chrono::TimeDelta;
use entities::{api_token, db};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, DbBackend, IntoActiveModel, Set};
use serde_json::{Map, Value};

use super::ServiceError;
use crate::App;
use crate::audit::{self, Action};
use crate::auth::permission::is_admin;
use crate::auth::tokens::{Token, hash};
use crate::auth::{NoAuth, Person, Scope};

/// Days that a token is good for, unless its owner says otherwise.
const DAYS: i64 = 90;
/// Longest name, in bytes.
const LONGEST: usize = 100;
/// Tokens that have ended are shown for so long.
const SHOWN: TimeDelta = TimeDelta::days(90);

/// A token that was just made.
pub struct Made {
    /// Its row.
    pub row: api_token::Model,
    /// The token, which nobody can see again.
    pub token: String,
}

/// Makes a token: `{"name": "ci", "scopes": ["submit"], "days": 30}`.
pub async fn make(app: &App, person: &Person, wanted: &Map<String, Value>) -> Result<Made, ServiceError> {
    let (name, scopes) = (name(wanted)?, scopes(wanted)?);
    let days = days(wanted, app.config.auth.api_token_max_days)?;
    if person.known.method == NoAuth::NAME {
        // It would still be good on the day when users do have to log in.
        return Err(ServiceError::Forbidden(
            "Nobody has to log in here (NO_AUTH), so tokens are for nobody.".to_owned(),
        ));
    }
    let user = &person.known.user;
    let (now, owner) = (app.clock.now(), &user.name);
    let secret = Token::new_secret().ok_or_else(|| ServiceError::Internal("no random numbers".to_owned()))?;
    let mut groups = user.groups.clone();
    groups.sort_unstable();
    groups.dedup();
    let tx = db::begin_write(&app.db).await?;
    one_at_a_time(&tx).await?;
    api_token::remove_ended(&tx, owner, now - SHOWN).await?;
    let most = app.config.auth.api_tokens_per_user;
    if api_token::count_good(&tx, owner, now).await? >= most {
        return Err(ServiceError::Conflict(format!(
            "{owner} has {most} API tokens, which is the limit; revoke one first"
        )));
    }
    let row = api_token::ActiveModel {
        owner: Set(owner.clone()),
        name: Set(name),
        hash: Set(hash(&secret)),
        groups_json: Set(serde_json::json!(groups).to_string()),
        scopes: Set(scopes),
        time_created: Set(now),
        time_expires: Set(now + TimeDelta::days(days)),
        ..Default::default()
    };
    let row = row.insert(&tx).await?;
    let noted = audit::done(&tx, now, owner, Action::MakeToken, format!("tokens/{}", row.id)).await?;
    tx.commit().await?;
    noted.say();
    Ok(Made { token: Token::show(row.id, &secret), row })
}

/// Two who count at the same time would both find room for one more. SQLite has one writer at a time anyhow.
async fn one_at_a_time<C: ConnectionTrait>(tx: &C) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("LOCK TABLE api_tokens IN SHARE ROW EXCLUSIVE MODE").await?;
    }
    Ok(())
}

/// Tokens of `owner`, who is the person unless an administrator asks.
pub async fn list(app: &App, person: &Person, owner: Option<&str>) -> Result<Vec<api_token::Model>, ServiceError> {
    let me = &person.known.user.name;
    let owner = owner.unwrap_or(me);
    if owner != me && !is_admin(app, &person.known) {
        return Err(ServiceError::Forbidden("Only administrators see API tokens of others.".to_owned()));
    }
    Ok(api_token::of_owner(&app.db, owner).await?)
}

/// Takes a token back; a second time changes nothing. Those of others are there for administrators only.
pub async fn revoke(app: &App, person: &Person, id: i32) -> Result<api_token::Model, ServiceError> {
    let found = api_token::Entity::find_by_id(id).one(&app.db).await?;
    let may = |row: &api_token::Model| row.owner == person.known.user.name || is_admin(app, &person.known);
    let row = found.filter(may).ok_or_else(|| ServiceError::NotFound("No such token found.".to_owned()))?;
    if row.time_revoked.is_some() {
        return Ok(row);
    }
    let now = app.clock.now();
    let tx = db::begin_write(&app.db).await?;
    api_token::revoke(&tx, id, now).await?;
    let by = &person.known.user.name;
    let noted = audit::done(&tx, now, by, Action::RevokeToken, format!("tokens/{id}")).await?;
    tx.commit().await?;
    noted.say();
    let mut row = row.into_active_model();
    row.time_revoked = Set(Some(now));
    Ok(row.try_into()?)
}

fn name(wanted: &Map<String, Value>) -> Result<String, ServiceError> {
    match wanted.get("name") {
        Some(Value::String(name))
            if !name.trim().is_empty() && name.len() <= LONGEST && !name.chars().any(char::is_control) =>
        {
            Ok(name.clone())
        }
        _ => invalid(format!("\"name\" has to be a text of 1 to {LONGEST} bytes, without control characters")),
    }
}

fn scopes(wanted: &Map<String, Value>) -> Result<String, ServiceError> {
    let names = wanted.get("scopes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let scopes: Option<Vec<_>> = names.iter().map(|name| name.as_str().and_then(Scope::of_name)).collect();
    match scopes {
        Some(mut scopes) if !scopes.is_empty() => {
            scopes.sort_unstable();
            scopes.dedup();
            Ok(scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" "))
        }
        _ => {
            let all = Scope::ALL.map(Scope::name).join(", ");
            invalid(format!("\"scopes\" has to be a list of at least one of {all}"))
        }
    }
}

fn days(wanted: &Map<String, Value>, most: i64) -> Result<i64, ServiceError> {
    match wanted.get("days") {
        None => Ok(DAYS.min(most)),
        Some(days) => match days.as_i64() {
            Some(days) if (1..=most).contains(&days) => Ok(days),
            _ => invalid(format!("\"days\" has to be a whole number from 1 to {most}")),
        },
    }
}

fn invalid<T>(message: String) -> Result<T, ServiceError> {
    Err(ServiceError::Invalid(message))
}
