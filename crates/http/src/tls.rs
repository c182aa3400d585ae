//! TLS with a certificate for whatever name the client asks for.

use std::fmt;
use std::sync::Arc;

use rolecall_types::Secret;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// A certificate with its chain and its key.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The leaf first, each in DER.
    pub chain: Vec<Vec<u8>>,
    /// The key of the leaf, PKCS #8 in DER.
    pub key: Secret<Vec<u8>>,
}

/// No certificate can be made for a name.
#[derive(Debug, thiserror::Error)]
#[error("no certificate for `{host}`")]
pub struct CertificateError {
    /// The name.
    pub host: String,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// Who has certificates for host names: the local authority.
pub trait Certificates: Send + Sync + 'static {
    /// The certificate for a host name. It is asked at every handshake, so it should remember.
    fn identity(&self, host: &str) -> Result<Arc<Identity>, CertificateError>;
}

/// TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up TLS")]
pub struct TlsError(#[from] rustls::Error);

/// A TLS configuration that takes certificates from `certificates`, and the one of `default_host`
/// where a client names no host. It speaks TLS 1.2 and 1.3, and offers HTTP/1.1.
pub fn tls_config(
    certificates: Arc<dyn Certificates>,
    default_host: &str,
) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let resolver = Resolver { certificates, default_host: default_host.to_owned() };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

struct Resolver {
    certificates: Arc<dyn Certificates>,
    default_host: String,
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").field("default_host", &self.default_host).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let host = hello.server_name().unwrap_or(&self.default_host);
        let identity = match self.certificates.identity(host) {
            Ok(identity) => identity,
            Err(error) => {
                tracing::warn!(%error, "handshake refused");
                return None;
            }
        };
        let chain = identity.chain.iter().cloned().map(CertificateDer::from).collect();
        let key = PrivatePkcs8KeyDer::from(identity.key.expose().clone());
        let key = aws_lc_rs::sign::any_supported_type(&PrivateKeyDer::from(key)).ok()?;
        Some(Arc::new(CertifiedKey::new(chain, key)))
    }
}
