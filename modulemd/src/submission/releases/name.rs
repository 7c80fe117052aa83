//! Names of releases: `rhel-{x}-{y}.{z}`, where the letters stand for the parts of a stream's number.

use std::fmt::Write as _;
use std::str::FromStr;

/// The template of a name. `{x}`, `{y}` and `{z}` are the parts of the number, `{y:02}` has at least two digits, and `{{` and `}}`
/// are braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseName(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// Which part of the number, and how many digits it has at least.
    Number(usize, usize),
}

/// The text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseNameError {
    /// Something else in braces.
    #[error("`{{{0}}}` is none of `{{x}}`, `{{y}}` and `{{z}}`")]
    Field(String),
    /// A brace without its other half.
    #[error("a brace is alone; one that is meant literally is written twice")]
    Brace,
}

const LETTERS: [&str; 3] = ["x", "y", "z"];

/// No release has longer numbers.
const MAX_DIGITS: usize = 99;

impl ReleaseName {
    /// The name for these parts of the number.
    pub(super) fn of(&self, x: u64, y: u64, z: u64) -> String {
        let numbers = [x, y, z];
        let mut name = String::new();
        for part in &self.0 {
            let written = match part {
                Part::Text(text) => write!(name, "{text}"),
                Part::Number(which, digits) => write!(name, "{:0digits$}", numbers[*which]),
            };
            debug_assert!(written.is_ok(), "a text takes everything");
        }
        name
    }
}

impl FromStr for ReleaseName {
    type Err = ReleaseNameError;

    fn from_str(text: &str) -> Result<Self, ReleaseNameError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(place) = rest.find(['{', '}']) {
            parts.push(Part::Text(rest[..place].to_owned()));
            let (brace, after) = rest[place..].split_at(1);
            rest = if let Some(after) = after.strip_prefix(brace) {
                parts.push(Part::Text(brace.to_owned()));
                after
            } else {
                let (field, after) = after.split_once('}').filter(|_| brace == "{").ok_or(ReleaseNameError::Brace)?;
                parts.push(number(field).ok_or_else(|| ReleaseNameError::Field(field.to_owned()))?);
                after
            };
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self(parts))
    }
}

fn number(field: &str) -> Option<Part> {
    let (letter, format) = field.split_once(':').unwrap_or((field, ""));
    let which = LETTERS.iter().position(|known| *known == letter)?;
    let digits = match format.strip_suffix('d').unwrap_or(format) {
        "" => 0,
        digits => digits.strip_prefix('0')?.parse().ok().filter(|digits| *digits <= MAX_DIGITS)?,
    };
    Some(Part::Number(which, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (template, expected) in [
            ("rhel-{x}-{y}.{z}", "rhel-8-1.4"),
            ("{x}{x}", "88"),
            ("plain", "plain"),
            ("", ""),
            ("{{{x}}}", "{8}"),
            ("{x:d}.{y:02}.{z:03d}", "8.01.004"),
        ] {
            assert_eq!(template.parse::<ReleaseName>().unwrap().of(8, 1, 4), expected, "{template}");
        }
    }

    #[test]
    fn what_is_no_template() {
        for (template, field) in
            [("{w}", "w"), ("{}", ""), ("{x:>3}", "x:>3"), ("{x.real}", "x.real"), ("{x:0999}", "x:0999")]
        {
            assert_eq!(template.parse::<ReleaseName>(), Err(ReleaseNameError::Field(field.to_owned())), "{template}");
        }
        for template in ["{x", "x}", "{", "}x{"] {
            assert_eq!(template.parse::<ReleaseName>(), Err(ReleaseNameError::Brace), "{template}");
        }
    }
}
