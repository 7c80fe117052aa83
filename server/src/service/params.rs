//! Parameters of a submission, checked one by one.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::ServiceError;
use crate::config::Config;

/// Names that a submission may have.
pub const KNOWN: [&str; 14] = [
    "branch",
    "buildrequire_overrides",
    "rpm_component_ref_overrides",
    "modulemd",
    "module_name",
    "module_stream",
    "owner",
    "rebuild_strategy",
    "reuse_components_from",
    "require_overrides",
    "scmurl",
    "scratch",
    "side_tag",
    "srpms",
];

/// What a submission asks for besides the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    /// Branch of the document; decides the stream.
    pub branch: Option<String>,
    /// Streams of buildrequires that replace those of the document.
    pub buildrequire_overrides: BTreeMap<String, Vec<String>>,
    /// Streams of requires that replace those of the document.
    pub require_overrides: BTreeMap<String, Vec<String>>,
    /// Refs of components that replace those of the document.
    pub ref_overrides: BTreeMap<String, String>,
    /// The document itself.
    pub modulemd: Option<String>,
    /// Name of a document that has none.
    pub module_name: Option<String>,
    /// Stream of a document that has none.
    pub module_stream: Option<String>,
    /// How much is rebuilt, where it may be chosen.
    pub rebuild_strategy: Option<String>,
    /// Id or NSVC of the build to reuse components from.
    pub reuse_components_from: Option<Reuse>,
    /// Where the document is.
    pub scmurl: Option<String>,
    /// Not to be published.
    pub scratch: bool,
    /// Side tag of the build system.
    pub side_tag: Option<String>,
    /// Source packages that replace components of a scratch build.
    pub srpms: Vec<String>,
}

/// A build, as users name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// By id.
    Id(i32),
    /// By name, stream, version and context.
    Nsvc(modulemd::Nsvc),
}

type Given = Map<String, Value>;

/// `scratch` and `srpms`, which are looked at before anything else.
pub fn scratch(given: &Given, config: &Config) -> Result<(bool, Vec<String>), ServiceError> {
    let scratch = given.get("scratch");
    if scratch.is_some_and(|value| value.is_array() || value.is_object()) {
        return Err(invalid("The \"scratch\" parameter must be true or false"));
    }
    let scratch = scratch.is_some_and(is_true);
    if scratch && !config.rest.modules_allow_scratch {
        return Err(ServiceError::Forbidden("Scratch builds are not enabled".to_owned()));
    }
    let srpms = given.get("srpms").filter(|value| is_given(value));
    if srpms.is_some() && !scratch {
        return Err(ServiceError::Forbidden("srpms may only be specified for scratch builds".to_owned()));
    }
    let srpms = srpms.map(|value| strings(value).ok_or_else(|| invalid("srpms must be specified as a list")));
    Ok((scratch, srpms.transpose()?.unwrap_or_default()))
}

/// No text may hold a NUL: neither a database nor a document takes it.
pub fn refuse_nul(given: &Given) -> Result<(), ServiceError> {
    let broken = given.iter().find(|(key, value)| key.contains('\0') || has_nul(value));
    match broken {
        Some((key, _)) => Err(ServiceError::Invalid(format!("The {key:?} parameter holds a NUL character"))),
        None => Ok(()),
    }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(list) => list.iter().any(has_nul),
        Value::Object(map) => map.iter().any(|(key, value)| key.contains('\0') || has_nul(value)),
        _ => false,
    }
}

/// Everything else. `scratch` is what [`scratch`] found.
pub fn all(given: &Given, config: &Config, (scratch, srpms): (bool, Vec<String>)) -> Result<Params, ServiceError> {
    let unknown: Vec<_> = given.keys().filter(|key| !KNOWN.contains(&key.as_str())).map(String::as_str).collect();
    if !unknown.is_empty() {
        return Err(ServiceError::Invalid(format!("The request contains invalid parameters: {}", unknown.join(", "))));
    }
    let rebuild_strategy = rebuild_strategy(given, config)?;
    let params = Params {
        buildrequire_overrides: streams(given, "buildrequire_overrides")?,
        require_overrides: streams(given, "require_overrides")?,
        ref_overrides: refs(given)?,
        reuse_components_from: reuse(given, rebuild_strategy.as_deref())?,
        branch: text(given, "branch")?,
        modulemd: text(given, "modulemd")?,
        module_name: text(given, "module_name")?,
        module_stream: text(given, "module_stream")?,
        scmurl: text(given, "scmurl")?,
        side_tag: text(given, "side_tag")?,
        rebuild_strategy,
        scratch,
        srpms,
    };
    Ok(params)
}

