//! The table of all options.

use super::option::{Definition, Group};
use super::{
    auth, builder, connections, database, events, expansion, folders, gate, graphql, jobs, kerberos, koji, ldap,
    logging, messaging, mock, monitoring, oidc, rest, retired, scm, webhooks,
};

/// All options by subject, in the order of the documentation.
pub(super) const GROUPS: [&Group; 22] = [
    &folders::GROUP,
    &database::GROUP,
    &rest::GROUP,
    &connections::GROUP,
    &events::GROUP,
    &webhooks::GROUP,
    &graphql::GROUP,
    &auth::GROUP,
    &oidc::GROUP,
    &kerberos::GROUP,
    &ldap::GROUP,
    &scm::GROUP,
    &expansion::GROUP,
    &builder::GROUP,
    &jobs::GROUP,
    &gate::GROUP,
    &messaging::GROUP,
    &logging::GROUP,
    &monitoring::GROUP,
    &koji::GROUP,
    &mock::GROUP,
    &retired::GROUP,
];

/// All options.
pub(super) fn options() -> impl Iterator<Item = &'static Definition> {
    GROUPS.into_iter().flat_map(|group| group.options)
}

/// All names of options, aliases included.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    options().flat_map(|option| [option.name].into_iter().chain(option.alias))
}

/// The option with this name or alias.
pub(super) fn find(name: &str) -> Option<&'static Definition> {
    options().find(|option| option.name == name || option.alias == Some(name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::value::Value;

    #[test]
    fn names_are_unique_and_defaults_are_valid() {
        let mut seen = BTreeSet::new();
        for name in names() {
            assert!(seen.insert(name), "{name} twice");
        }
        for option in options() {
            Value::read_text(option, option.default).unwrap();
            assert!(option.about.ends_with('.'), "{}", option.name);
        }
    }
}
