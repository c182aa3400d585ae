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
//! It speaks HTTP/1.1 alone, as the vendor's endpoints do, and sets its own limits: a head that
//! does not come in time, a connection that stays idle, a body that stops moving or creeps, and an
//! answer that nobody takes are all closed. No address has more than its share of connections.

mod connection;
mod egress;
mod head_timer;
mod host;
mod intercept;
mod limits;
mod message;
mod peers;
mod router;
mod server;
mod tls;
mod wire;

pub use egress::{Network, NetworkError, Outward};
pub use host::{Named, named};
pub use intercept::Intercept;
pub use limits::{Limits, MIN_BODY_RATE};
pub use router::Router;
pub use rustls::ServerConfig;
pub use server::{Server, Where};
pub use tls::{CertificateError, Certificates, Identity, TlsError, tls_config};
