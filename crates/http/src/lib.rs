//! Bytes in, bytes out: listeners, TLS, host and shape routing, limits, and the one way out; the
//! only crate that knows HTTP.
//!
//! ```text
//! listener ─ accept ─ TLS? ─ HTTP/1.1 ─ decode the head ─ Service ─ encode
//!                                                           └ Router: RPC gate | objects | local
//! ```
//!
//! [`Outward`] is the one way out: it reads documents of servers of others, within bounds.
//!
//! It speaks HTTP/1.1 alone, as the vendor's endpoints do, and sets its own limits: a header that
//! does not come in time, a connection that stays idle, a body that stops moving are all closed.

mod connection;
mod egress;
mod head_timer;
mod host;
mod intercept;
mod limits;
mod message;
mod router;
mod server;
mod tls;
mod wire;

pub use egress::{Network, NetworkError, Outward};
pub use host::{Named, named};
pub use intercept::Intercept;
pub use limits::Limits;
pub use router::Router;
pub use rustls::ServerConfig;
pub use server::{Server, Where};
pub use tls::{CertificateError, Certificates, Identity, TlsError, tls_config};
