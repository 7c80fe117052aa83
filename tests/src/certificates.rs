//! Certificates for servers on this machine, by an authority of the test's own; made by openssl.

use std::path::{Path, PathBuf};
use std::process::Command;

/// An authority in a folder.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
}

/// The files of a server's certificate.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The certificate, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
}

impl Authority {
    /// Makes one; its files go into `folder`.
    pub fn make(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let authority = Self { folder: folder.to_owned() };
        let arguments =
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"];
        let subject = ["-subj", "/CN=Authority of a test", "-keyout", "ca.key", "-out", "ca.pem"];
        authority.openssl(&[&arguments[..], &subject].concat());
        authority
    }

    /// What clients trust it by, PEM.
    pub fn file(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// A certificate for `localhost` and `127.0.0.1`; `name` is that of its files.
    pub fn issue(&self, name: &str) -> Certificate {
        self.issue_for(name, "DNS:localhost,IP:127.0.0.1")
    }

    /// A certificate for other names, as openssl writes them.
    pub fn issue_for(&self, name: &str, names: &str) -> Certificate {
        let [request, key, file, extensions] = ["csr", "key", "pem", "ext"].map(|end| format!("{name}.{end}"));
        let new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost"];
        self.openssl(&[&new[..], &["-keyout", &key, "-out", &request]].concat());
        std::fs::write(self.folder.join(&extensions), format!("subjectAltName={names}\n")).unwrap();
        let sign = ["x509", "-req", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30"];
        self.openssl(&[&sign[..], &["-in", &request, "-out", &file, "-extfile", &extensions]].concat());
        Certificate { certificate: self.folder.join(file), key: self.folder.join(key) }
    }

    fn openssl(&self, arguments: &[&str]) {
        let output = Command::new("openssl").args(arguments).current_dir(&self.folder).output().unwrap();
        assert!(output.status.success(), "openssl: {}", String::from_utf8_lossy(&output.stderr));
    }
}
