//! `GET …/about/`: what clients ask first.

use poem::web::Data;
use poem::{Response, handler};
use serde_json::json;

use super::answer;
use super::resource::NEWEST;
use super::validator::Validator;
use crate::App;

/// The release of the Python service whose API this is; clients decide by it what they can ask for.
const VERSION: &str = "3.9.2";

/// Version, newest version of the API, how users are known.
#[handler]
#[expect(clippy::needless_pass_by_value, reason = "an extractor is given by value")]
pub fn show(Data(app): Data<&App>, validator: Validator) -> Response {
    let body = json!({
        "version": VERSION,
        "api_version": NEWEST,
        "auth_method": app.config.auth.method.name(),
    });
    answer::constant(&validator, &body)
}
