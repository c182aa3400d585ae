//! Session credentials: minted, not stored.
//!
//! ```text
//! SecurityToken = base64url( 08 02 12 | format | key version | nonce | sealed claims | tag )
//! AccessKeyId   = "STS." + base62(session id)
//! secret        = base62( HMAC-SHA256(session-secret key, session id) )
//! ```
//!
//! The first three bytes are why a token begins with `CAIS`, as the vendor's do. The claims are all
//! that there is to know of a session, so that whoever has the ring verifies one without a
//! database. The token's nonce is the first part of the session's id, which is random and no
//! secret: AES-256-GCM-SIV forgives that a session minted again has it again.

use std::borrow::Cow;
use std::fmt;

use aws_lc_rs::aead::NONCE_LEN;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::HEXLOWER;
use rolecall_types::{AccessKeyId, AccountId, InstanceId, PrincipalId, Random, Secret, Timestamp};
use serde::{Deserialize, Serialize, Serializer};

use crate::keyring::{KeyRing, KeyVersion};
use crate::record::{open_in_place, seal_behind};

/// The longest text that is looked at as a token, in bytes. A token with two session policies of
/// 2048 characters, the most that `AssumeRole` and an attachment give, has about 6000; limit ours.
pub const MAX_TOKEN_LENGTH: usize = 16 * 1024;

/// What every token begins with: `CAIS` in Base64.
const PREFIX: [u8; 3] = [0x08, 0x02, 0x12];

/// The format of a token, bound to its seal.
const FORMAT: u8 = 2;

/// What the seal of a token is bound to, beside the bytes before the nonce.
const PURPOSE: &[u8] = b"rolecall session token";

/// What stands before the nonce: prefix, format, key version.
const HEADER_LENGTH: usize = PREFIX.len() + 1 + size_of::<u32>();

/// All that there is to know of a session. Its serialized form is what a token seals, hence the
/// short names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Which session it is.
    #[serde(rename = "s")]
    pub session_id: SessionId,
    /// The account of the role.
    #[serde(rename = "a")]
    pub account: AccountId,
    /// The role's name, in its original case.
    #[serde(rename = "r")]
    pub role_name: String,
    /// The role's id, which no later role of the same name has.
    #[serde(rename = "i")]
    pub role_id: PrincipalId,
    /// The instance that wears the role, when the session is an instance's.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<InstanceBinding>,
    /// The session's name.
    #[serde(rename = "n")]
    pub session_name: String,
    /// The session policies, all of which must allow. Empty: none; an empty text is a policy, and
    /// not a good one.
    #[serde(rename = "p", default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
    /// The source identity that the caller set.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
    /// When it was made, to the nanosecond: what was made at or before the time of a revocation is
    /// over.
    #[serde(rename = "t", with = "nanoseconds")]
    pub issued_at: Timestamp,
    /// When it ends; a token keeps whole seconds. The gate compares it with its clock.
    #[serde(rename = "e", with = "whole_seconds")]
    pub expires_at: Timestamp,
    /// Who assumed the role: where that was itself a session, the first of the chain and the last,
    /// with a space between them. An instance's session has none.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// What the session hangs on, from the origin of the chain to the last link: it ends with each
    /// of them. An instance's session hangs on nothing but its role.
    #[serde(rename = "h", default, skip_serializing_if = "Vec::is_empty")]
    pub ancestors: Vec<Ancestor>,
    /// Whom an identity provider vouched for, at the origin of the chain.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub vouched: Option<Origin>,
}

/// A user of an identity provider: the person or the workload behind a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The provider's own name, such as the URL of an issuer.
    #[serde(rename = "i")]
    pub issuer: String,
    /// The provider's name for its user.
    #[serde(rename = "s")]
    pub subject: String,
}

/// What a session hangs on: the credentials by which its role was assumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ancestor {
    /// A user's permanent AccessKey.
    #[serde(rename = "k")]
    Key(AccessKeyId),
    /// An earlier session.
    #[serde(rename = "s")]
    Session(SessionMark),
    /// An identity provider that vouched for the caller.
    #[serde(rename = "p")]
    Provider(ProviderMark),
}

/// What is needed of an identity provider to know whether it is still there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderMark {
    /// Its kind.
    #[serde(rename = "k")]
    pub kind: ProviderKind,
    /// Its account.
    #[serde(rename = "a")]
    pub account: AccountId,
    /// Its name, as it was given.
    #[serde(rename = "n")]
    pub name: String,
    /// Its id, which no later provider of the same name has.
    #[serde(rename = "i")]
    pub id: PrincipalId,
}

