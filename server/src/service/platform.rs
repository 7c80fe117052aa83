//! The base module of the host, so that a fresh embedded service can build something at once.

use std::fmt::Write as _;

use entities::clock::Clock;
use entities::module_build;
use sea_orm::DatabaseConnection;
use sea_orm::entity::prelude::*;

use super::{ServiceError, import};
use crate::config::{Config, System};

/// Virtual stream that stands for whatever the host is.
const HOST: &str = "host";

/// Imports `platform:<distribution><version>` with the virtual stream `host`, e.g. `platform:debian12`, unless it is there. Only
/// packages that are built on this host can be built for it.
pub async fn import_host(db: &DatabaseConnection, clock: &Clock, config: &Config) -> Result<(), ServiceError> {
    if config.builder.system != System::Rpmbuild {
        return Ok(());
    }
    let stream = stream(&std::fs::read_to_string("/etc/os-release").unwrap_or_default());
    let Some(name) = config.expansion.base_module_names.first() else {
        return Ok(());
    };
    let known = module_build::Entity::find()
        .filter(module_build::Column::Name.eq(name))
        .filter(module_build::Column::Stream.eq(&stream))
        .one(db)
        .await?;
    if known.is_none() {
        let imported = import::import(db, clock, config, "mbs", &document(name, &stream)).await?;
        tracing::info!(nsvc = %imported.build.nsvc(), "imported the base module of this host");
    }
    Ok(())
}

/// `ID` and `VERSION_ID` of os-release, e.g. `debian12`, `fedora41`, `rhel9.4`; without a version the name alone.
fn stream(os_release: &str) -> String {
    let value = |key: &str| {
        let line = os_release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.unwrap_or_default().trim_matches(['"', '\'']).to_owned()
    };
    let id = Some(value("ID")).filter(|id| !id.is_empty()).unwrap_or_else(|| "linux".to_owned());
    let stream = format!("{id}{}", value("VERSION_ID"));
    stream.replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "_")
}

fn document(name: &str, stream: &str) -> String {
    let mut text = String::new();
    let _infallible = write!(
        text,
        "---\ndocument: modulemd\nversion: 2\ndata:\n  name: {name}\n  stream: \"{stream}\"\n  version: 1\n  \
         context: \"00000000\"\n  summary: The operating system of this host\n  description: >-\n    \
         Stands for the packages that are installed on the host of the service.\n  license:\n    module:\n    - MIT\n  \
         xmd:\n    mbs:\n      buildrequires: {{}}\n      commit: virtual\n      requires: {{}}\n      mse: TRUE\n      \
         virtual_streams: [{HOST}]\n"
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_distributions() {
        assert_eq!(stream("NAME=\"Debian\"\nVERSION_ID=\"12\"\nID=debian\n"), "debian12");
        assert_eq!(stream("ID=\"rhel\"\nVERSION_ID=\"9.4\"\n"), "rhel9.4");
        assert_eq!(stream("ID=opensuse-leap\nVERSION_ID=15.5\n"), "opensuse_leap15.5");
        assert_eq!(stream(""), "linux");
    }
}
