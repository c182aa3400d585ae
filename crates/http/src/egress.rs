//! The one way out: documents of servers of others, such as the keys of an issuer, and messages to
//! them, such as callbacks.
//!
//! Whoever manages identity providers or uploads objects chooses what is asked here, so it must
//! lead nowhere that he could not go himself. A name is resolved once, each address is looked at,
//! and the connection goes to an address that was looked at. There are no redirects, no proxies and
//! no retries; time and length have bounds.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Body as _;
use hyper::{Request, StatusCode, Uri, header};
use hyper_util::rt::TokioIo;
use rolecall_gate::{Egress, EgressError};
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

mod fingerprint;
mod message;
mod network;

pub use network::{Network, NetworkError};

/// The longest document that is read, in bytes; limit ours. Key sets have some kilobytes.
const MAX_DOCUMENT: usize = 256 * 1024;

/// The longest that an exchange may take, from the name to the last byte. It is a limit of ours for
/// documents; for callbacks it is the vendor's (source: the page "Callback" of OSS).
const PATIENCE: Duration = Duration::from_secs(5);

/// The most addresses of a name that are tried; limit ours.
const MAX_ADDRESSES: usize = 4;

type AnyError = Box<dyn Error + Send + Sync>;

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
        let failed = |source: AnyError| EgressError::Failed { url: url.to_owned(), source };
        let unvouched = || EgressError::Fingerprint { url: url.to_owned() };
        if !place.tls && !fingerprints.is_empty() {
            return Err(unvouched());
        }
        let near = |ip: IpAddr| place.tls || ip.is_loopback();
        let addresses = self.resolve(&place, near).await.map_err(|error| match error {
            ResolveError::Forbidden => {
                refused(url, "its name leads to no address that may be asked")
            }
            ResolveError::Failed(source) => failed(source.into()),
        })?;
        let request = place.question().map_err(|error| failed(error.into()))?;
        let stream = connect(&addresses).await.map_err(|error| failed(error.into()))?;
        if !place.tls {
            return exchange(stream, request, DOCUMENT).await.and_then(document).map_err(failed);
        }
        let stream = self.secure(stream, &place, true).await.map_err(failed)?;
        if !fingerprints.is_empty() {
            let shown = stream.get_ref().1.peer_certificates().unwrap_or_default();
            let name = place.server_name().map_err(failed)?;
            if !fingerprint::vouched(shown, &self.authorities, fingerprints, &name) {
                return Err(unvouched());
            }
        }
        exchange(stream, request, DOCUMENT).await.and_then(document).map_err(failed)
    }

    /// TLS on a connection to a place, whose server must show its certificate.
    async fn secure(
        &self,
        stream: TcpStream,
        place: &Place,
        names_server: bool,
    ) -> Result<TlsStream<TcpStream>, AnyError> {
        let mut config = self.tls.clone()?;
        if !names_server {
            Arc::make_mut(&mut config).enable_sni = false;
        }
        Ok(TlsConnector::from(config).connect(place.server_name()?, stream).await?)
    }

    /// The addresses of a place that may be asked, of those that `fits` agrees to.
    async fn resolve(
        &self,
        place: &Place,
        fits: impl Fn(IpAddr) -> bool,
    ) -> Result<Vec<SocketAddr>, ResolveError> {
        let found = tokio::net::lookup_host((place.host.as_str(), place.port)).await;
        let found: Vec<_> = found.map_err(ResolveError::Failed)?.collect();
        let may = |address: &SocketAddr| {
            let ip = network::plain(address.ip());
            fits(ip) && network::may_be_asked(ip, &self.allowed)
        };
        let addresses: Vec<_> = found.iter().copied().filter(may).take(MAX_ADDRESSES).collect();
        if addresses.is_empty() { Err(ResolveError::Forbidden) } else { Ok(addresses) }
    }
}

enum ResolveError {
    Forbidden,
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
        let target = uri.path_and_query().map_or("/", |it| it.as_str());
        Ok(Self {
            tls,
            host: host.to_owned(),
            port,
            authority: authority.to_string(),
            target: if target.starts_with('?') { format!("/{target}") } else { target.to_owned() },
        })
    }

    /// As its certificate must name it.
    fn server_name(&self) -> Result<ServerName<'static>, AnyError> {
        Ok(ServerName::try_from(self.host.clone())?)
    }

    /// The request for its document.
    fn question(&self) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        Request::get(&self.target)
            .header(header::HOST, &self.authority)
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, "rolecall")
            .header(header::CONNECTION, "close")
            .body(Full::default())
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

/// How an answer is read.
#[derive(Clone, Copy)]
struct Bounds {
    /// The longest body, in bytes.
    longest: u64,
    /// Whether it must say how long it is.
    tells_length: bool,
}

const DOCUMENT: Bounds = Bounds { longest: MAX_DOCUMENT as u64, tells_length: false };

/// What a server answered.
enum Answered {
    /// Another status than 200; the body was not read.
    Status(StatusCode),
    /// The body is longer than it may be, or does not say how long it is.
    Length,
    /// The body of status 200.
    Body(Bytes),
}

/// The document that was asked for.
fn document(answered: Answered) -> Result<Vec<u8>, AnyError> {
    match answered {
        Answered::Body(body) => Ok(body.to_vec()),
        Answered::Status(status) => Err(format!("its status is {status}").into()),
        Answered::Length => Err("it is too long".into()),
    }
}

/// Sends a request, and reads the answer.
async fn exchange<S>(
    stream: S,
    request: Request<Full<Bytes>>,
    bounds: Bounds,
) -> Result<Answered, AnyError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let read = async move {
        let response = sender.send_request(request).await?;
        if response.status() != StatusCode::OK {
            return Ok(Answered::Status(response.status()));
        }
        let told = response.body().size_hint().exact();
        if told.map_or(bounds.tells_length, |length| length > bounds.longest) {
            return Ok(Answered::Length);
        }
        let most = usize::try_from(bounds.longest).unwrap_or(usize::MAX);
        let body = Limited::new(response.into_body(), most).collect().await?;
        Ok(Answered::Body(body.to_bytes()))
    };
    tokio::pin!(read);
    tokio::select! {
        answered = &mut read => answered,
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
