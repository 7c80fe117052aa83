//! An operation: a method of a path.

use poem::http::Method;
use serde_json::{Map, Value, json};

use super::answers::Answer;
use super::curl::{self, Body};
use super::parameters::{self, header};

/// What stands before the paths of resources that have versions.
pub const PREFIX: &str = "/module-build-service/{version}";

/// An operation, as the document shows it.
pub struct Operation {
    /// Path with its parameters in braces.
    pub path: String,
    /// Its method.
    pub method: Method,
    members: Map<String, Value>,
    query: &'static str,
    form: Vec<String>,
}

impl Operation {
    /// An operation of the group `tag`, with a sentence about it. `id` is the name that generated clients give it.
    pub fn new(method: Method, path: impl Into<String>, id: &str, tag: &str, summary: &str) -> Self {
        let mut members = Map::new();
        members.insert("tags".to_owned(), json!([tag]));
        members.insert("operationId".to_owned(), json!(id));
        members.insert("summary".to_owned(), json!(summary));
        Self { path: path.into(), method, members, query: "", form: Vec::new() }
    }

    /// The same below the version of the API: `path` goes on after [`PREFIX`].
    pub fn versioned(method: Method, path: &str, id: &str, tag: &str, summary: &str) -> Self {
        let operation = Self::new(method, format!("{PREFIX}{path}"), id, tag, summary);
        operation.parameters([parameters::version()])
    }

    /// More about it, in Markdown: paragraphs, `- ` lists and `code` only, since that is what the page at `/docs` shows.
    pub fn about(mut self, text: &str) -> Self {
        self.members.insert("description".to_owned(), json!(text));
        self
    }

    /// Adds parameters.
    pub fn parameters(mut self, parameters: impl IntoIterator<Item = Value>) -> Self {
        let all = self.members.entry("parameters").or_insert_with(|| json!([]));
        if let Value::Array(all) = all {
            all.extend(parameters);
        }
        self
    }

    /// Takes a body of this content type. `examples` are named bodies, with a sentence about each.
    pub fn body(mut self, content_type: &str, schema: &Value, examples: &[(&str, &str, Value)]) -> Self {
        let body = self.members.entry("requestBody").or_insert_with(|| json!({ "required": true, "content": {} }));
        let named = examples
            .iter()
            .map(|(name, summary, value)| ((*name).to_owned(), json!({ "summary": summary, "value": value })));
        let mut media = json!({ "schema": schema });
        if !examples.is_empty() {
            media["examples"] = Value::Object(named.collect());
        }
        body["content"][content_type] = media;
        self
    }

    /// Adds an answer.
    pub fn answer(mut self, answer: Answer) -> Self {
        let all = self.members.entry("responses").or_insert_with(|| json!({}));
        let status = answer.status;
        all[status.as_str()] = answer.into_value();
        self
    }

    /// Adds answers.
    pub fn answers(self, answers: impl IntoIterator<Item = Answer>) -> Self {
        answers.into_iter().fold(self, Self::answer)
    }

    /// The client may say which answer it has.
    pub fn conditional(mut self) -> Self {
        let tag = "What the answer is recognized by; changes with what it shows.";
        let tag = json!({
            "description": tag,
            "required": true,
            "schema": { "type": "string", "pattern": r#"^W/"[!#-~]+"$"# },
        });
        if let Some(answers) = self.members.get_mut("responses") {
            answers["200"]["headers"]["ETag"] = tag;
            let headers = answers["200"]["headers"].clone();
            answers["304"] = json!({ "description": "Nothing has changed since the answer that the client has.", "headers": headers });
        }
        let schema = json!({ "type": "string" });
        self.parameters([header("If-None-Match", "`ETag`s of answers that the client has.", &schema)])
    }

    /// What its example asks for; begins with `?`.
    pub fn example_query(mut self, query: &'static str) -> Self {
        self.query = query;
        self
    }

    /// Fields of its example that sends a form.
    pub fn example_form(mut self, fields: &[&str]) -> Self {
        self.form = fields.iter().map(|field| (*field).to_owned()).collect();
        self
    }

    /// The operation object.
    pub fn into_value(mut self) -> Value {
        let samples = self.samples();
        self.members.insert("x-codeSamples".to_owned(), samples);
        Value::Object(self.members)
    }

    /// Commands, in the shape that many programs know as `x-codeSamples`.
    fn samples(&self) -> Value {
        let parameters = self.members.get("parameters").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let sample = |label: &str, body: Option<&Body>| {
            let source = curl::command(&self.method, &self.path, parameters, self.query, body);
            json!({ "lang": "Shell", "label": label, "source": source })
        };
        let body = self.members.get("requestBody");
        let examples = body.and_then(|body| body["content"]["application/json"]["examples"].as_object());
        let Some(examples) = examples else { return json!([sample("curl", None)]) };
        let mut samples: Vec<_> = examples
            .values()
            .map(|example| {
                sample(example["summary"].as_str().unwrap_or_default(), Some(&Body::Json(example["value"].clone())))
            })
            .collect();
        if !self.form.is_empty() {
            samples.push(sample("A file", Some(&Body::Form(self.form.clone()))));
        }
        Value::Array(samples)
    }
}
