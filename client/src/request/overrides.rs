//! Arguments of the form `name:stream`, `component=ref` and `key=value`.

use std::str::FromStr;

use serde_json::{Map, Value, json};

/// `NAME:STREAM` of a dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream(String, String);

/// `COMPONENT=REF`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ref(String, String);

/// `KEY=VALUE`, any parameter of a submission. The value may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter(pub String, pub String);

impl FromStr for Stream {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, stream) = split(text, ':', "NAME:STREAM, for example platform:f41")?;
        if stream.is_empty() { Err("the stream is missing".into()) } else { Ok(Self(name, stream)) }
    }
}

impl FromStr for Ref {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (component, git_ref) = split(text, '=', "COMPONENT=REF, for example libuv=rawhide")?;
        if git_ref.is_empty() { Err("the branch or commit is missing".into()) } else { Ok(Self(component, git_ref)) }
    }
}

impl FromStr for Parameter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) = split(text, '=', "KEY=VALUE, for example owner=alice")?;
        Ok(Self(key, value))
    }
}

fn split(text: &str, separator: char, form: &str) -> Result<(String, String), String> {
    match text.split_once(separator) {
        Some((left, right)) if !left.is_empty() => Ok((left.to_owned(), right.to_owned())),
        _ => Err(format!("expected {form}")),
    }
}

/// `{"name": ["stream", …]}`, the streams of one name in the order given.
pub fn streams(overrides: &[Stream]) -> Value {
    let mut names: Map<String, Value> = Map::new();
    for Stream(name, stream) in overrides {
        match names.get_mut(name) {
            Some(Value::Array(streams)) => streams.push(json!(stream)),
            _ => {
                names.insert(name.clone(), json!([stream]));
            }
        }
    }
    Value::Object(names)
}

/// `{"component": "ref"}`; the last of several for one component counts.
pub fn refs(overrides: &[Ref]) -> Value {
    overrides.iter().map(|Ref(component, git_ref)| (component.clone(), json!(git_ref))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_a_name_are_gathered() {
        let given: Vec<Stream> = ["platform:f40", "perl:5.38", "platform:f41"].map(|text| text.parse().unwrap()).into();
        assert_eq!(streams(&given), json!({"platform": ["f40", "f41"], "perl": ["5.38"]}));
    }

    #[test]
    fn what_has_the_wrong_form_is_refused() {
        assert!("platform".parse::<Stream>().is_err());
        assert!(":f40".parse::<Stream>().is_err());
        assert!("platform:".parse::<Stream>().is_err());
        assert!("libuv".parse::<Ref>().is_err());
        assert!("=x".parse::<Parameter>().is_err());
        assert_eq!("a=b=c".parse::<Parameter>(), Ok(Parameter("a".into(), "b=c".into())));
        assert_eq!("a=".parse::<Parameter>(), Ok(Parameter("a".into(), String::new())));
    }
}
