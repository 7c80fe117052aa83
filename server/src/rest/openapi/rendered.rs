//! Texts that are the same for everybody but for the address by which a client came. They are made once.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use poem::Response;
use poem::http::header;

use crate::rest::origin::Origin;
use crate::rest::validator::Validator;

/// Stands for the address in a text that is to be rendered. Neither JSON nor HTML writes it otherwise.
pub const PLACE: &str = "http://address.invalid";

/// A text with gaps for the address.
pub struct Rendered {
    content_type: &'static str,
    parts: Vec<String>,
    /// Differs from that of any other text.
    hash: i64,
}

impl Rendered {
    /// `text` has [`PLACE`] wherever the address goes.
    pub fn new(content_type: &'static str, text: &str) -> Self {
        let parts = text.split(PLACE).map(str::to_owned).collect();
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        Self { content_type, parts, hash: hasher.finish().cast_signed() }
    }

    /// The text for the client that sent a request, or 304 where it has that already.
    pub fn answer(&self, validator: &Validator, origin: &Origin) -> Response {
        let tag = validator.tag(self.hash);
        if validator.has(&tag) {
            return tag.not_modified();
        }
        // What a client says about its proxies may be anything; what is not an address is left out.
        let address = origin.checked_url().unwrap_or_default();
        let response = Response::builder()
            .header(header::CONTENT_TYPE, self.content_type)
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .body(self.parts.join(&address));
        tag.put_on(response)
    }
}
