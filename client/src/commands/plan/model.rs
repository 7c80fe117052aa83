//! A build as a dry run describes it. What is missing is left out, so that older and newer services can be asked.

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Planned {
    pub name: String,
    pub stream: String,
    pub version: String,
    pub context: String,
    pub scratch: bool,
    pub would: String,
    pub existing: Option<Existing>,
    pub buildrequires: Map<String, Value>,
    pub arches: Vec<String>,
    pub explanation: Option<Explanation>,
    pub batches: Vec<Batch>,
    pub problems: Vec<String>,
    pub notices: Vec<String>,
    pub reuse: Option<Reuse>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Existing {
    pub id: i64,
    pub state_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Explanation {
    pub context: Why,
    pub against: Vec<Module>,
    pub left_out: Vec<Module>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Why {
    pub reason: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Module {
    pub name: String,
    pub stream: String,
    pub version: String,
    pub context: String,
    pub reason: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Batch {
    pub batch: i64,
    pub components: Vec<Component>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Component {
    pub package: String,
    pub repository: Option<String>,
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    pub existing: Option<Existing>,
    pub reuse: Option<Decision>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Decision {
    pub rule: String,
    pub reason: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reuse {
    pub reason: String,
}
