//! One connection. It reads what its client says only when what was to be said has been sent, so a client that takes nothing holds no
//! more than one message; the feed passes it by, and it is told from where to resume.

use std::collections::HashMap;
use std::time::Duration;

use futures::future::{AbortHandle, Abortable};
use futures::stream::{BoxStream, SelectAll};
use futures::{SinkExt as _, StreamExt as _};
use poem::http::HeaderValue;
use poem::web::websocket::{CloseCode, Message, WebSocketStream};
use serde_json::Value;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::protocol::{Leave, Protocol, Said};
use super::subscribed::{Subscriber, begin};
use crate::App;
use crate::auth::{AuthError, Visitor};
use crate::graphql::Service;
use crate::graphql::error::coded;
use crate::graphql::guard::tokens;
use crate::graphql::paging::with_limit;
use crate::graphql::subscription::Client;

/// A client says who it is within this time.
const INIT: Duration = Duration::from_secs(10);
/// A message is taken within this time.
const TAKEN: Duration = Duration::from_secs(30);
/// Credentials that can be shown again are looked at again so often: a token that has ended ends its connection.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// A client that has said nothing for so many signs of life of ours is gone.
const SILENT: u32 = 3;

/// One connection.
pub struct Connection {
    app: App,
    service: Service,
    subscriber: Subscriber,
    protocol: Protocol,
    /// It was told that it may subscribe.
    open: bool,
    running: HashMap<String, AbortHandle>,
    told: SelectAll<BoxStream<'static, (String, Option<String>)>>,
    /// When it said something.
    heard: Instant,
}

impl Connection {
    /// Of a client that nothing is known of but its request.
    pub fn new(app: App, service: Service, visitor: Visitor, client: Client, protocol: Protocol) -> Self {
        Self {
            app,
            service,
            subscriber: Subscriber { visitor, client },
            protocol,
            open: false,
            running: HashMap::new(),
            told: SelectAll::new(),
            heard: Instant::now(),
        }
    }

    /// Serves it until either side leaves.
    pub async fn serve(mut self, mut socket: WebSocketStream) {
        if let Err(Some(leave)) = self.talk(&mut socket).await {
            let said = self.protocol.farewell(&leave).map(Message::Text);
            let close = Message::Close(Some((CloseCode::from(leave.code), leave.reason)));
            for message in said.into_iter().chain([close]) {
                let _gone = timeout(TAKEN, socket.send(message)).await;
            }
        }
        let _gone = timeout(TAKEN, socket.close()).await;
    }

    /// Ends with why, unless the client just left.
    async fn talk(&mut self, socket: &mut WebSocketStream) -> Result<(), Option<Leave>> {
        let heartbeat = self.app.config.events.heartbeat;
        let (mut alive, mut again) = (interval(heartbeat), interval(LOOK_AGAIN));
        for ticks in [&mut alive, &mut again] {
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks.reset();
        }
        let opened = Instant::now();
        let feed = std::sync::Arc::clone(&self.app.feed);
        let mut ending = std::pin::pin!(feed.ended());
        let leave = || Leave::new(1001, "The service ends; connect again");
        loop {
            let said = tokio::select! {
                () = ending.as_mut() => return Err(Some(leave())),
                said = socket.next() => self.hear(said).await?,
                Some((id, told)) = self.told.next(), if !self.told.is_empty() => self.pass_on(&id, told),
                _ = alive.tick() => {
                    if self.heard.elapsed() > heartbeat * SILENT + TAKEN {
                        return Err(None);
                    }
                    send(socket, Message::Ping(Vec::new())).await?;
                    self.protocol.alive()
                }
                _ = again.tick() => look_again(self.app.clone(), self.subscriber.visitor.clone()).await?,
                () = tokio::time::sleep_until(opened + INIT), if !self.open => {
                    return Err(Some(Leave::new(4408, "Connection initialisation timeout")));
                }
            };
            // Subscriptions end with the feed: their clients are to connect again, and not to believe that all was told.
            if feed.has_ended() {
                return Err(Some(leave()));
            }
            if let Some(said) = said {
                send(socket, Message::Text(said)).await?;
            }
        }
    }

