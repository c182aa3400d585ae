//! Bytes in, bytes out: listeners, TLS, host and shape routing, limits; the only crate that knows HTTP servers.
