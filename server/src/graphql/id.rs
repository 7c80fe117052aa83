//! Ids of `Node`: `ModuleBuild:8`, unique over all types. Where an id is asked for, the number alone will do.

use async_graphql::{Error, ID};

use super::error::invalid;

/// Name of the type of module builds.
pub const MODULE_BUILD: &str = "ModuleBuild";
/// Name of the type of components.
pub const COMPONENT_BUILD: &str = "ComponentBuild";

/// The id of an object.
pub fn global(kind: &str, number: i32) -> ID {
    format!("{kind}:{number}").into()
}

/// The number of an object of this type; 0, which no row has, for a number beyond what the database counts to.
pub fn number(kind: &str, id: &ID) -> Result<i32, Error> {
    let text = match id.split_once(':') {
        Some((of, number)) if of == kind => number,
        Some(_) => return Err(invalid(format!("This is no id of a {kind}"))),
        None => id.as_str(),
    };
    if text.is_empty() || text.len() > 40 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid(format!("An id of a {kind} is a number, or {kind}: and a number")));
    }
    Ok(text.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_numbers_are_taken() {
        for (id, found) in [("8", Some(8)), ("ModuleBuild:8", Some(8)), ("99999999999", Some(0))] {
            assert_eq!(number(MODULE_BUILD, &id.into()).ok(), found, "{id}");
        }
        for id in ["", "x", "-1", "ComponentBuild:8", "ModuleBuild:", "8:8", "ModuleBuild:8:8"] {
            assert!(number(MODULE_BUILD, &id.into()).is_err(), "{id}");
        }
        assert_eq!(global(MODULE_BUILD, 8).as_str(), "ModuleBuild:8");
    }
}