    /// What is answered to a message.
    async fn hear(&mut self, said: Option<std::io::Result<Message>>) -> Result<Option<String>, Option<Leave>> {
        self.heard = Instant::now();
        let text = match said {
            None | Some(Ok(Message::Close(_))) => return Err(None),
            Some(Err(error)) => {
                let most = self.app.config.graphql.request_bytes;
                tracing::debug!(%error, "a websocket broke");
                return Err(Some(Leave::new(1009, format!("A message is longer than {most} bytes, or broken"))));
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(None),
            Some(Ok(Message::Binary(_))) => return Err(Some(Leave::nonsense("Messages are texts"))),
            Some(Ok(Message::Text(text))) => text,
        };
        tokens::body(text.as_bytes(), &self.app.config.graphql)
            .map_err(|error| Some(Leave::nonsense(&error.message)))?;
        self.answer(self.protocol.read(&text).map_err(Some)?).await
    }

    async fn answer(&mut self, said: Said) -> Result<Option<String>, Option<Leave>> {
        match said {
            Said::Init(_) if self.open => Err(Some(Leave::new(4429, "Too many initialisation requests"))),
            Said::Init(payload) => {
                self.init(&payload).await.map_err(Some)?;
                self.open = true;
                Ok(Some(Protocol::ack()))
            }
            Said::Subscribe(..) if !self.open => {
                Err(Some(Leave::new(4401, "Unauthorized: connection_init comes first")))
            }
            Said::Subscribe(id, payload) => self.subscribe(id, payload),
            Said::Complete(id) => {
                let stopped = self.running.remove(&id).inspect(AbortHandle::abort);
                // The older protocol wants to hear it.
                Ok(stopped.filter(|_| self.protocol == Protocol::Older).map(|_| Protocol::complete(&id)))
            }
            Said::Ping(payload) => Ok(Some(Protocol::pong(payload))),
            Said::Pong => Ok(None),
            Said::Terminate => Err(None),
        }
    }

    /// A client that cannot set headers says who it is here. Who says nothing reads what everybody may read.
    async fn init(&mut self, payload: &Value) -> Result<(), Leave> {
        let given =
            ["Authorization", "authorization"].into_iter().find_map(|name| payload.get(name)).map(Value::as_str);
        if let Some(given) = given {
            let value = given.and_then(|text| HeaderValue::from_str(text).ok());
            let value = value.ok_or_else(|| Leave::new(4403, "Forbidden: Authorization is no header"))?;
            self.subscriber.visitor = self.subscriber.visitor.with_authorization(value);
        }
        if self.subscriber.visitor.has_credentials(&self.app) {
            self.subscriber.visitor.of_own_site(&self.app).await.map_err(|failure| {
                use poem::error::ResponseError as _;
                let code = if failure.status().is_server_error() { 1013 } else { 4403 };
                Leave::new(code, failure.to_string())
            })?;
        }
        Ok(())
    }

    fn subscribe(&mut self, id: String, payload: Value) -> Result<Option<String>, Option<Leave>> {
        if self.running.contains_key(&id) {
            return Err(Some(Leave::new(4409, format!("Subscriber for {id} already exists"))));
        }
        let most = self.app.config.graphql.subscriptions;
        if self.running.len() >= most {
            let sentence = format!("A connection has at most {most} subscriptions (GRAPHQL_MAX_SUBSCRIPTIONS)");
            let error = with_limit(coded("TOO_MANY_SUBSCRIPTIONS", sentence), most, most + 1);
            return Ok(Some(self.protocol.error(&id, &[error.into_server_error(async_graphql::Pos::default())])));
        }
        let told = begin(&self.app, &self.service, &self.subscriber, self.protocol, id.clone(), payload);
        let (handle, registration) = AbortHandle::new_pair();
        let (of, ended) = (id.clone(), id.clone());
        let told = told.map(move |text| (of.clone(), Some(text))).chain(futures::stream::once(async { (ended, None) }));
        self.told.push(Abortable::new(told, registration).boxed());
        self.running.insert(id, handle);
        Ok(None)
    }

    /// What a subscription says; nothing is its end.
    fn pass_on(&mut self, id: &str, told: Option<String>) -> Option<String> {
        if told.is_none() {
            self.running.remove(id);
        }
        told
    }
}

/// A token that has ended, or was revoked, ends its connection. A provider that does not answer now is asked again.
async fn look_again(app: App, visitor: Visitor) -> Result<Option<String>, Option<Leave>> {
    if !visitor.is_bearer() {
        return Ok(None);
    }
    match visitor.known(&app).await {
        Err(AuthError::Unauthorized { message, .. }) => Err(Some(Leave::new(4403, message))),
        _ => Ok(None),
    }
}

async fn send(socket: &mut WebSocketStream, message: Message) -> Result<(), Option<Leave>> {
    match timeout(TAKEN, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(None),
    }
}
