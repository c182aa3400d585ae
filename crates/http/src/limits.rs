//! What a peer may take of us.

use std::time::Duration;

/// What a peer may take of us, in time and number. A head may have 100 headers: the HTTP library's
/// own limit, under which it needs no memory for them.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest that a connection may be silent between two requests, or before the first one.
    pub idle: Duration,
    /// The longest that a request's head may take from its first byte.
    pub head: Duration,
    /// The longest silence within a body. What is slower than [`MIN_BODY_RATE`] uses it up, too.
    pub body_silence: Duration,
    /// The longest that a peer may take nothing of an answer.
    pub answer_silence: Duration,
    /// The longest that a TLS handshake may take.
    pub handshake: Duration,
    /// The most connections of a listener at one time. Who comes then waits.
    pub connections: usize,
    /// The most of them from one address. One more is closed at once.
    pub connections_per_peer: usize,
    /// The most bytes of a request's head.
    pub head_bytes: usize,
}

/// The bytes of a body that buy one more second of patience with it, up to
/// [`Limits::body_silence`]. Source: the default `MinRate` of Apache's `mod_reqtimeout`.
pub const MIN_BODY_RATE: u32 = 500;

/// How many connections a listener may have for each one that a single peer may have.
const PEERS_TO_FILL_A_LISTENER: usize = 5;

impl Default for Limits {
    /// Source: row V38 of the security notes for the times; the numbers are ours.
    fn default() -> Self {
        Self {
            idle: Duration::from_mins(1),
            head: Duration::from_secs(10),
            body_silence: Duration::from_mins(1),
            answer_silence: Duration::from_mins(1),
            handshake: Duration::from_secs(10),
            connections: 10_000,
            connections_per_peer: 10_000 / PEERS_TO_FILL_A_LISTENER,
            head_bytes: 64 * 1024,
        }
    }
}

impl Limits {
    /// The limits of a listener inside an instance, where all connections are the instance's own:
    /// what its programs open is no more than a part of what the server has.
    #[must_use]
    pub fn inside() -> Self {
        Self { connections: 1_000, connections_per_peer: 1_000, ..Self::default() }
    }

    /// The same, for a process that may have so many descriptors: half of them are for files.
    #[must_use]
    pub fn within(self, descriptors: u64) -> Self {
        let half = usize::try_from(descriptors / 2).unwrap_or(usize::MAX);
        let connections = self.connections.min(half).max(1);
        let share = (connections / PEERS_TO_FILL_A_LISTENER).max(1);
        let connections_per_peer = self.connections_per_peer.min(share);
        Self { connections, connections_per_peer, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_half_of_the_descriptors_and_four_fifths_to_others() {
        let counts = |descriptors| {
            let limits = Limits::default().within(descriptors);
            (limits.connections, limits.connections_per_peer)
        };
        assert_eq!(counts(1_048_576), (10_000, 2_000));
        assert_eq!(counts(20_000), (10_000, 2_000));
        assert_eq!(counts(1_024), (512, 102));
        assert_eq!(counts(0), (1, 1));
    }
}
