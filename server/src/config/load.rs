//! From file and environment to the values in force.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::Path;

use super::DEFAULT_FILE;
use super::environment::{Environment, PREFIX};
use super::option::{Definition, Kind};
use super::problem::{ConfigErrors, Problem, suggestion};
use super::sections::{Origin, Section, Sections, chain};
use super::settings::{Settings, Source};
use super::table::{names, options};
use super::value::Value;

/// What the program is started for; decides the section unless the environment does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The service: `ProdConfiguration`.
    Service,
    /// `build_module_locally`: `LocalBuildConfiguration`.
    LocalBuild,
    /// `build_module_locally --offline`: `OfflineLocalBuildConfiguration`.
    OfflineLocalBuild,
}

/// Largest configuration file; larger ones are not configuration files.
const MAX_BYTES: u64 = 1024 * 1024;

/// The section of a service with a configuration file.
const PRODUCTION: &str = "ProdConfiguration";

/// The section of a service without one.
const EMBEDDED: &str = "EmbeddedConfiguration";

/// The values in force, and where they come from in words.
pub(super) fn settings(environment: &Environment, purpose: Purpose) -> Result<(Settings, String), ConfigErrors> {
    let mut problems = Vec::new();
    let built_in = Sections::read(Origin::BuiltIn, include_str!("built_in.yaml"), &mut problems);
    let file = file(environment, &mut problems);
    let mut settings = Settings::defaults(environment.get("HOME"));
    let choice = Choice::of(environment, purpose, file.as_ref());
    for (origin, section) in choice.layers(file.as_ref(), &built_in, &mut problems) {
        for (option, value, line) in &section.options {
            let source = match origin {
                Origin::File(_) => Source::File(origin.at(*line)),
                Origin::BuiltIn => Source::BuiltIn(name_of(section, &built_in)),
            };
            settings.set(option, value.clone(), source);
        }
    }
    read_variables(environment, &mut settings, &mut problems);
    if problems.is_empty() { Ok((settings, choice.in_words(file.as_ref()))) } else { Err(ConfigErrors(problems)) }
}

fn name_of(section: &Section, built_in: &Sections) -> String {
    let found = built_in.named.iter().find(|(_, other)| std::ptr::eq(*other, section));
    found.map(|(name, _)| name.clone()).unwrap_or_default()
}

fn is_developer(environment: &Environment) -> bool {
    environment.is_true("MODULE_BUILD_SERVICE_DEVELOPER_ENV")
}

/// The configuration file, if there is one to be read. Developers have the built-in sections.
fn file(environment: &Environment, problems: &mut Vec<Problem>) -> Option<Sections> {
    let named = environment.get("MBS_CONFIG_FILE");
    let path = Path::new(named.unwrap_or(DEFAULT_FILE));
    if is_developer(environment) || named == Some("") {
        return None;
    }
    let text = match read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => {
            refuse_forgotten(&path.with_extension("py"), problems);
            return None;
        }
        Err(error) => {
            problems.push(Problem::new(path.display(), format!("the configuration file cannot be read: {error}")));
            return None;
        }
    };
    if path.extension().is_some_and(|extension| extension == "py") {
        problems.push(Problem::new(path.display(), PYTHON));
        return None;
    }
    Some(Sections::read(Origin::File(path.to_owned()), &text, problems))
}

const PYTHON: &str = "this is a Python file; the options have the same names now, but in YAML (docs/CONFIGURATION.md). \
                      Write them into a YAML file and name it in MBS_CONFIG_FILE";

/// On a machine that was configured for the Python service, starting without its configuration would open the door to everybody.
fn refuse_forgotten(old: &Path, problems: &mut Vec<Problem>) {
    if old.exists() {
        problems.push(Problem::new(old.display(), PYTHON));
    }
}

fn read(path: &Path) -> std::io::Result<String> {
    use std::io::Read;
    let mut text = String::new();
    let read = std::fs::File::open(path)?.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if read as u64 > MAX_BYTES {
        return Err(std::io::Error::new(ErrorKind::FileTooLarge, format!("it has more than {MAX_BYTES} bytes")));
    }
    Ok(text)
}

/// Which section applies.
struct Choice {
    name: String,
    /// Named by `MBS_CONFIG_SECTION`.
    explicit: bool,
}

