//! Which certificates a directory may have.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

/// Authorities that cannot be trusted, since they cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Untrusted {
    /// Not a file of certificates.
    #[error("{}: {cause}", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// A file without certificates.
    #[error("{} holds no certificate", .0.display())]
    Empty(PathBuf),
    /// No TLS at all.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
}

/// Trusts the authorities in a PEM file; without one, those that the host trusts.
pub fn trusting(file: Option<&Path>) -> Result<Arc<ClientConfig>, Untrusted> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = file {
        read(file, &mut roots)?;
    } else {
        let known = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(known.certs);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

fn read(file: &Path, roots: &mut RootCertStore) -> Result<(), Untrusted> {
    let wrong = |cause: String| Untrusted::File { file: file.to_owned(), cause };
    let certificates = CertificateDer::pem_file_iter(file).map_err(|error| wrong(error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if roots.is_empty() { Err(Untrusted::Empty(file.to_owned())) } else { Ok(()) }
}
