//! Where the document comes from: a commit in git, or the request itself.

use std::path::Path;

use modulemd::{Document, Limits, ModuleStream, read};
use scm::{Blame, Membership, ScmError, ScmUrl};
use serde_json::{Map, Value};

use super::{UploadedFile, end_of_life};
use crate::App;
use crate::config::Config;
use crate::service::ServiceError;
use crate::service::params::{Params, text};

/// A document that has a name, a stream and a version.
pub struct Source {
    /// The document.
    pub document: Document,
    /// Stream version, before the prefix.
    pub version: u64,
    /// What was passed over in the document, such as unknown keys; goes into the log of the build.
    pub notices: Vec<String>,
}

/// What is checked of a submission from git before its other parameters, in this order.
pub fn check_scm_params(app: &App, given: &Map<String, Value>) -> Result<(), ServiceError> {
    scmurl(app, given)?;
    if text(given, "branch")?.is_none() {
        return Err(invalid("Missing branch"));
    }
    refuse_overrides(given)
}

/// The parameter `scmurl`, if it is one and is allowed.
pub fn scmurl(app: &App, given: &Map<String, Value>) -> Result<ScmUrl, ServiceError> {
    let Some(scmurl) = given.get("scmurl").filter(|url| !url.is_null()) else {
        return Err(invalid("Missing scmurl"));
    };
    let Some(scmurl) = scmurl.as_str() else {
        return Err(invalid("The \"scmurl\" parameter must be a string"));
    };
    app.config.scm.git.allowed.parse(scmurl).map_err(|error| service_error(&error))
}

/// A document in git is named by its repository and its branch.
pub fn refuse_overrides(given: &Map<String, Value>) -> Result<(), ServiceError> {
    for (key, what) in [("module_name", "Module name"), ("module_stream", "Stream name")] {
        if given.contains_key(key) {
            return Err(invalid(&format!("{what} override is only allowed when a YAML file is submitted")));
        }
    }
    Ok(())
}

/// The stream document of `url` just as it was committed, on whichever branch.
pub async fn as_committed(app: &App, url: &ScmUrl) -> Result<ModuleStream, ServiceError> {
    let branch = &app.config.scm.default_branch;
    let fetched = app.git.fetch_modulemd(url, branch, Membership::NotChecked).await;
    let fetched = fetched.map_err(|error| service_error(&error))?;
    let file = format!("{}.yaml", fetched.name);
    match read_document(&app.config, &fetched.text, &file)?.0 {
        Document::Stream(stream) => Ok(*stream),
        Document::Packager(_) => Err(ServiceError::Unprocessable(format!(
            "The modulemd {file} is a packager document; only a stream document (version 2) can be imported"
        ))),
    }
}

/// Fetches the document of `scmurl`; its name is that of the repository, its stream the branch.
pub async fn from_scm(app: &App, params: &Params) -> Result<Source, ServiceError> {
    let scmurl = params.scmurl.as_deref().unwrap_or_default();
    let branch = params.branch.as_deref().unwrap_or_default();
    let url = app.config.scm.git.allowed.parse(scmurl).map_err(|error| service_error(&error))?;
    let fetched =
        app.git.fetch_modulemd(&url, branch, Membership::Required).await.map_err(|error| service_error(&error))?;
    let file = format!("{}.yaml", fetched.name);
    let (mut document, notices) = read_document(&app.config, &fetched.text, &file)?;
    end_of_life::check(&app.config, &fetched.name, &fetched.stream).await?;
    name_from_scm(&app.config, &mut document, &fetched.name)?;
    stream_from_scm(&app.config, &mut document, &fetched.stream)?;
    if let Document::Stream(stream) = &document
        && stream.version != 0
    {
        return Err(ServiceError::Invalid(format!(
            "The version \"{}\" is already defined in the modulemd but it shouldn't be since the version is generated based on \
             the commit time",
            stream.version
        )));
    }
    Ok(Source { document, version: fetched.version, notices })
}

