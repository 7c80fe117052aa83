//! The file that tokens are kept in: `mbs-build/logins.json` in the user's config folder, readable by the user alone. One entry a
//! service: what is for one is never sent to another.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::provider::{Provider, Tokens};
use crate::failure::Failure;

/// Who the user is to a service.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Login {
    /// Where the tokens are from.
    pub provider: Provider,
    /// The tokens.
    pub tokens: Tokens,
}

/// All log-ins, by address of the service.
type Logins = BTreeMap<String, Login>;

/// The file. While somebody holds [`Store::locked`], nobody else changes it.
#[derive(Clone, Debug)]
pub struct Store(PathBuf);

/// The file, for oneself.
pub struct Locked<'a> {
    store: &'a Store,
    _lock: File,
}

impl Store {
    /// In `XDG_CONFIG_HOME`, or `~/.config`. None without a home.
    pub fn of_user() -> Option<Self> {
        let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let config = absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")));
        Some(Self(config?.join("mbs-build/logins.json")))
    }

    /// The log-in at a service. A file that others can read is not used.
    pub fn login(&self, service: &str) -> Result<Option<Login>, Failure> {
        Ok(self.read()?.remove(service))
    }

    /// Waits until nobody else changes the file.
    pub fn locked(&self) -> Result<Locked<'_>, Failure> {
        let folder = self.0.parent().unwrap_or(Path::new("/"));
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| self.failure(&error))?;
        let lock = folder.join("logins.lock");
        let options = File::options().create(true).write(true).truncate(false).mode(0o600).open(lock);
        let lock = options.map_err(|error| self.failure(&error))?;
        flock(&lock, FlockOperation::LockExclusive).map_err(|error| self.failure(&error.into()))?;
        Ok(Locked { store: self, _lock: lock })
    }

    fn read(&self) -> Result<Logins, Failure> {
        let file = match File::open(&self.0) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Logins::new()),
            Err(error) => return Err(self.failure(&error)),
        };
        let mode = file.metadata().map_err(|error| self.failure(&error))?.permissions().mode();
        if mode & 0o077 != 0 {
            let file = self.0.display();
            return Err(Failure::Local(format!("{file} holds tokens and others can read it; run `chmod 600 {file}`")));
        }
        serde_json::from_reader(file)
            .map_err(|_| Failure::Local(format!("{} is damaged; remove it and log in again", self.0.display())))
    }

    /// A new file in place of the old one: a reader sees either.
    fn write(&self, logins: &Logins) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(logins).map_err(|error| Failure::Local(error.to_string()))?;
        let new = self.0.with_extension("new");
        let written = || {
            let mut file = File::options().create(true).write(true).truncate(true).mode(0o600).open(&new)?;
            file.set_permissions(Permissions::from_mode(0o600))?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, &self.0)
        };
        written().map_err(|error| self.failure(&error))
    }

    fn failure(&self, error: &std::io::Error) -> Failure {
        Failure::Local(format!("cannot use {}: {error}", self.0.display()))
    }
}

impl Locked<'_> {
    /// The log-in at a service, as it is now.
    pub fn login(&self, service: &str) -> Result<Option<Login>, Failure> {
        self.store.login(service)
    }

    /// Keeps a log-in.
    pub fn keep(&self, service: &str, login: Login) -> Result<(), Failure> {
        let mut logins = self.store.read()?;
        logins.insert(service.to_owned(), login);
        self.store.write(&logins)
    }

    /// Forgets a log-in; true if there was one.
    pub fn forget(&self, service: &str) -> Result<bool, Failure> {
        let mut logins = self.store.read()?;
        let known = logins.remove(service).is_some();
        if known {
            self.store.write(&logins)?;
        }
        Ok(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(token: &str) -> Login {
        let provider = serde_json::json!({ "issuer": "i", "client_id": "c", "scopes": [] });
        Login {
            provider: serde_json::from_value(provider).unwrap(),
            tokens: Tokens { access_token: token.to_owned(), refresh_token: None },
        }
    }

    #[test]
    fn every_service_has_its_own_and_nobody_else_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store(folder.path().join("a/b/logins.json"));
        assert!(store.login("http://a").unwrap().is_none());
        store.locked().unwrap().keep("http://a", login("one")).unwrap();
        store.locked().unwrap().keep("http://b", login("two")).unwrap();
        assert_eq!(store.login("http://a").unwrap().unwrap().tokens.access_token, "one");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&store.0), mode(store.0.parent().unwrap())), (0o600, 0o700));
        assert!(store.locked().unwrap().forget("http://a").unwrap());
        assert!(!store.locked().unwrap().forget("http://a").unwrap());
        assert!(store.login("http://a").unwrap().is_none() && store.login("http://b").unwrap().is_some());
        fs::set_permissions(&store.0, Permissions::from_mode(0o640)).unwrap();
        let refused = store.login("http://b").unwrap_err().to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
    }
}
