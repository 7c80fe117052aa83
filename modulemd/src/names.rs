//! Names that can go into paths, tags, branches and command lines.
//!
//! Documents are read as libmodulemd reads them, which takes any text for a name. The service makes folders, build system
//! tags and `name:stream:version:context` of them, so what it builds has to pass here as well.

use crate::stream::ModuleStream;
use crate::yaml::shorten;

/// Longest name in bytes, the limit of file systems.
const MAX_LENGTH: usize = 255;

/// A name that would be taken for something else where it is used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {what} `{name}` {reason}")]
pub struct BadName {
    /// What the name is of, e.g. `component`.
    pub what: &'static str,
    /// Its beginning, with control characters escaped.
    pub name: String,
    /// Why it is refused.
    pub reason: &'static str,
}

/// Refuses a stream with a name that is empty, longer than 255 bytes, starts with `-` or `.`, or holds a `/`, a `:`, white
/// space or a control character. Looked at are the names of the module, of its stream, context, components, and of the
/// modules that it depends on with their streams.
pub fn validate_names(stream: &ModuleStream) -> Result<(), BadName> {
    let own = [("module", &stream.name), ("stream", &stream.stream), ("context", &stream.context)];
    for (what, name) in own {
        name.as_deref().map_or(Ok(()), |name| check(what, name))?;
    }
    for component in stream.rpm_components.values() {
        check("component", &component.name)?;
        component.source_name.as_deref().map_or(Ok(()), |name| check("component name", name))?;
    }
    for name in stream.module_components.keys() {
        check("module component", name)?;
    }
    for modules in stream.dependencies.iter().flat_map(|block| [&block.buildrequires, &block.requires]) {
        for (module, streams) in modules {
            check("module dependency", module)?;
            streams
                .iter()
                .try_for_each(|name| check("stream of a dependency", name.strip_prefix('-').unwrap_or(name)))?;
        }
    }
    Ok(())
}

fn check(what: &'static str, name: &str) -> Result<(), BadName> {
    let bad = |character: char| matches!(character, '/' | ':') || character.is_whitespace() || character.is_control();
    let reason = if name.is_empty() {
        "is empty"
    } else if name.len() > MAX_LENGTH {
        "is longer than 255 bytes"
    } else if name.starts_with(['-', '.']) {
        "starts with `-` or `.`"
    } else if name.contains(bad) {
        "holds a `/`, a `:`, white space or a control character"
    } else {
        return Ok(());
    };
    Err(BadName { what, name: shorten(name), reason })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Dependencies, RpmComponent};

    fn module(name: &str) -> ModuleStream {
        ModuleStream { name: Some(name.to_owned()), ..ModuleStream::default() }
    }

    #[test]
    fn hostile_names_are_refused() {
        let long = "a".repeat(10_000);
        for name in ["", "a/b", "..", "a\nb", "a:b", "-rf", "a b", "a\u{7}", "a\u{85}b", &long] {
            let error = validate_names(&module(name)).expect_err(name);
            assert!(error.to_string().len() < 400, "{error}");
            assert!(!error.to_string().contains('\n'), "{error}");
        }
    }

    #[test]
    fn usual_names_pass() {
        for name in ["nodejs", "389-ds", "libstdc++", "python3.8", "perl_x", "Ünicode"] {
            assert_eq!(validate_names(&module(name)), Ok(()));
        }
    }

    #[test]
    fn components_and_dependencies_are_looked_at() {
        let mut stream = module("a");
        let component = RpmComponent { name: "../x".to_owned(), ..RpmComponent::default() };
        stream.rpm_components.insert("../x".to_owned(), component);
        assert_eq!(validate_names(&stream).expect_err("component").what, "component");

        let mut block = Dependencies::default();
        block.requires.insert("platform".to_owned(), ["-f28".to_owned()].into());
        let mut stream = ModuleStream { dependencies: vec![block], ..ModuleStream::default() };
        assert_eq!(validate_names(&stream), Ok(()));
        stream.dependencies[0].requires.insert("platform".to_owned(), ["f/28".to_owned()].into());
        assert_eq!(validate_names(&stream).expect_err("stream").what, "stream of a dependency");
    }
}
