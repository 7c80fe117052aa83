//! One subscription.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{ErrorExtensions as _, Pos, Request as Asked, Response, ServerError, Value};
use futures::stream::{BoxStream, once, unfold};
use futures::{Stream, StreamExt as _};
use serde_json::Value as Json;

use super::protocol::Protocol;
use crate::App;
use crate::auth::Visitor;
use crate::graphql::Service;
use crate::graphql::error::{coded, invalid};
use crate::graphql::http::answer::{check, complete, prepare};
use crate::graphql::http::shape::Shape;
use crate::graphql::load::Loaders;
use crate::graphql::plan::ByPost;
use crate::graphql::subscription::Client;
use crate::graphql::viewer::Sender;

/// What a subscription says: messages, the last of which ends it.
pub type Told = BoxStream<'static, String>;

/// Who subscribes.
#[derive(Clone)]
pub struct Subscriber {
    /// As whom.
    pub visitor: Visitor,
    /// From where.
    pub client: Client,
}

/// Begins a subscription; what is wrong with it is told by its only message.
pub fn begin(app: &App, service: &Service, by: &Subscriber, protocol: Protocol, id: String, payload: Json) -> Told {
    let asked = match read(app, service, payload) {
        Ok(asked) => asked,
        Err(error) => {
            let refusal = protocol.error(&id, &[error]);
            return once(async { refusal }).boxed();
        }
    };
    let loaders = Arc::new(Loaders::new(app.clone(), Arc::clone(&service.cache)));
    let asked =
        asked.data(Sender::new(by.visitor.clone())).data(ByPost(false)).data(Arc::clone(&loaders)).data(by.client);
    let answers = in_time(answers(service.clone(), asked), loaders, app.config.graphql.timeout);
    told(answers, protocol, id).boxed()
}

fn answers(service: Service, mut asked: Asked) -> BoxStream<'static, Response> {
    let checked = async move {
        if let Some(refusal) = check(&service, &mut asked).await {
            return once(async { refusal }).boxed();
        }
        let shape = Shape::of(&mut asked);
        let shaped = service.schema.execute_stream(asked).map(move |mut answer| {
            if let Some(shape) = &shape {
                shape.mend(&mut answer);
            }
            answer
        });
        shaped.boxed()
    };
    once(checked).flatten().boxed()
}

/// Ends a subscription whose answer to one event takes too long.
fn in_time(
    answers: BoxStream<'static, Response>,
    loaders: Arc<Loaders>,
    limit: Duration,
) -> impl Stream<Item = Response> + Send + 'static {
    unfold(Some((answers, loaders)), move |going| async move {
        let (mut answers, loaders): (BoxStream<'static, Response>, Arc<Loaders>) = going?;
        tokio::select! {
            biased;
            answer = answers.next() => {
                loaders.end();
                answer.map(|answer| (answer, Some((answers, loaders))))
            }
            event = loaders.overdue(limit) => Some((overdue(event, limit), None)),
        }
    })
}

fn overdue(event: i64, limit: Duration) -> Response {
    let message = format!("The answer to event {event} was not ready in {} seconds", limit.as_secs());
    let error = coded("TIMEOUT", message).extend_with(|_, extensions| extensions.set("since", event));
    Response::from_errors(vec![error.into_server_error(Pos::default())])
}

fn read(app: &App, service: &Service, payload: Json) -> Result<Asked, ServerError> {
    let failed = |error: async_graphql::Error| error.into_server_error(Pos::default());
    let mut asked: Asked = serde_json::from_value(payload)
        .map_err(|error| failed(invalid(format!("This is no GraphQL request: {error}"))))?;
    match prepare(app, service, &mut asked).map_err(failed)? {
        OperationType::Subscription => Ok(asked),
        _ => Err(failed(coded("METHOD_NOT_ALLOWED", "Only subscriptions come by websocket; ask by POST"))),
    }
}

/// A refusal before the first answer is an error of the protocol; later ones are answers, after which it ends.
fn told(
    answers: impl Stream<Item = Response> + Send + 'static,
    protocol: Protocol,
    id: String,
) -> impl Stream<Item = String> {
    let end = Protocol::complete(&id);
    let first = answers.enumerate().map(move |(number, mut answer)| {
        answer.errors.iter_mut().for_each(complete);
        let refused = number == 0 && answer.data == Value::Null && answer.is_err();
        let text = if refused { protocol.error(&id, &answer.errors) } else { protocol.next(&id, &answer) };
        (text, refused)
    });
    // What was refused has said so, and is not completed as well.
    first.map(Some).chain(once(async { None })).scan(false, move |was_refused, message| {
        let message = match message {
            Some((text, refused)) => {
                *was_refused |= refused;
                Some(text)
            }
            None => (!*was_refused).then(|| end.clone()),
        };
        futures::future::ready(message)
    })
}
