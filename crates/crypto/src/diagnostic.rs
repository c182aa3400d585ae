//! Diagnostic messages: why a call was denied, sealed, for those who may ask what it says.
//!
//! ```text
//! EncodedDiagnosticMessage = base64url( 01 01 | key version | nonce | sealed words | tag )
//! ```
//!
//! The words name policies and conditions, which the one who was denied may not be allowed to
//! read: only `ram:DecodeDiagnosticMessage` opens them, and only for the account that they are
//! sealed for.

use aws_lc_rs::aead::NONCE_LEN;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rolecall_types::{AccountId, Random};

use crate::keyring::KeyRing;
use crate::record::{open_in_place, seal_in_place};

/// The longest text that is looked at as a message, in bytes; limit ours. What the gate seals is
/// far shorter.
pub const MAX_DIAGNOSTIC_LENGTH: usize = 8 * 1024;

/// What every message begins with, as the vendor's do: `AQE` in Base64. The second is the format.
const PREFIX: [u8; 2] = [1, 1];

/// What stands before the nonce: prefix, key version.
const HEADER_LENGTH: usize = PREFIX.len() + size_of::<u32>();

/// What the seal is bound to, beside the header and the account.
const PURPOSE: &[u8] = b"rolecall diagnostic message\0";

/// A text is no diagnostic message: not one of ours, altered, of another account, or sealed with a
/// key that is gone. Which of them is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a diagnostic message of this account")]
pub struct DiagnosticError;

impl KeyRing {
    /// Seals what there is to say of a denial for an account.
    pub fn seal_diagnostic(
        &self,
        random: &dyn Random,
        account: &AccountId,
        plain: &[u8],
    ) -> String {
        let keys = self.newest();
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let header = header(keys.version);
        let mut sealed = plain.to_vec();
        seal_in_place(&keys.diagnostic, nonce, &associated_data(header, account), &mut sealed);
        URL_SAFE_NO_PAD.encode([&header[..], &nonce, &sealed].concat())
    }

    /// Opens a message for an account.
    pub fn open_diagnostic(
        &self,
        account: &AccountId,
        message: &str,
    ) -> Result<Vec<u8>, DiagnosticError> {
        if message.len() > MAX_DIAGNOSTIC_LENGTH {
            return Err(DiagnosticError);
        }
        let bytes = URL_SAFE_NO_PAD.decode(message).map_err(|_| DiagnosticError)?;
        let (&read, rest) = bytes.split_first_chunk::<HEADER_LENGTH>().ok_or(DiagnosticError)?;
        let (&nonce, sealed) = rest.split_first_chunk().ok_or(DiagnosticError)?;
        let (_, &version) = read.split_last_chunk().ok_or(DiagnosticError)?;
        let version = u32::from_be_bytes(version);
        if read != header(version) {
            return Err(DiagnosticError);
        }
        let keys = self.version(version).ok_or(DiagnosticError)?;
        let mut plain = sealed.to_vec();
        open_in_place(&keys.diagnostic, nonce, &associated_data(read, account), &mut plain)
            .ok_or(DiagnosticError)?;
        Ok(plain)
    }
}

fn header(version: u32) -> [u8; HEADER_LENGTH] {
    let [first, second] = PREFIX;
    let [a, b, c, d] = version.to_be_bytes();
    [first, second, a, b, c, d]
}

fn associated_data(header: [u8; HEADER_LENGTH], account: &AccountId) -> Vec<u8> {
    [PURPOSE, &header, account.as_str().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use rolecall_types::SeededRandom;

    use super::*;

    fn ring(seed: u64) -> KeyRing {
        KeyRing::generate(&SeededRandom::new(seed))
    }

    fn account(text: &str) -> AccountId {
        AccountId::parse(text).unwrap()
    }

    #[test]
    fn a_message_opens_for_its_account_alone() {
        let (ring, own) = (ring(1), account("1234567890123456"));
        let message = ring.seal_diagnostic(&SeededRandom::new(2), &own, b"ecs:StopInstance");
        assert!(message.starts_with("AQEAAAAB"), "{message}");
        assert_eq!(ring.open_diagnostic(&own, &message).unwrap(), b"ecs:StopInstance");
        let other = account("6543210987654321");
        assert_eq!(ring.open_diagnostic(&other, &message), Err(DiagnosticError));
        let foreign = tests::ring(3);
        assert_eq!(foreign.open_diagnostic(&own, &message), Err(DiagnosticError));
    }

    #[test]
    fn no_changed_message_opens() {
        let (ring, own) = (ring(1), account("1234567890123456"));
        let message = ring.seal_diagnostic(&SeededRandom::new(2), &own, b"plain");
        for index in 0..message.len() {
            for letter in ["A", "_", "=", "!", "\0"] {
                let mut changed = message.clone();
                changed.replace_range(index..=index, letter);
                let refused = ring.open_diagnostic(&own, &changed).is_err();
                assert!(refused || changed == message, "{index} {letter}");
            }
            let cut: String = message.chars().take(index).collect();
            assert!(ring.open_diagnostic(&own, &cut).is_err(), "cut at {index}");
        }
        let longer = format!("{message}{}", "A".repeat(MAX_DIAGNOSTIC_LENGTH));
        for other in ["", "a", "中", "CAIS", longer.as_str()] {
            assert_eq!(ring.open_diagnostic(&own, other), Err(DiagnosticError));
        }
    }

    #[test]
    fn no_other_seal_of_the_ring_opens_as_a_message() {
        let (ring, own) = (ring(1), account("1234567890123456"));
        let random = SeededRandom::new(2);
        let (header, nonce) = (header(1), [7; NONCE_LEN]);
        for key in [&ring.newest().record, &ring.newest().session] {
            let mut sealed = b"plain".to_vec();
            seal_in_place(key, nonce, &associated_data(header, &own), &mut sealed);
            let message = URL_SAFE_NO_PAD.encode([&header[..], &nonce, &sealed].concat());
            assert_eq!(ring.open_diagnostic(&own, &message), Err(DiagnosticError));
        }
        assert!(ring.seal_diagnostic(&random, &own, b"").len() > 40);
    }
}
