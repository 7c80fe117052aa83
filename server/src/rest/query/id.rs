//! What the path says: version of the API, id.

use poem::{FromRequest, Request, RequestBody, Result};

use super::Query;
use crate::rest::failure::Failure;
use crate::rest::origin::Origin;
use crate::rest::resource;

/// The version of the API that was asked.
#[derive(Clone, Copy, Debug)]
pub struct ApiVersion(pub u32);

impl ApiVersion {
    /// A path of this version.
    pub fn path(self, rest: &str) -> String {
        format!("/module-build-service/{}{rest}", self.0)
    }
}

impl<'a> FromRequest<'a> for ApiVersion {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        let version = resource::version(request);
        Ok(Self(version.ok_or_else(|| Failure::not_found("The requested API version is not available"))?))
    }
}

/// An id from the path.
#[derive(Clone, Copy, Debug)]
pub struct Id(pub i32);

impl<'a> FromRequest<'a> for Id {
    /// A number beyond what the database counts to is 0, which no row has.
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        Ok(Self(request.raw_path_param("id").and_then(|id| id.parse().ok()).unwrap_or(0)))
    }
}

/// `?id=` is a common mistake for a path. `resource` is e.g. `module-builds`.
pub fn refuse_id(query: &Query, origin: &Origin, version: ApiVersion, resource: &str) -> Result<(), Failure> {
    let Some(id) = query.first("id") else { return Ok(()) };
    let id: String = match id.parse::<u64>() {
        Ok(number) => number.to_string(),
        Err(_) => form_urlencoded::byte_serialize(id.as_bytes()).collect(),
    };
    let path = origin.path(&version.path(&format!("/{resource}/{id}")));
    Err(Failure::invalid(format!("The \"id\" query option is invalid. Did you mean to go to \"{path}\"?")))
}
