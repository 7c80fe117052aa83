//! `GET …/rebuild-strategies/`: how much of a module may be rebuilt.

use poem::web::Data;
use poem::{Response, handler};
use serde_json::{Value, json};

use super::answer;
use super::validator::Validator;
use crate::App;
use crate::config::Config;

/// Names, with what they mean.
pub const STRATEGIES: [(&str, &str); 3] = [
    ("all", "All components will be rebuilt"),
    ("changed-and-after", "All components that have changed and those in subsequent batches will be rebuilt"),
    ("only-changed", "All changed components will be rebuilt"),
];

/// All strategies, which one is the default, and which a submission may ask for.
#[handler]
#[expect(clippy::needless_pass_by_value, reason = "an extractor is given by value")]
pub fn list(Data(app): Data<&App>, validator: Validator) -> Response {
    let items: Vec<_> = STRATEGIES.iter().map(|(name, about)| strategy(&app.config, name, about)).collect();
    answer::constant(&validator, &json!({ "items": items }))
}

fn strategy(config: &Config, name: &str, about: &str) -> Value {
    let settings = &config.rest;
    let default = settings.rebuild_strategy == name;
    let named = settings.rebuild_strategies_allowed.iter().any(|allowed| allowed == name);
    json!({
        "name": name,
        "description": about,
        "allowed": default || settings.rebuild_strategy_allow_override && named,
        "default": default,
    })
}
