//! Webhooks: making, listing, switching, removing them, and sending again what they missed.
//!
//! Whoever may submit may have some; administrators may do everything with those of everybody. What others have is not there.

use entities::event_filter::Filter;
use entities::webhook::{Column, Entity, Model};
use entities::webhook_delivery::{self, WAITING};
use entities::{db, feed, webhook};
use jobs::Job;
use jobs::webhooks::target;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, DbBackend, PaginatorTrait, QueryOrder, QuerySelect, Set};
use serde_json::{Map, Value};

use super::ServiceError;
use crate::App;
use crate::audit::{self, Action};
use crate::auth::Submitter;
use crate::auth::permission::is_admin;
use crate::auth::tokens::Token;

/// Lengths that a secret may have, in bytes.
const SECRET: std::ops::RangeInclusive<usize> = 16..=200;
/// Values that a filter may have.
const VALUES: usize = 100;
/// Longest value, in bytes.
const LONGEST: usize = 200;

/// Somebody who may have webhooks.
pub struct Person {
    name: String,
    admin: bool,
}

impl Person {
    /// Who asks, if that is somebody who may submit.
    pub fn of(app: &App, submitter: &Submitter) -> Result<Self, ServiceError> {
        let granted = submitter.granted(app, None)?;
        Ok(Self { name: granted.user().name.clone(), admin: is_admin(app, submitter.known()) })
    }

    fn sees(&self, hook: &Model) -> bool {
        self.admin || hook.owner == self.name
    }
}

/// Makes one: `{"url": "https://…", "events": {"name": ["nodejs"], "state": ["failed"]}, "secret": "…"}`. It begins with what happens
/// from now on.
pub async fn make(app: &App, person: &Person, wanted: &Map<String, Value>) -> Result<Model, ServiceError> {
    let known = ["url", "events", "secret"];
    if let Some(name) = wanted.keys().find(|name| !known.contains(&name.as_str())) {
        return invalid(format!("A webhook has no \"{name}\"; it has {}", known.join(", ")));
    }
    let (url, filter, secret) = (url(app, wanted)?, filter(person, wanted)?, secret(wanted)?);
    let (now, most) = (app.clock.now(), app.config.webhooks.per_user);
    let tx = db::begin_write(&app.db).await?;
    if tx.get_database_backend() == DbBackend::Postgres {
        // Two who count at the same time would both find room for one more.
        tx.execute_unprepared("LOCK TABLE webhooks IN SHARE ROW EXCLUSIVE MODE").await?;
    }
    if Entity::find().filter(Column::Owner.eq(&person.name)).count(&tx).await? >= most {
        let message = format!("{} has {most} webhooks, which is the limit; remove one first", person.name);
        return Err(ServiceError::Conflict(message));
    }
    let row = webhook::ActiveModel {
        owner: Set(person.name.clone()),
        url: Set(url),
        secret: Set(secret),
        filter: Set(serde_json::to_string(&filter).unwrap_or_default()),
        position: Set(feed::bounds(&tx).await?.newest),
        active: Set(true),
        time_created: Set(now),
        ..Default::default()
    };
    let row = row.insert(&tx).await?;
    let noted = audit::done(&tx, now, &person.name, Action::MakeWebhook, subject(row.id)).await?;
    tx.commit().await?;
    noted.say();
    Ok(row)
}

/// Those of who asks, or of `owner` for administrators, the newest first.
pub async fn list(app: &App, person: &Person, owner: Option<&str>) -> Result<Vec<Model>, ServiceError> {
    let owner = owner.unwrap_or(&person.name);
    if owner != person.name && !person.admin {
        return Err(ServiceError::Forbidden("Only administrators see webhooks of others.".to_owned()));
    }
    Ok(Entity::find().filter(Column::Owner.eq(owner)).order_by_desc(Column::Id).all(&app.db).await?)
}

/// One of them.
pub async fn show(app: &App, person: &Person, id: i32) -> Result<Model, ServiceError> {
    let found = Entity::find_by_id(id).one(&app.db).await?.filter(|hook| person.sees(hook));
    found.ok_or_else(|| ServiceError::NotFound("No such webhook found.".to_owned()))
}

/// Switches it on or off: `{"active": true}`. It goes on where it stopped, as far as that is still kept.
pub async fn switch(app: &App, person: &Person, id: i32, wanted: &Map<String, Value>) -> Result<Model, ServiceError> {
    let hook = show(app, person, id).await?;
    let active = match (wanted.len(), wanted.get("active")) {
        (1, Some(Value::Bool(active))) => *active,
        _ => return invalid("Only \"active\" can be changed: true or false".to_owned()),
    };
    let reason = (!active).then(|| format!("switched off by {}", person.name));
    let now = app.clock.now();
    let tx = db::begin_write(&app.db).await?;
    Entity::update_many()
        .col_expr(Column::Active, Expr::value(active))
        .col_expr(Column::Reason, Expr::value(reason.clone()))
        .filter(Column::Id.eq(id))
        .exec(&tx)
        .await?;
    let noted = audit::done(&tx, now, &person.name, Action::ChangeWebhook, subject(id)).await?;
    tx.commit().await?;
    noted.say();
    app.wake([Job::SendWebhooks]);
    Ok(Model { active, reason, ..hook })
}

