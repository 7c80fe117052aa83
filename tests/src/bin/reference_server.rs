//! What the service's requests per second are compared with by `make bench`: the same framework, sending so many bytes from memory.
//!
//! usage: `reference_server PORT BYTES`

use poem::http::header;
use poem::listener::TcpListener;
use poem::web::Data;
use poem::{EndpointExt, Response, Route, Server, handler};

/// Any path is answered alike, with the headers of a list.
#[handler]
fn answer(Data(body): Data<&&'static [u8]>) -> Response {
    Response::builder()
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")
        .body(*body)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(port), Some(bytes)) = (arguments.next(), arguments.next()) else {
        return Err("usage: reference_server PORT BYTES".into());
    };
    let body: &'static [u8] = vec![b'x'; bytes.parse()?].leak();
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"));
    Ok(Server::new(listener).run(Route::new().nest("/", answer).data(body)).await?)
}