/// How an identity provider vouches for its users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProviderKind {
    /// By tokens of OIDC.
    #[serde(rename = "o")]
    Oidc,
    /// By SAML 2.0 assertions.
    #[serde(rename = "s")]
    Saml,
}

impl ProviderKind {
    /// The word by which ARNs name the kind.
    pub const fn relative(self) -> &'static str {
        match self {
            Self::Oidc => "oidc-provider",
            Self::Saml => "saml-provider",
        }
    }
}

/// What is needed of an earlier session to know whether it was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionMark {
    /// Which session it was.
    #[serde(rename = "s")]
    pub session_id: SessionId,
    /// The account of its role.
    #[serde(rename = "a")]
    pub account: AccountId,
    /// Its role's name.
    #[serde(rename = "r")]
    pub role_name: String,
    /// Its role's id.
    #[serde(rename = "i")]
    pub role_id: PrincipalId,
    /// The instance whose session it was.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<InstanceId>,
    /// When it was made.
    #[serde(rename = "t", with = "nanoseconds")]
    pub issued_at: Timestamp,
}

impl Session {
    /// Who assumed the first role of the chain that the session stands in; nobody where the first
    /// session is an instance's and this one is it.
    pub fn origin(&self) -> Option<&str> {
        self.parent.as_deref()?.split(' ').next()
    }

    /// What later sessions keep of this one, should it assume roles.
    pub fn mark(&self) -> SessionMark {
        SessionMark {
            session_id: self.session_id,
            account: self.account.clone(),
            role_name: self.role_name.clone(),
            role_id: self.role_id.clone(),
            instance: self.instance.as_ref().map(|binding| binding.id.clone()),
            issued_at: self.issued_at,
        }
    }
}

/// That an instance wears the role of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceBinding {
    /// The instance.
    #[serde(rename = "i")]
    pub id: InstanceId,
    /// The binding's generation; a higher one in the directory revokes the session.
    #[serde(rename = "g")]
    pub generation: u64,
}

/// A session's id: 128 random bits. Shown as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "Cow<'_, str>")]
pub struct SessionId([u8; 16]);

impl SessionId {
    /// A fresh id.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// The id that 32 hexadecimal digits write.
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let value = u128::from_str_radix(text, 16).ok().filter(|_| well_formed);
        value.map(|value| Self(value.to_be_bytes()))
    }

    /// The id of the AccessKey of the session: `STS.` and 22 letters and digits.
    #[expect(clippy::expect_used, reason = "the alphabet is a part of that of ids")]
    pub fn access_key_id(&self) -> AccessKeyId {
        let id = [AccessKeyId::SESSION_PREFIX, &base62(&self.0)].concat();
        AccessKeyId::parse(&id).expect("INVARIANT: letters and digits make an AccessKey id")
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// The credentials of a session, as a caller gets them. `Debug` shows neither secret nor token.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionCredentials {
    /// The AccessKey's id; it begins with `STS.`.
    pub access_key_id: AccessKeyId,
    /// The AccessKey's secret: 44 letters and digits.
    pub secret: Secret<String>,
    /// The `SecurityToken`: opaque, `CAIS…`.
    pub token: String,
    /// When they end; whole seconds.
    pub expires_at: Timestamp,
}

/// Why a token is none. It says nothing of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a token of ours, altered, or sealed with a key that is gone.
    #[error("the token is malformed")]
    Malformed,
    /// A token of ours, but of another AccessKey.
    #[error("the token belongs to another AccessKey")]
    KeyMismatch,
    /// A token of the metadata service that is over. Session tokens do not tell: the gate does.
    #[error("the token has expired")]
    Expired,
}

impl KeyRing {
    /// Makes the credentials of a session.
    pub fn mint(&self, session: &Session) -> SessionCredentials {
        let keys = self.newest();
        let nonce = session.session_id.0.first_chunk::<NONCE_LEN>().copied().unwrap_or_default();
        let header = header(keys.version);
        // Most sessions have less, so that one buffer serves from the claims to the tag.
        let mut token = Vec::with_capacity(640);
        token.extend_from_slice(&header);
        token.extend_from_slice(&nonce);
        let start = token.len();
        encode_claims(session, &mut token);
        seal_behind(&keys.session, nonce, &associated_data(header), &mut token, start);
        SessionCredentials {
            access_key_id: session.session_id.access_key_id(),
            secret: session_secret(keys, session.session_id),
            token: URL_SAFE_NO_PAD.encode(token),
            expires_at: whole_seconds::truncated(session.expires_at),
        }
    }

