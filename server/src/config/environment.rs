//! Environment variables, as data, so that tests need not change those of the process.

use std::collections::BTreeMap;

/// Beginning of the variables of options: `MBS_NUM_CONCURRENT_BUILDS`.
pub(super) const PREFIX: &str = "MBS_";

/// Variables with this beginning that are no options.
pub(super) const RESERVED: [&str; 2] = ["MBS_CONFIG_FILE", "MBS_CONFIG_SECTION"];

/// Environment variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Those of this process; what is not UTF-8 is left out.
    pub fn of_process() -> Self {
        let variables = std::env::vars_os();
        Self(
            variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect(),
        )
    }

    /// The value of a variable, also an empty one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether a variable is set to one of `1`, `on`, `true`, `y`, `yes`.
    pub fn is_true(&self, name: &str) -> bool {
        let value = self.get(name).unwrap_or_default().to_lowercase();
        matches!(value.as_str(), "1" | "on" | "true" | "y" | "yes")
    }

    /// All variables that look like options.
    pub(super) fn options(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        all.filter(|(name, _)| name.starts_with(PREFIX) && !RESERVED.contains(name))
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl<K: Into<String>, V: Into<String>, const N: usize> From<[(K, V); N]> for Environment {
    fn from(variables: [(K, V); N]) -> Self {
        variables.into_iter().collect()
    }
}