/// Removes it with its history.
pub async fn remove(app: &App, person: &Person, id: i32) -> Result<Model, ServiceError> {
    let hook = show(app, person, id).await?;
    let now = app.clock.now();
    let tx = db::begin_write(&app.db).await?;
    // Its deliveries go with it.
    Entity::delete_by_id(id).exec(&tx).await?;
    let noted = audit::done(&tx, now, &person.name, Action::RemoveWebhook, subject(id)).await?;
    tx.commit().await?;
    noted.say();
    Ok(hook)
}

/// What was, or is to be, sent: the newest first, before delivery `before`.
pub async fn deliveries(
    app: &App,
    person: &Person,
    id: i32,
    before: Option<i32>,
    most: u64,
) -> Result<Vec<webhook_delivery::Model>, ServiceError> {
    use webhook_delivery::{Column, Entity};
    show(app, person, id).await?;
    let mut query = Entity::find().filter(Column::WebhookId.eq(id)).order_by_desc(Column::Id).limit(most);
    if let Some(before) = before {
        query = query.filter(Column::Id.lt(before));
    }
    Ok(query.all(&app.db).await?)
}

/// Sends a delivery again, whatever became of it.
pub async fn redeliver(app: &App, person: &Person, id: i32) -> Result<webhook_delivery::Model, ServiceError> {
    use webhook_delivery::{Column, Entity};
    let missing = || ServiceError::NotFound("No such delivery found.".to_owned());
    let delivery = Entity::find_by_id(id).one(&app.db).await?.ok_or_else(missing)?;
    let hook = show(app, person, delivery.webhook_id).await.map_err(|_| missing())?;
    if !hook.active {
        let message = "The webhook is switched off; switch it on first.".to_owned();
        return Err(ServiceError::Conflict(message));
    }
    let now = app.clock.now();
    let tx = db::begin_write(&app.db).await?;
    Entity::update_many()
        .col_expr(Column::State, Expr::value(WAITING))
        .col_expr(Column::Attempts, Expr::value(0))
        .col_expr(Column::TimeDue, Expr::value(now))
        .col_expr(Column::TimeEnded, Expr::value(Option::<chrono::NaiveDateTime>::None))
        .filter(Column::Id.eq(id))
        .exec(&tx)
        .await?;
    let noted = audit::done(&tx, now, &person.name, Action::Redeliver, format!("webhook-deliveries/{id}")).await?;
    tx.commit().await?;
    noted.say();
    app.wake([Job::SendWebhooks]);
    Ok(webhook_delivery::Model { state: WAITING.to_owned(), attempts: 0, time_due: now, time_ended: None, ..delivery })
}

fn subject(id: i32) -> String {
    format!("webhooks/{id}")
}

fn url(app: &App, wanted: &Map<String, Value>) -> Result<String, ServiceError> {
    let text = wanted.get("url").and_then(Value::as_str).unwrap_or_default();
    match target::check(text, app.config.webhooks.allow_private) {
        Ok(url) => Ok(url.to_string()),
        Err(refused) => invalid(format!("\"url\": {refused}")),
    }
}

/// Everything of everybody is for administrators.
fn filter(person: &Person, wanted: &Map<String, Value>) -> Result<Filter, ServiceError> {
    let events = wanted.get("events").cloned().unwrap_or_else(|| Value::Object(Map::new()));
    let filter: Filter = match serde_json::from_value(events) {
        Ok(filter) => filter,
        Err(error) => {
            return invalid(format!("\"events\" takes lists of owner, name, state, id and topic: {error}"));
        }
    };
    let states = filter.states.iter().map(|state| state.to_ascii_lowercase()).collect();
    let filter = Filter { states, ..filter };
    filter.check().or_else(invalid)?;
    let texts = || filter.owners.iter().chain(&filter.names);
    if texts().count() + filter.ids.len() > VALUES || texts().any(|text| text.len() > LONGEST || text.contains('\0')) {
        return invalid(format!("\"events\" takes at most {VALUES} values of at most {LONGEST} bytes"));
    }
    if filter.owners.is_empty() && filter.names.is_empty() && filter.ids.is_empty() && !person.admin {
        return invalid("\"events\" has to say whose builds, of which modules, or which builds".to_owned());
    }
    Ok(filter)
}

fn secret(wanted: &Map<String, Value>) -> Result<String, ServiceError> {
    match wanted.get("secret") {
        None | Some(Value::Null) => {
            Token::new_secret().ok_or_else(|| ServiceError::Internal("no random numbers".to_owned()))
        }
        Some(Value::String(secret)) if SECRET.contains(&secret.len()) && !secret.contains('\0') => Ok(secret.clone()),
        Some(_) => invalid(format!("\"secret\" has to be a text of {} to {} bytes", SECRET.start(), SECRET.end())),
    }
}

fn invalid<T>(message: String) -> Result<T, ServiceError> {
    Err(ServiceError::Invalid(message))
}
