//! What a peer may take of us.

use std::time::Duration;

/// What a peer may take of us, in time and number. A head may have 100 headers: the HTTP library's
/// own limit, under which it needs no memory for them.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest that a request's head may take, and so the longest idle time of a connection.
    pub head: Duration,
    /// The longest silence within a body.
    pub body_silence: Duration,
    /// The longest that a TLS handshake may take.
    pub handshake: Duration,
    /// The most connections of a listener at one time.
    pub connections: usize,
    /// The most bytes of a request's head.
    pub head_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_mins(1),
            body_silence: Duration::from_mins(1),
            handshake: Duration::from_secs(10),
            connections: 10_000,
            head_bytes: 64 * 1024,
        }
    }
}
