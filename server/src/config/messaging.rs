//! The message bus.
//!
//! Options: `MESSAGING`, `MESSAGING_TOPIC_PREFIX`, `AMQ_RECV_ADDRESSES`, `AMQ_DEST_ADDRESS`, `AMQ_CERT_FILE`,
//! `AMQ_PRIVATE_KEY_FILE`, `AMQ_TRUSTED_CERT_FILE`.

use super::option::{Definition, Group, Kind, Secrecy};
use super::settings::Settings;

pub(super) const GROUP: Group = Group { title: "Message bus", options: OPTIONS };

const OPTIONS: &[Definition] = &[
    Definition::new(
        "MESSAGING",
        Kind::Choice(&["in_memory", "drop", "fedmsg", "fedora-messaging", "amq"]),
        "fedmsg",
        "Message bus. `in_memory` stays within the process, `drop` tells nobody. `fedmsg`, `fedora-messaging` and `amq` are known names, but not built in yet: the server runs with them, workers of the role `service` do not.",
    ),
    Definition::new(
        "MESSAGING_TOPIC_PREFIX",
        Kind::List,
        "[org.fedoraproject.prod]",
        "Beginnings of the topics of messages; the first is that of our own.",
    ),
    Definition::new("AMQ_RECV_ADDRESSES", Kind::List, "[]", "Addresses that `amq` receives messages at.")
        .secret(Secrecy::Hidden),
    Definition::new("AMQ_DEST_ADDRESS", Kind::Text, "", "Address that `amq` sends messages to.").secret(Secrecy::Url),
    Definition::new("AMQ_CERT_FILE", Kind::Path, "", "Certificate of this service for `amq`."),
    Definition::new("AMQ_PRIVATE_KEY_FILE", Kind::Path, "", "Private key of this service for `amq`."),
    Definition::new("AMQ_TRUSTED_CERT_FILE", Kind::Path, "", "Certificates that `amq` trusts."),
];

/// The message bus.
#[derive(Clone, Debug)]
pub struct Messaging {
    /// `MESSAGING`.
    pub bus: Bus,
    /// `MESSAGING_TOPIC_PREFIX`.
    pub topic_prefixes: Vec<String>,
}

/// A message bus by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bus {
    /// Within the process.
    InMemory,
    /// Nowhere.
    Drop,
    /// fedmsg (`ZeroMQ`).
    Fedmsg,
    /// Fedora Messaging (AMQP 0.9).
    FedoraMessaging,
    /// `ActiveMQ` (AMQP 1.0).
    Amq,
}

impl Bus {
    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::InMemory => "in_memory",
            Self::Drop => "drop",
            Self::Fedmsg => "fedmsg",
            Self::FedoraMessaging => "fedora-messaging",
            Self::Amq => "amq",
        }
    }

    fn named(name: &str) -> Self {
        let known = [Self::InMemory, Self::Drop, Self::FedoraMessaging, Self::Amq];
        known.into_iter().find(|bus| bus.name() == name).unwrap_or(Self::Fedmsg)
    }

    /// Whether this program can publish on it.
    pub fn is_built_in(self) -> bool {
        matches!(self, Self::InMemory | Self::Drop)
    }
}

impl Messaging {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { bus: Bus::named(&settings.text("MESSAGING")), topic_prefixes: settings.list("MESSAGING_TOPIC_PREFIX") }
    }
}