/// A parameter that is text; null and the empty text are as good as none.
pub fn text(given: &Given, key: &str) -> Result<Option<String>, ServiceError> {
    match given.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(ServiceError::Invalid(format!("The \"{key}\" parameter must be a string"))),
    }
}

fn rebuild_strategy(given: &Given, config: &Config) -> Result<Option<String>, ServiceError> {
    let Some(strategy) = given.get("rebuild_strategy") else { return Ok(None) };
    if !config.rest.rebuild_strategy_allow_override {
        return Err(invalid(
            "The request contains the \"rebuild_strategy\" parameter but overriding the default isn't allowed",
        ));
    }
    let allowed = &config.rest.rebuild_strategies_allowed;
    match strategy.as_str().filter(|name| allowed.iter().any(|one| one == name)) {
        Some(name) => Ok(Some(name.to_owned())),
        None => Err(ServiceError::Invalid(format!(
            "The rebuild method of \"{}\" is not allowed. Choose from: {}.",
            strategy.as_str().map_or_else(|| strategy.to_string(), str::to_owned),
            allowed.join(", ")
        ))),
    }
}

fn streams(given: &Given, key: &str) -> Result<BTreeMap<String, Vec<String>>, ServiceError> {
    let Some(value) = given.get(key).filter(|value| is_given(value)) else { return Ok(BTreeMap::new()) };
    let wrong = || {
        ServiceError::Invalid(format!(
            "The \"{key}\" parameter must be an object with the keys as module names and the values as arrays of streams"
        ))
    };
    let object = value.as_object().ok_or_else(wrong)?;
    object.iter().map(|(name, list)| Ok((name.clone(), strings(list).ok_or_else(wrong)?))).collect()
}

fn refs(given: &Given) -> Result<BTreeMap<String, String>, ServiceError> {
    let key = "rpm_component_ref_overrides";
    let Some(value) = given.get(key).filter(|value| is_given(value)) else { return Ok(BTreeMap::new()) };
    let wrong = || {
        ServiceError::Invalid(format!(
            "The \"{key}\" parameter must be an object with the keys as component names and the values as strings of refs"
        ))
    };
    let object = value.as_object().ok_or_else(wrong)?;
    object.iter().map(|(name, text)| Ok((name.clone(), text.as_str().ok_or_else(wrong)?.to_owned()))).collect()
}

fn reuse(given: &Given, strategy: Option<&str>) -> Result<Option<Reuse>, ServiceError> {
    let Some(value) = given.get("reuse_components_from") else { return Ok(None) };
    if strategy == Some("all") {
        return Err(invalid(
            "You cannot specify the parameter \"reuse_components_from\" when the \"rebuild_strategy\" parameter is set to \
             \"all\"",
        ));
    }
    let named = match value {
        Value::Number(id) => id.as_i64().and_then(|id| i32::try_from(id).ok()).map(Reuse::Id),
        Value::String(nsvc) => nsvc.parse().ok().map(Reuse::Nsvc),
        _ => None,
    };
    named
        .map(Some)
        .ok_or_else(|| invalid("The parameter \"reuse_components_from\" contains an invalid module identifier"))
}

fn strings(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

/// What Python takes for true: null, false, 0, empty text, list and object are "not given".
fn is_given(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

/// `true`, `1` and the same as text.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_i64() == Some(1),
        Value::String(text) => matches!(text.to_lowercase().as_str(), "true" | "1"),
        _ => false,
    }
}

fn invalid(message: &str) -> ServiceError {
    ServiceError::Invalid(message.to_owned())
}