    /// Opens the token that came with an AccessKey, and derives the secret that must have signed.
    /// Whether the session is over or revoked is not looked at here.
    pub fn open_session(
        &self,
        access_key_id: &AccessKeyId,
        token: &str,
    ) -> Result<(Session, Secret<String>), TokenError> {
        let malformed = TokenError::Malformed;
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(malformed);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| malformed)?;
        let (&read, rest) = bytes.split_first_chunk::<HEADER_LENGTH>().ok_or(malformed)?;
        let (&nonce, sealed) = rest.split_first_chunk().ok_or(malformed)?;
        let (_, &version) = read.split_last_chunk().ok_or(malformed)?;
        let version = u32::from_be_bytes(version);
        if read != header(version) {
            return Err(malformed);
        }
        let keys = self.version(version).ok_or(malformed)?;
        let mut claims = sealed.to_vec();
        open_in_place(&keys.session, nonce, &associated_data(read), &mut claims)
            .ok_or(malformed)?;
        let session: Session = serde_json::from_slice(&claims).map_err(|_| malformed)?;
        if session.session_id.access_key_id() != *access_key_id {
            return Err(TokenError::KeyMismatch);
        }
        let secret = session_secret(keys, session.session_id);
        Ok((session, secret))
    }
}

impl fmt::Debug for SessionCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionCredentials")
            .field("access_key_id", &self.access_key_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl Serialize for SessionId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(HEXLOWER.encode_mut_str(&self.0, &mut [0; 32]))
    }
}

impl TryFrom<Cow<'_, str>> for SessionId {
    type Error = TokenError;

    fn try_from(text: Cow<'_, str>) -> Result<Self, TokenError> {
        Self::parse(&text).ok_or(TokenError::Malformed)
    }
}

/// Timestamps as whole seconds of the epoch.
mod whole_seconds {
    use rolecall_types::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn truncated(at: Timestamp) -> Timestamp {
        Timestamp::from_second(at.as_second()).unwrap_or(at)
    }

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(at.as_second())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        Timestamp::from_second(i64::deserialize(from)?).map_err(de::Error::custom)
    }
}

/// Timestamps as nanoseconds of the epoch.
mod nanoseconds {
    use rolecall_types::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        // The year 2262 is the last that fits.
        to.serialize_i64(i64::try_from(at.as_nanosecond()).unwrap_or(i64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let nanoseconds = i128::from(i64::deserialize(from)?);
        Timestamp::from_nanosecond(nanoseconds).map_err(de::Error::custom)
    }
}

fn header(version: u32) -> [u8; HEADER_LENGTH] {
    let [first, second, third] = PREFIX;
    let [a, b, c, d] = version.to_be_bytes();
    [first, second, third, FORMAT, a, b, c, d]
}

fn associated_data(header: [u8; HEADER_LENGTH]) -> [u8; HEADER_LENGTH + PURPOSE.len()] {
    let mut data = [0; HEADER_LENGTH + PURPOSE.len()];
    for (to, from) in data.iter_mut().zip(header.into_iter().chain(PURPOSE.iter().copied())) {
        *to = from;
    }
    data
}

#[expect(clippy::expect_used, reason = "serde fails on maps with odd keys; a session has none")]
fn encode_claims(session: &Session, out: &mut Vec<u8>) {
    serde_json::to_writer(out, session).expect("INVARIANT: a session has a JSON form");
}

fn session_secret(keys: &KeyVersion, id: SessionId) -> Secret<String> {
    Secret::new(base62(hmac::sign(&keys.session_secret, &id.0).as_ref()))
}

/// Letters and digits: eleven for each eight bytes.
fn base62(bytes: &[u8]) -> String {
    let (words, _) = bytes.as_chunks::<8>();
    let mut text = Vec::with_capacity(words.len().saturating_mul(DIGITS_PER_WORD));
    for word in words {
        let word = u64::from_be_bytes(*word);
        let (low, high) = (word % FIVE_DIGITS, word / FIVE_DIGITS);
        let mut digits = [0; DIGITS_PER_WORD];
        // Three short divisions side by side take a third of the time of a long one.
        for (digits, group) in
            digits.chunks_mut(5).zip([low, high % FIVE_DIGITS, high / FIVE_DIGITS])
        {
            let mut rest = u32::try_from(group).unwrap_or(0);
            for digit in digits {
                let index = usize::try_from(rest % 62).unwrap_or(0);
                *digit = ALPHABET.get(index).copied().unwrap_or(b'0');
                rest /= 62;
            }
        }
        text.extend_from_slice(&digits);
    }
    String::from_utf8(text).unwrap_or_default()
}

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// 62 to the power of 5: the largest group of digits whose value fits 32 bits.
const FIVE_DIGITS: u64 = 62 * 62 * 62 * 62 * 62;

/// 62 to the power of 11 is more than 2 to the power of 64.
const DIGITS_PER_WORD: usize = 11;

#[cfg(test)]
mod tests;
