//! TLS of the service's own port: a certificate and its key, taken anew when their files change.
//!
//! New connections get the new certificate; those that are open go on with the one they began with. Files that do not fit together,
//! as in the moment between two writes, change nothing: they are tried again when they have changed further.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{}: {cause}", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The files cannot be used together.
    #[error("certificate and key: {0}")]
    Pair(#[from] rustls::Error),
}

/// The files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The certificate and those between it and its authority, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
}

/// Speaks TLS with clients.
#[derive(Clone, Debug)]
pub struct Tls(watch::Receiver<Arc<ServerConfig>>);

/// What the files held.
type Content = (Vec<u8>, Vec<u8>);

impl Tls {
    /// Reads the files, and looks at them again every other second.
    pub fn open(files: Files) -> Result<Self, TlsError> {
        let content = read(&files)?;
        let (sender, receiver) = watch::channel(configure(&files, &content)?);
        tokio::spawn(follow(files, content, sender));
        Ok(Self(receiver))
    }

    /// For one connection.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0.borrow()))
    }
}

async fn follow(files: Files, mut seen: Content, current: watch::Sender<Arc<ServerConfig>>) {
    while !current.is_closed() {
        tokio::time::sleep(LOOK).await;
        let from = files.clone();
        let Ok(Ok(content)) = tokio::task::spawn_blocking(move || read(&from)).await else { continue };
        if content == seen {
            continue;
        }
        match configure(&files, &content) {
            Ok(config) => {
                tracing::info!(certificate = %files.certificate.display(), "took a new certificate");
                current.send_replace(config);
            }
            Err(error) => tracing::error!(%error, "cannot use the new certificate; the old one stays"),
        }
        seen = content;
    }
}

fn read(files: &Files) -> Result<Content, TlsError> {
    let read = |file: &Path| {
        std::fs::read(file).map_err(|error| TlsError::File { file: file.to_owned(), cause: error.to_string() })
    };
    Ok((read(&files.certificate)?, read(&files.key)?))
}

fn configure(files: &Files, (certificate, key): &Content) -> Result<Arc<ServerConfig>, TlsError> {
    let wrong =
        |file: &Path, cause: &dyn std::fmt::Display| TlsError::File { file: file.to_owned(), cause: cause.to_string() };
    let chain = CertificateDer::pem_slice_iter(certificate).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| wrong(&files.certificate, &error))?;
    if chain.is_empty() {
        return Err(wrong(&files.certificate, &"it holds no certificate"));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| wrong(&files.key, &error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
