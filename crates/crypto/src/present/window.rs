//! When a proof holds.

use jiff::SignedDuration;
use rolecall_types::Timestamp;

/// How far the time of signing may be from ours, in seconds and either direction.
/// Source: 15 minutes, on the pages of RPC, ACS3 and OSS signatures.
pub const SKEW_SECONDS: i64 = 15 * 60;

/// The longest life of an OSS V4 signed URL, in seconds: seven days. Source: its page.
pub const MAX_PRESIGNED_SECONDS: i64 = 7 * 24 * 60 * 60;

/// When a proof holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Within [`SKEW_SECONDS`] of this instant, bounds included.
    Near(Timestamp),
    /// Until and at this instant: OSS V1 signed URLs.
    Until(Timestamp),
    /// From [`SKEW_SECONDS`] before the signing until and at the expiry: OSS V4 signed URLs.
    Between {
        /// When the URL was signed.
        signed_at: Timestamp,
        /// When it expires.
        expires_at: Timestamp,
    },
}

/// Why a proof does not hold now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// The time of signing is too far from ours.
    #[error("the time of signing is too far from the present")]
    Skewed,
    /// The signed URL is from the future.
    #[error("the signed URL does not hold yet")]
    Early,
    /// The signed URL is over.
    #[error("the signed URL has expired")]
    Expired,
}

impl Window {
    /// Whether the proof holds at `now`.
    pub fn check(&self, now: Timestamp) -> Result<(), WindowError> {
        let ahead = |at: Timestamp| at.duration_since(now);
        let skew = SignedDuration::from_secs(SKEW_SECONDS);
        match *self {
            Self::Near(at) if ahead(at).abs() > skew => Err(WindowError::Skewed),
            Self::Between { signed_at, .. } if ahead(signed_at) > skew => Err(WindowError::Early),
            Self::Until(end) | Self::Between { expires_at: end, .. } if now > end => {
                Err(WindowError::Expired)
            }
            Self::Near(_) | Self::Until(_) | Self::Between { .. } => Ok(()),
        }
    }

    /// When the request was signed; an OSS V1 URL does not tell.
    pub fn signed_at(&self) -> Option<Timestamp> {
        match *self {
            Self::Near(at) | Self::Between { signed_at: at, .. } => Some(at),
            Self::Until(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn bounds_to_the_second() {
        let check = |window: Window, now: i64, expected: Result<(), WindowError>| {
            assert_eq!(window.check(at(now)), expected, "{window:?} at {now}");
        };
        let near = Window::Near(at(10_000));
        check(near, 10_900, Ok(()));
        check(near, 10_901, Err(WindowError::Skewed));
        check(near, 9_100, Ok(()));
        check(near, 9_099, Err(WindowError::Skewed));
        let until = Window::Until(at(10_000));
        check(until, 0, Ok(()));
        check(until, 10_000, Ok(()));
        check(until, 10_001, Err(WindowError::Expired));
        let between = Window::Between { signed_at: at(10_000), expires_at: at(10_060) };
        check(between, 9_099, Err(WindowError::Early));
        check(between, 9_100, Ok(()));
        check(between, 10_060, Ok(()));
        check(between, 10_061, Err(WindowError::Expired));
        check(Window::Until(Timestamp::MAX), 4_000_000_000, Ok(()));
        check(Window::Near(Timestamp::MIN), 0, Err(WindowError::Skewed));
    }
}
