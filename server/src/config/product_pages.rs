//! Product Pages, which know when base modules are released. The options are in the table of `expansion.rs`.

use modulemd::submission::releases::{ReleaseName, ReleasedStreams};
use reqwest::Url;

use super::checks::anchored;
use super::settings::Settings;
use super::value::{Value, shorten};

/// Where to ask about which streams.
#[derive(Clone, Debug)]
pub struct ProductPages {
    /// `PRODUCT_PAGES_URL` without a slash at its end.
    pub url: String,
    /// `PRODUCT_PAGES_MODULE_STREAMS`, at least one, in the order of the file.
    pub streams: Vec<ReleasedStreams>,
    /// `PRODUCT_PAGES_SCHEDULE_TASK_NAMES`, or the single one, the preferred first.
    pub tasks: Vec<String>,
}

impl ProductPages {
    /// None, unless both the address and the streams are given.
    pub(super) fn new(settings: &Settings) -> Option<Self> {
        let url = settings.text("PRODUCT_PAGES_URL").trim_end_matches('/').to_owned();
        let entries = settings.get("PRODUCT_PAGES_MODULE_STREAMS").0.entries().iter();
        let streams: Vec<_> = entries.filter_map(|(pattern, values)| released(pattern, values).ok()).collect();
        let tasks: Vec<String> = settings.list("PRODUCT_PAGES_SCHEDULE_TASK_NAMES");
        let task = Some(settings.text("PRODUCT_PAGES_SCHEDULE_TASK_NAME")).filter(|task| !task.is_empty());
        let tasks = if tasks.is_empty() { task.into_iter().collect() } else { tasks };
        (!url.is_empty() && !streams.is_empty()).then_some(Self { url, streams, tasks })
    }
}

pub(super) fn check_url(value: &Value) -> Result<(), String> {
    let text = value.as_text().unwrap_or_default();
    let is_web = |url: Url| matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none();
    if text.is_empty() || Url::parse(text).is_ok_and(is_web) {
        return Ok(());
    }
    Err("it has to be an address that begins with `http://` or `https://`".to_owned())
}

pub(super) fn check_streams(value: &Value) -> Result<(), String> {
    value.entries().iter().try_for_each(|(pattern, values)| released(pattern, values).map(drop))
}

fn released(pattern: &str, values: &Value) -> Result<ReleasedStreams, String> {
    let name = |text: &str| text.parse::<ReleaseName>().map_err(|error| format!("`{}`: {error}", shorten(text)));
    let regex = anchored(pattern)?;
    let (suffix, release, major) = match values.items() {
        [Value::Text(suffix), Value::Text(release), Value::Text(major)] => (suffix, release, Some(major)),
        [Value::Text(suffix), Value::Text(release), Value::Null] => (suffix, release, None),
        _ => return Err(format!("`{}` takes a list of two texts and a third one or null", shorten(pattern))),
    };
    Ok(ReleasedStreams {
        pattern: regex,
        suffix: suffix.clone(),
        release: name(release)?,
        major_release: major.filter(|major| !major.is_empty()).map(|major| name(major)).transpose()?,
    })
}
