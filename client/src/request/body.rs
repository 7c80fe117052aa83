//! The JSON body of a submission.

use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::Request;
use super::overrides::{self, Parameter};
use crate::failure::Failure;
use crate::{git, out};

/// Larger than any module; keeps a slip such as `--file /dev/zero` from filling the memory.
const LARGEST_FILE: u64 = 64 * 1024 * 1024;

/// The body that the request ask for, taking from the current folder what they leave out.
pub async fn body(request: &Request) -> Result<Value, Failure> {
    let mut body = options(request);
    match &request.file {
        Some(file) => source_of_file(&mut body, request, file)?,
        None => source_of_git(&mut body, request).await?,
    }
    for Parameter(key, value) in &request.parameters {
        if body.insert(key.clone(), json!(value)).is_some() {
            return Err(Failure::Usage(format!("the parameter \"{key}\" is given twice: by -o and otherwise")));
        }
    }
    Ok(Value::Object(body))
}

async fn source_of_git(body: &mut Map<String, Value>, request: &Request) -> Result<(), Failure> {
    let scmurl = if let Some(url) = request.url.as_ref().or(request.scm_url.as_ref()) {
        url.clone()
    } else {
        let checkout = git::checkout().await?;
        for remark in &checkout.remarks {
            out::notice(remark);
        }
        checkout.scmurl
    };
    let branch = match request.positional_branch.as_ref().or(request.branch.as_ref()) {
        Some(branch) => branch.clone(),
        None => git::branch().await?,
    };
    body.insert("scmurl".into(), json!(scmurl));
    body.insert("branch".into(), json!(branch));
    Ok(())
}

fn source_of_file(body: &mut Map<String, Value>, request: &Request, file: &Path) -> Result<(), Failure> {
    body.insert("modulemd".into(), json!(text_of(file)?));
    // The service falls back to this name; one in the document wins.
    let stem = || Some(file.file_stem()?.to_str()?.to_owned()).filter(|stem| stem != "-");
    if let Some(name) = request.name.clone().or_else(stem) {
        body.insert("module_name".into(), json!(name));
    }
    if let Some(stream) = &request.stream {
        body.insert("module_stream".into(), json!(stream));
    }
    if let Some(branch) = &request.branch {
        body.insert("branch".into(), json!(branch));
    }
    Ok(())
}

fn text_of(file: &Path) -> Result<String, Failure> {
    let unreadable = |why: &dyn std::fmt::Display| Failure::Usage(format!("cannot read {}: {why}", file.display()));
    let reader: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(std::fs::File::open(file).map_err(|error| unreadable(&error))?)
    };
    let mut bytes = Vec::new();
    reader.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST_FILE {
        return Err(unreadable(&"it is larger than 64 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| unreadable(&"it is not text in UTF-8"))
}

/// Everything but what to build.
fn options(request: &Request) -> Map<String, Value> {
    let present = [
        ("scratch", Some(json!(request.scratch))),
        ("srpms", Some(json!(request.srpms)).filter(|_| !request.srpms.is_empty())),
        (
            "buildrequire_overrides",
            Some(overrides::streams(&request.buildrequires)).filter(|_| !request.buildrequires.is_empty()),
        ),
        ("require_overrides", Some(overrides::streams(&request.requires)).filter(|_| !request.requires.is_empty())),
        (
            "rpm_component_ref_overrides",
            Some(overrides::refs(&request.ref_overrides)).filter(|_| !request.ref_overrides.is_empty()),
        ),
        ("rebuild_strategy", request.rebuild_strategy.as_ref().map(|strategy| json!(strategy))),
        ("reuse_components_from", request.reuse_components_from.as_deref().map(build_identifier)),
        ("side_tag", request.side_tag.as_ref().map(|tag| json!(tag))),
    ];
    present.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

/// A build by its number, which the service takes as a number only, or by its NSVC.
fn build_identifier(text: &str) -> Value {
    text.parse::<i64>().map_or_else(|_| json!(text), |id| json!(id))
}