fn name_from_scm(config: &Config, document: &mut Document, repository: &str) -> Result<(), ServiceError> {
    match document.name() {
        Some(name) if name != repository && config.rest.allow_name_override_from_scm => Ok(()),
        Some(name) if name != repository => {
            Err(ServiceError::Invalid(format!("The name \"{name}\" that is stored in the modulemd is not valid")))
        }
        _ => {
            document.set_name(repository);
            Ok(())
        }
    }
}

fn stream_from_scm(config: &Config, document: &mut Document, branch: &str) -> Result<(), ServiceError> {
    let dashes = config.rest.allow_dashes_in_svc;
    let stream = if dashes { branch.to_owned() } else { branch.replace('-', "_") };
    match document.stream() {
        Some(own) if own.contains('-') && !dashes => Err(invalid("Dashes are not allowed in the stream value")),
        Some(own) if own != stream && config.rest.allow_stream_override_from_scm => Ok(()),
        Some(own) if own != stream => Err(ServiceError::Invalid(format!(
            "The stream \"{own}\" that is stored in the modulemd does not match the stream determined by the branch \"{stream}\""
        ))),
        _ => {
            document.set_stream(&stream);
            Ok(())
        }
    }
}

/// Takes the document from the request. Name and stream come from the parameters, the document or the file's name.
pub fn from_file(app: &App, params: &Params, file: Option<&UploadedFile>) -> Result<Source, ServiceError> {
    let bytes = match (&params.modulemd, file) {
        (Some(text), _) => text.as_bytes(),
        (None, Some(file)) => &file.content,
        (None, None) => b"",
    };
    if bytes.is_empty() {
        return Err(ServiceError::Unprocessable("The input modulemd was empty".to_owned()));
    }
    let (mut document, notices) = read_document(&app.config, bytes, "")?;
    let file_name = file.and_then(|file| file.name.as_deref()).and_then(|name| Path::new(name).file_stem()?.to_str());
    let fallback = params.module_name.as_deref().or(file_name);
    match (document.name().map(str::to_owned), fallback) {
        (Some(_), _) => {}
        (None, Some(name)) => document.set_name(name),
        (None, None) => {
            return Err(invalid(
                "The module's name was not present in the modulemd file. Please use the \"module_name\" parameter",
            ));
        }
    }
    let own = document.stream().map(str::to_owned);
    let stream = params.module_stream.clone().or(own).unwrap_or_else(|| app.config.scm.default_branch.clone());
    document.set_stream(&stream);
    let version = match &document {
        Document::Stream(stream) if stream.version != 0 => stream.version,
        _ => modulemd::version::from_time(app.clock.utc().timestamp()),
    };
    Ok(Source { document, version, notices })
}

/// The document, and what was passed over in it, in sentences. `file` is its name, for errors.
fn read_document(config: &Config, bytes: &[u8], file: &str) -> Result<(Document, Vec<String>), ServiceError> {
    let reading = read::as_text(bytes).and_then(|text| read::read_with_notices(text, &limits(config)));
    let reading = reading.map_err(|error| invalid_document(file, &error))?;
    let sentence = |notice: &read::Notice| format!("modulemd line {}: {}", notice.line, notice.text);
    Ok((reading.document, reading.notices.iter().map(sentence).collect()))
}

fn limits(config: &Config) -> Limits {
    Limits { max_bytes: config.rest.max_modulemd_bytes, ..Limits::default() }
}

fn invalid(message: &str) -> ServiceError {
    ServiceError::Invalid(message.to_owned())
}

fn invalid_document(file: &str, error: &read::ReadError) -> ServiceError {
    let blank = if file.is_empty() { "" } else { " " };
    ServiceError::Unprocessable(format!(
        "The modulemd{blank}{file} is invalid. The error was:\n'{}'\nPlease verify the syntax is correct.",
        error.legacy_text()
    ))
}

/// Each kind of trouble with git has its status.
fn service_error(error: &ScmError) -> ServiceError {
    let text = error.to_string();
    match error.blame() {
        Blame::Forbidden => ServiceError::Forbidden(text),
        Blame::Invalid => ServiceError::Invalid(text),
        Blame::Missing => ServiceError::Unprocessable(text),
        Blame::Infra => ServiceError::Unavailable(text),
    }
}
