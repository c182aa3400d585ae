//! Certificates for the API's names, from the local authority.

use std::sync::Arc;

use rolecall_fabric::ca::LocalCa;
use rolecall_http::{CertificateError, Certificates, Identity, TlsError, tls_config};
use rolecall_types::Clock;

/// A TLS configuration, shared by listeners.
pub(crate) type TlsConfig = Arc<rolecall_http::ServerConfig>;

/// The name of the certificate for clients that name no host.
const DEFAULT_HOST: &str = "localhost";

/// TLS by the local authority. Certificates are dated by the machine's own clock, which is the one
/// that clients check them by.
pub(crate) fn configure(
    authority: Arc<LocalCa>,
    clock: Arc<dyn Clock>,
) -> Result<TlsConfig, TlsError> {
    tls_config(Arc::new(Local { authority, clock }), DEFAULT_HOST)
}

struct Local {
    authority: Arc<LocalCa>,
    clock: Arc<dyn Clock>,
}

impl Certificates for Local {
    fn identity(&self, host: &str) -> Result<Arc<Identity>, CertificateError> {
        let leaf = self
            .authority
            .leaf(host, self.clock.unmoved())
            .map_err(|error| CertificateError { host: host.to_owned(), source: error.into() })?;
        Ok(Arc::new(Identity { chain: leaf.chain_der.clone(), key: leaf.key_der.clone() }))
    }
}