impl Choice {
    fn of(environment: &Environment, purpose: Purpose, file: Option<&Sections>) -> Self {
        let explicit = environment.get("MBS_CONFIG_SECTION").filter(|name| !name.is_empty());
        let name = explicit.unwrap_or(match purpose {
            _ if is_developer(environment) => "DevConfiguration",
            Purpose::Service if file.is_none() => EMBEDDED,
            Purpose::Service => PRODUCTION,
            Purpose::LocalBuild => "LocalBuildConfiguration",
            Purpose::OfflineLocalBuild => "OfflineLocalBuildConfiguration",
        });
        Self { name: name.to_owned(), explicit: explicit.is_some() }
    }

    /// The sections that apply, the one that counts most last.
    fn layers<'a>(
        &self,
        file: Option<&'a Sections>,
        built_in: &'a Sections,
        problems: &mut Vec<Problem>,
    ) -> Vec<(&'a Origin, &'a Section)> {
        let sectioned = file.filter(|file| file.flat.is_none());
        let in_file = sectioned.and_then(|file| Some((&file.origin, file.named.get(&self.name)?)));
        let implied = sectioned.is_none() || self.name != PRODUCTION;
        let inside = || built_in.named.get(&self.name).filter(|_| implied).map(|section| (&built_in.origin, section));
        let mut layers = Vec::new();
        match in_file.or_else(inside) {
            Some(start) => layers = chain(start, file, built_in, problems),
            None => problems.push(self.missing(file, built_in)),
        }
        if let Some((file, flat)) = file.and_then(|file| Some((file, file.flat.as_ref()?))) {
            layers.extend(chain((&file.origin, flat), Some(file), built_in, problems));
        }
        layers
    }

    fn missing(&self, file: Option<&Sections>, built_in: &Sections) -> Problem {
        let sectioned = file.filter(|file| file.flat.is_none());
        let in_file = sectioned.into_iter().flat_map(|file| file.named.keys());
        let in_file: Vec<_> = in_file.map(String::as_str).collect();
        let mut message = format!("there is no section `{}`", self.name);
        if self.explicit {
            let known = built_in.named.keys().map(String::as_str).chain(in_file.iter().copied());
            message.push_str(&suggestion(&self.name, known));
        }
        if !in_file.is_empty() {
            let _infallible =
                write!(message, "; the file has {}, choose one with MBS_CONFIG_SECTION", in_file.join(", "));
        }
        match sectioned {
            Some(file) if !self.explicit => Problem::new(file.origin.at(1), message),
            _ => Problem::new("MBS_CONFIG_SECTION", message),
        }
    }

    fn in_words(&self, file: Option<&Sections>) -> String {
        match file {
            Some(Sections { origin: Origin::File(path), flat, .. }) => match flat {
                Some(_) if !self.explicit => format!("file {}", path.display()),
                Some(_) => format!("file {} over the section {}", path.display(), self.name),
                None => format!("section {} of the file {}", self.name, path.display()),
            },
            _ => format!("built-in section {}, no file", self.name),
        }
    }
}

/// Options from environment variables, and variables that are nearly options.
fn read_variables(environment: &Environment, settings: &mut Settings, problems: &mut Vec<Problem>) {
    for option in options() {
        let variables = [Some(option.name), option.alias].into_iter().flatten().map(|name| format!("{PREFIX}{name}"));
        for variable in variables {
            let given = environment.get(&variable).filter(|text| counts(option, text));
            match given.map(|text| Value::read_text(option, text)) {
                Some(Ok(value)) => settings.set(option, value, Source::Variable(variable)),
                Some(Err(message)) => problems.push(Problem::new(variable, message)),
                None => {}
            }
        }
    }
    for (variable, _) in environment.options() {
        let name = variable.trim_start_matches(PREFIX);
        if names().all(|known| known != name) && is_misspelled(name) {
            let message = format!("there is no option `{name}`{}", suggestion(name, names()));
            problems.push(Problem::new(variable, message));
        }
    }
}

/// An empty variable is a value only where an empty value is one.
fn counts(option: &Definition, text: &str) -> bool {
    !text.trim().is_empty()
        || !matches!(option.kind, Kind::Bool | Kind::Int(..) | Kind::Bytes | Kind::Choice(_) | Kind::Map)
}

/// Container managers set variables such as `MBS_SERVICE_HOST`, which are no reason not to start. What is nearly an option is.
fn is_misspelled(name: &str) -> bool {
    const NEARLY: f64 = 0.85;
    names().any(|known| strsim::normalized_damerau_levenshtein(name, known) >= NEARLY)
}
