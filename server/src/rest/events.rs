//! `…/events`: what happens, as it happens, as server-sent events; or a page of it (`follow=false`).

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use futures::stream::unfold;
use poem::http::{HeaderMap, StatusCode, header};
use poem::web::Data;
use poem::{Body, Request, Response, handler};
use serde_json::{Value, json};

use super::failure::{self, Failure};
use super::query::Query;
use crate::App;
use crate::auth::{Asking, network};
use crate::events::{Crowded, Event, Filter, Lost, Subscription};

/// What a client sends that resumes a stream: the number of the last event it has seen.
const LAST_EVENT_ID: &str = "last-event-id";
/// The oldest number that can be read, where an older one was asked for.
pub const OLDEST_EVENT: &str = "x-oldest-event";
/// Events of a page.
pub const PAGE: u64 = 500;
/// How long a client waits before it connects again, in milliseconds.
const RECONNECT: u32 = 1000;
/// How long one that was refused should.
const LATER: Duration = Duration::from_secs(5);

/// Follows the feed from a number on, or reads a page of it.
#[handler]
pub async fn follow(app: Data<&App>, query: Query, request: &Request) -> Result<Response, Failure> {
    let (since, filter) = (since(request.headers(), &query)?, filter(&query)?);
    if !follows(&query)? {
        return page(&app, since, &filter).await;
    }
    let client = network::client(&Asking::of(request), &app.config.kerberos.trusted_proxies);
    let place = match app.feed.admit(client.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))) {
        Ok(place) => place,
        Err(crowded) => return Ok(refused(crowded)),
    };
    match app.feed.subscribe(place, since, filter).await {
        Ok(subscription) => Ok(stream(subscription, app.config.events.heartbeat)),
        Err(lost) => refusal(&lost),
    }
}

/// Where to begin: a client that resumes says so by a header, also where its URL still says where it began at first.
fn since(headers: &HeaderMap, query: &Query) -> Result<Option<i64>, Failure> {
    let resumed = headers.get(LAST_EVENT_ID).map(|value| ("Last-Event-ID", value.to_str().unwrap_or("?")));
    let given = query.given("since").map(|value| ("since", value));
    let Some((name, text)) = resumed.filter(|(_, text)| !text.is_empty()).or(given) else { return Ok(None) };
    match text.parse::<i64>() {
        Ok(number) if number >= 0 => Ok(Some(number)),
        _ => Err(Failure::invalid(format!("\"{name}\" has to be the number of an event, or 0"))),
    }
}

fn follows(query: &Query) -> Result<bool, Failure> {
    match query.given("follow") {
        None | Some("true" | "1") => Ok(true),
        Some("false" | "0") => Ok(false),
        Some(_) => Err(Failure::invalid("The \"follow\" parameter takes true or false")),
    }
}

/// Each name may be given several times; an event has to match one value of each name that is given.
fn filter(query: &Query) -> Result<Filter, Failure> {
    let texts = |name: &'static str| query.all(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let ids: Result<_, _> = texts("id").map(|id| id.parse::<i32>().map_err(|_| id)).collect();
    let wrong_id = |id| Failure::invalid(format!("The \"id\" parameter takes ids of module builds, not \"{id}\""));
    let filter = Filter {
        owners: texts("owner").collect(),
        names: texts("name").collect(),
        states: texts("state").map(|state| state.to_ascii_lowercase()).collect(),
        topics: texts("topic").collect(),
        ids: ids.map_err(wrong_id)?,
    };
    filter.check().map_err(Failure::invalid)?;
    Ok(filter)
}

fn stream(subscription: Subscription, heartbeat: Duration) -> Response {
    let hello = format!("retry: {RECONNECT}\nid: {}\n\n", subscription.position());
    let chunks = unfold(Next::Say(hello, subscription), move |next| async move {
        let mut subscription = match next {
            Next::Say(text, subscription) => return Some((Ok::<_, std::io::Error>(text), Next::Wait(subscription))),
            Next::Wait(subscription) => subscription,
            Next::End => return None,
        };
        let (text, ended) = match tokio::time::timeout(heartbeat, subscription.next()).await {
            Ok(Ok(Some(event))) => (shown(&event), false),
            Ok(Ok(None)) => return None,
            Ok(Err(lost)) => (farewell(&lost, subscription.position()), true),
            // An id without data is remembered by clients: they resume after what was not for them.
            Err(_) => (format!(": still here\nid: {}\n\n", subscription.position()), false),
        };
        Some((Ok(text), if ended { Next::End } else { Next::Wait(subscription) }))
    });
    Response::builder()
        .header(header::CONTENT_TYPE, "text/event-stream")
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")
        // nginx would keep events back until it has a bufferful.
        .header("x-accel-buffering", "no")
        .body(Body::from_bytes_stream(chunks))
}

enum Next {
    Say(String, Subscription),
    Wait(Subscription),
    End,
}

fn shown(event: &Event) -> String {
    format!("id: {}\nevent: {}\ndata: {}\n\n", event.number, event.topic, event.json)
}

/// The last thing that is said on a stream that cannot go on.
fn farewell(lost: &Lost, position: i64) -> String {
    let message = match lost {
        Lost::Database(error) => {
            tracing::warn!(%error, "a stream of events ends");
            "The database does not answer".to_owned()
        }
        lost => lost.to_string(),
    };
    format!("id: {position}\nevent: lost\ndata: {}\n\n", json!({ "message": message, "since": position }))
}

async fn page(app: &App, since: Option<i64>, filter: &Filter) -> Result<Response, Failure> {
    let (events, bounds) = match app.feed.page(since, PAGE).await {
        Ok(page) => page,
        Err(lost) => return refusal(&lost),
    };
    let since = events.last().map_or(since.unwrap_or(bounds.newest), |event| event.number);
    let wanted = events.iter().filter(|event| filter.lets_through(event.facts()));
    let items: Vec<Value> = wanted.filter_map(|event| serde_json::from_str(&event.json).ok()).collect();
    let meta = json!({ "since": since, "oldest": bounds.oldest, "newest": bounds.newest });
    Ok(super::json(StatusCode::OK, &json!({ "items": items, "meta": meta })))
}

fn refusal(lost: &Lost) -> Result<Response, Failure> {
    match lost {
        Lost::Gone { oldest, .. } | Lost::TooSlow { resume: oldest } => {
            let mut answer = failure::body(StatusCode::GONE, &lost.to_string());
            answer.headers_mut().insert(OLDEST_EVENT, (*oldest).into());
            Ok(answer)
        }
        Lost::Unknown { .. } => Err(Failure::invalid(lost.to_string())),
        Lost::Database(error) => Err(crate::service::ServiceError::of_database(error).into()),
    }
}

fn refused(crowded: Crowded) -> Response {
    let status = match crowded {
        Crowded::Client(_) => StatusCode::TOO_MANY_REQUESTS,
        Crowded::All(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut answer = failure::body(status, &crowded.to_string());
    answer.headers_mut().insert(header::RETRY_AFTER, LATER.as_secs().into());
    answer
}
