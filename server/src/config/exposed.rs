//! Files with keys, and who can read them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::Config;

/// Permission of those who are neither the owner of a file nor in its group.
const OTHERS_READ: u32 = 0o004;

impl Config {
    /// Says in the log which files with keys everybody on this host can read. It is no error: in a container nobody else is there,
    /// and what mounts secrets into it often lets all read them.
    pub fn warn_of_exposed_keys(&self) {
        let tls = self.tls.as_ref().map(|files| files.key.as_path());
        let files = [
            ("KERBEROS_KEYTAB", self.kerberos.keytab.as_deref()),
            ("OIDC_CLIENT_SECRETS", self.auth.oidc.client_secrets.as_deref()),
            ("TLS_KEY_FILE", tls),
        ];
        for (option, file) in files {
            if let Some(file) = file.filter(|file| is_exposed(file)) {
                tracing::warn!(option, file = %file.display(), "everybody on this host can read a key; `chmod o= FILE` helps");
            }
        }
    }
}

/// What cannot be looked at is found missing by whoever reads it.
fn is_exposed(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & OTHERS_READ != 0)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use super::*;

    #[test]
    fn the_mode_decides() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        fs::write(&file, "").unwrap();
        for (mode, exposed) in [(0o600, false), (0o640, false), (0o644, true), (0o604, true)] {
            fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
            assert_eq!(is_exposed(&file), exposed, "{mode:o}");
        }
        assert!(!is_exposed(&folder.path().join("none")));
    }
}
