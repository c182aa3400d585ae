//! The one way out: documents of servers of others, such as the keys of an issuer.
//!
//! Whoever manages identity providers chooses what is asked here, so it must lead nowhere that he
//! could not go himself. A name is resolved once, each address is looked at, and the connection
//! goes to an address that was looked at. There are no redirects, no proxies and no retries; time
//! and length have bounds.

use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Request, StatusCode, Uri, header};
use hyper_util::rt::TokioIo;
use rolecall_gate::{Egress, EgressError};
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

mod fingerprint;
mod network;

pub use network::{Network, NetworkError};

/// The longest document that is read, in bytes; limit ours. Key sets have some kilobytes.
const MAX_DOCUMENT: usize = 256 * 1024;

/// The longest that a document may take, from the name to the last byte; limit ours.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most addresses of a name that are tried; limit ours.
const MAX_ADDRESSES: usize = 4;

/// Asks servers of others, within bounds.
pub struct Outward {
    allowed: Vec<Network>,
    tls: Result<Arc<ClientConfig>, String>,
    /// The certificates of the authorities that are trusted.
    authorities: Vec<CertificateDer<'static>>,
}

impl Outward {
    /// A way out to public addresses, and to those of `allowed`. It trusts the certificate
    /// authorities of the machine.
    pub fn new(allowed: Vec<Network>) -> Self {
        Self::trusting(allowed, rustls_native_certs::load_native_certs().certs)
    }

    /// The same, trusting these authorities.
    fn trusting(allowed: Vec<Network>, authorities: Vec<CertificateDer<'static>>) -> Self {
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(authorities.iter().cloned());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())
            .map(|builder| builder.with_root_certificates(roots))
            .map(|builder| {
                let mut config = builder.with_no_client_auth();
                config.alpn_protocols = vec![b"http/1.1".to_vec()];
                Arc::new(config)
            });
        Self { allowed, tls, authorities }
    }

    async fn ask(&self, url: &str, fingerprints: &[String]) -> Result<Vec<u8>, EgressError> {
        let place = Place::read(url).map_err(|reason| refused(url, reason))?;
        let failed = |source: Box<dyn Error + Send + Sync>| EgressError::Failed {
            url: url.to_owned(),
            source,
        };
        let unvouched = || EgressError::Fingerprint { url: url.to_owned() };
        if !place.tls && !fingerprints.is_empty() {
            return Err(unvouched());
        }
        let addresses = self.resolve(&place).await.map_err(|error| match error {
            ResolveError::Forbidden(reason) => refused(url, reason),
            ResolveError::Failed(source) => failed(source.into()),
        })?;
        let stream = connect(&addresses).await.map_err(|error| failed(error.into()))?;
        if !place.tls {
            return exchange(stream, &place).await.map_err(failed);
        }
        let config = self.tls.clone().map_err(|error| failed(error.into()))?;
        let name =
            ServerName::try_from(place.host.clone()).map_err(|error| failed(error.into()))?;
        let connector = TlsConnector::from(config);
        let stream =
            connector.connect(name.clone(), stream).await.map_err(|error| failed(error.into()))?;
        if !fingerprints.is_empty() {
            let shown = stream.get_ref().1.peer_certificates().unwrap_or_default();
            if !fingerprint::vouched(shown, &self.authorities, fingerprints, &name) {
                return Err(unvouched());
            }
        }
        exchange(stream, &place).await.map_err(failed)
    }

    /// The addresses of a place that may be asked.
    async fn resolve(&self, place: &Place) -> Result<Vec<SocketAddr>, ResolveError> {
        let found = tokio::net::lookup_host((place.host.as_str(), place.port)).await;
        let found: Vec<_> = found.map_err(ResolveError::Failed)?.collect();
        let may = |address: &SocketAddr| {
            let ip = network::plain(address.ip());
            // What is not encrypted does not leave the machine.
            let near = place.tls || ip.is_loopback();
            near && network::may_be_asked(ip, &self.allowed)
        };
        let addresses: Vec<_> = found.iter().copied().filter(may).take(MAX_ADDRESSES).collect();
        if addresses.is_empty() {
            let reason = "its name leads to no address that may be asked";
            return Err(ResolveError::Forbidden(reason));
        }
        Ok(addresses)
    }
}

enum ResolveError {
    Forbidden(&'static str),
    Failed(std::io::Error),
}

impl Egress for Outward {
    fn fetch<'a>(
        &'a self,
        url: &'a str,
        fingerprints: &'a [String],
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, EgressError>> + Send + 'a>> {
        Box::pin(async move {
            let asked = tokio::time::timeout(PATIENCE, self.ask(url, fingerprints)).await;
            asked.unwrap_or_else(|late| {
                Err(EgressError::Failed { url: url.to_owned(), source: late.into() })
            })
        })
    }
}

impl fmt::Debug for Outward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outward")
            .field("allowed", &self.allowed)
            .field("authorities", &self.authorities.len())
            .finish_non_exhaustive()
    }
}

/// Where a document is.
struct Place {
    tls: bool,
    /// Without brackets.
    host: String,
    port: u16,
    /// As the `Host` header has it.
    authority: String,
    target: String,
}

impl Place {
    fn read(url: &str) -> Result<Self, &'static str> {
        if url.contains('#') {
            return Err("it has a fragment");
        }
        let uri: Uri = url.parse().map_err(|_| "it is no URL")?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("its scheme is neither https nor http"),
        };
        let authority = uri.authority().ok_or("it names no host")?;
        if authority.as_str().contains('@') {
            return Err("it has a user");
        }
        let host = authority.host();
        let host = host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() {
            return Err("it names no host");
        }
        let port = match authority.port() {
            Some(port) => port.as_u16(),
            None if authority.as_str() != authority.host() => return Err("its port is none"),
            None if tls => 443,
            None => 80,
        };
        Ok(Self {
            tls,
            host: host.to_owned(),
            port,
            authority: authority.to_string(),
            target: uri.path_and_query().map_or("/", |it| it.as_str()).to_owned(),
        })
    }
}

/// A connection to the first address that takes one.
async fn connect(addresses: &[SocketAddr]) -> std::io::Result<TcpStream> {
    let mut last = std::io::ErrorKind::AddrNotAvailable.into();
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Asks for the document, and reads it.
async fn exchange<S>(stream: S, place: &Place) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::get(&place.target)
        .header(header::HOST, &place.authority)
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, "rolecall")
        .header(header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())?;
    let read = async move {
        let response = sender.send_request(request).await?;
        if response.status() != StatusCode::OK {
            return Err(format!("its status is {}", response.status()).into());
        }
        let body = Limited::new(response.into_body(), MAX_DOCUMENT).collect().await?;
        Ok(body.to_bytes().to_vec())
    };
    tokio::pin!(read);
    tokio::select! {
        document = &mut read => document,
        ended = connection => {
            ended?;
            // The server has closed; what it sent before is still to be read.
            read.await
        }
    }
}

fn refused(url: &str, reason: &str) -> EgressError {
    EgressError::Refused { url: url.to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests;
