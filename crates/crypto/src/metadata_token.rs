//! Tokens of the metadata service's hardened mode: signed, never stored.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rolecall_types::{InstanceId, Timestamp};

use crate::hash::ct_eq;
use crate::keyring::KeyRing;
use crate::session::TokenError;

/// What a token holds: key version, expiry, tag.
const LENGTH: usize = size_of::<u32>() + size_of::<i64>() + TAG_LENGTH;

/// The length of an HMAC-SHA256, in bytes.
const TAG_LENGTH: usize = 32;

/// The length of a token's text, which is checked before it is decoded.
const TEXT_LENGTH: usize = (LENGTH * 4).div_ceil(3);

/// Makes and checks the tokens that an instance gets from `PUT /latest/api/token`. A token is good
/// for one instance until its expiry, on any path, and needs no memory here.
#[derive(Clone)]
pub struct MetadataTokens(KeyRing);

impl MetadataTokens {
    /// Tokens signed with the keys of a ring.
    pub fn new(ring: &KeyRing) -> Self {
        Self(ring.clone())
    }

    /// A token for an instance, good for `ttl_seconds` from `now`.
    pub fn mint(&self, instance: &InstanceId, ttl_seconds: u32, now: Timestamp) -> String {
        let keys = self.0.newest();
        let expires_at = now.as_second().saturating_add(i64::from(ttl_seconds));
        let mut token = Vec::with_capacity(LENGTH);
        token.extend_from_slice(&keys.version.to_be_bytes());
        token.extend_from_slice(&expires_at.to_be_bytes());
        token.extend_from_slice(sign(&keys.metadata_token, instance, expires_at).as_ref());
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Whether a token is this instance's and not over at `now`.
    pub fn check(
        &self,
        instance: &InstanceId,
        token: &str,
        now: Timestamp,
    ) -> Result<(), TokenError> {
        if token.len() != TEXT_LENGTH {
            return Err(TokenError::Malformed);
        }
        let token = URL_SAFE_NO_PAD.decode(token).map_err(|_| TokenError::Malformed)?;
        let (&version, rest) = token.split_first_chunk().ok_or(TokenError::Malformed)?;
        let (&expires_at, tag) = rest.split_first_chunk().ok_or(TokenError::Malformed)?;
        let keys = self.0.version(u32::from_be_bytes(version)).ok_or(TokenError::Malformed)?;
        let expires_at = i64::from_be_bytes(expires_at);
        let expected = sign(&keys.metadata_token, instance, expires_at);
        if !ct_eq(expected.as_ref(), tag) {
            return Err(TokenError::Malformed);
        }
        if now.as_second() >= expires_at { Err(TokenError::Expired) } else { Ok(()) }
    }
}

impl fmt::Debug for MetadataTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetadataTokens(…)")
    }
}

fn sign(key: &hmac::Key, instance: &InstanceId, expires_at: i64) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    context.update(&expires_at.to_be_bytes());
    context.update(instance.as_str().as_bytes());
    context.sign()
}

#[cfg(test)]
mod tests {
    use rolecall_types::SeededRandom;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn tokens_of(seed: u64) -> MetadataTokens {
        MetadataTokens::new(&KeyRing::generate(&SeededRandom::new(seed)))
    }

    #[test]
    fn a_token_is_good_for_one_instance_until_its_end() {
        let (tokens, mine) = (tokens_of(1), InstanceId::parse("i-mine").unwrap());
        let token = tokens.mint(&mine, 60, at(1000));
        let check = |instance: &str, second, expected| {
            let instance = InstanceId::parse(instance).unwrap();
            assert_eq!(
                tokens.check(&instance, &token, at(second)),
                expected,
                "{instance} {second}"
            );
        };
        check("i-mine", 1000, Ok(()));
        check("i-mine", 1059, Ok(()));
        check("i-mine", 1060, Err(TokenError::Expired));
        check("i-yours", 1000, Err(TokenError::Malformed));
        check("i-min", 1000, Err(TokenError::Malformed));
        assert_eq!(token.len(), TEXT_LENGTH);
    }

    #[test]
    fn no_changed_token_holds() {
        let (tokens, mine) = (tokens_of(1), InstanceId::parse("i-mine").unwrap());
        let token = tokens.mint(&mine, 60, at(1000));
        for index in 0..token.len() {
            for letter in ["A", "_", "=", "!", "\0"] {
                let mut changed = token.clone();
                changed.replace_range(index..=index, letter);
                let refused = tokens.check(&mine, &changed, at(1000)).is_err();
                assert!(refused || changed == token, "{index} {letter}");
            }
        }
        for other in ["", "a", "中", &format!("{token}A"), token.trim_start_matches('A')] {
            assert_eq!(tokens.check(&mine, other, at(1000)), Err(TokenError::Malformed), "{other}");
        }
        let foreign = tokens_of(2).mint(&mine, 60, at(1000));
        assert_eq!(tokens.check(&mine, &foreign, at(1000)), Err(TokenError::Malformed));
    }
}
