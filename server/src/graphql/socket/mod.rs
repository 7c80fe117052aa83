//! Subscriptions by websocket, at the address of everything else: `graphql-transport-ws` (npm `graphql-ws`) and the older `graphql-ws`
//! (npm `subscriptions-transport-ws`).
//!
//! | file | subject |
//! | --- | --- |
//! | [`protocol`] | what is said in either protocol, and codes for leaving |
//! | [`connection`] | one connection: what its client asks for, and what it is told |
//! | [`subscribed`] | one subscription: from a request to messages |

mod connection;
mod protocol;
mod subscribed;

use poem::http::header;
use poem::web::websocket::{WebSocket, WebSocketConfig};
use poem::{FromRequest as _, IntoResponse as _, Request, Response};

use self::connection::Connection;
use self::protocol::Protocol;
use super::Service;
use super::subscription::Client;
use crate::App;
use crate::auth::{Asking, Visitor, network};
use crate::listener::WaitedFor;
use crate::rest::Failure;

/// Whether a request asks for a websocket.
pub fn wanted(request: &Request) -> bool {
    let upgrade = request.headers().get(header::UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

/// Opens the websocket.
pub async fn open(app: &App, service: &Service, visitor: Visitor, request: &Request) -> Result<Response, Failure> {
    let Some(protocol) = Protocol::of(request.headers()) else {
        return Err(Failure::invalid("A websocket speaks graphql-transport-ws or graphql-ws (Sec-WebSocket-Protocol)"));
    };
    let socket = WebSocket::from_request_without_body(request).await;
    let socket = socket.map_err(|_| Failure::invalid("This is no handshake of a websocket"))?;
    let most = app.config.graphql.request_bytes.min(app.config.rest.max_request_bytes);
    let config = WebSocketConfig::default().max_message_size(Some(most)).max_frame_size(Some(most));
    let client = Client(network::client(&Asking::of(request), &app.config.kerberos.trusted_proxies));
    let (app, service) = (app.clone(), service.clone());
    let socket = socket.protocols([protocol.name()]).config(config);
    let waited_for = request.data::<WaitedFor>().cloned();
    let upgraded = socket.on_upgrade(async move |socket| {
        // Until it has taken its leave.
        let _waited_for = waited_for;
        Connection::new(app, service, visitor, client, protocol).serve(socket).await;
    });
    Ok(upgraded.into_response())
}
