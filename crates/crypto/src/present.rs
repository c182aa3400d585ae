//! What a request presents as its proof of who sent it: parsed here, believed only after
//! [`Presented::verify`].

mod amazon;
mod authorization;
mod form;
mod oss;
mod repeated;
mod rpc;
mod window;

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rolecall_types::{AccessKeyId, Secret, SmolStr, Timestamp};
use zeroize::Zeroizing;

use crate::canonical::v4::{self, Scope};
use crate::chunks::{ChunkSignatures, Chunks};
use crate::day_keys::DayKeys;
use crate::encoding::Pair;
use crate::hash::{ct_eq, hex, hmac_sha1_base64, hmac_sha256, sha256_hex};
use crate::request::RequestHead;

pub use form::present_form;
pub(crate) use oss::UNSIGNED_PAYLOAD;
pub use window::{MAX_PRESIGNED_SECONDS, SKEW_SECONDS, Window, WindowError};

/// Which family of protocols a listener speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// RAM, STS, ECS, VPC and the like: RPC V1 and ACS3.
    Rpc,
    /// Object storage: OSS V1, V2 and V4, and Amazon's V4.
    Oss,
}

/// How a request is signed. Closed: whoever matches it names every one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// HMAC-SHA1 over the sorted parameters of query and form.
    RpcV1,
    /// `ACS3-HMAC-SHA256` in the `Authorization` header.
    Acs3,
    /// `OSS` in the `Authorization` header.
    OssV1Header,
    /// `OSSAccessKeyId`, `Expires` and `Signature` in the query.
    OssV1Query,
    /// `OSS2` in the `Authorization` header.
    OssV2Header,
    /// `x-oss-signature-version=OSS2` in the query.
    OssV2Query,
    /// `OSS4-HMAC-SHA256` in the `Authorization` header.
    OssV4Header,
    /// `x-oss-signature-version=OSS4-HMAC-SHA256` in the query.
    OssV4Query,
    /// `AWS4-HMAC-SHA256` in the `Authorization` header.
    AmazonHeader,
    /// `X-Amz-Algorithm=AWS4-HMAC-SHA256` in the query.
    AmazonQuery,
    /// `OSSAccessKeyId`, `policy` and `Signature` in the fields of a form.
    OssV1Form,
    /// `x-oss-signature-version=OSS4-HMAC-SHA256` in the fields of a form.
    OssV4Form,
}

/// Why a request's proof could not even be parsed; each is a fault with a code of its own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PresentError {
    /// A parameter or header that may be there once is there twice, in whatever spelling or place,
    /// or says one thing in one place and another elsewhere.
    #[error("{name} is given more than once")]
    Repeated {
        /// The name as sent.
        name: String,
    },
    /// Something that the scheme needs is absent or empty.
    #[error("{name} is missing")]
    Missing {
        /// The parameter's or header's name.
        name: String,
    },
    /// The time is not in the scheme's layout.
    #[error("the time of signing is not well formatted")]
    TimestampFormat,
    /// A signature method or scheme that is not spoken here.
    #[error("the signature method is not supported")]
    SignatureMethod,
    /// Signature parameters that do not fit together, such as an unknown version.
    #[error("the signature parameters do not conform to the scheme")]
    IncompleteSignature,
    /// An `Authorization` header, or a credential, that does not follow the scheme's grammar.
    #[error("the authorization is malformed")]
    MalformedAuthorization,
    /// An AccessKey id that no key can have.
    #[error("the AccessKey id is malformed")]
    AccessKeyIdFormat,
    /// A signature in the header and another in the query.
    #[error("the request is signed both in a header and in the query")]
    BothHeaderAndQuery,
    /// Some but not all of `OSSAccessKeyId`, `Expires` and `Signature`.
    #[error("a signed URL needs Signature, Expires and OSSAccessKeyId")]
    IncompleteQuery,
    /// A security token in a header of a signed URL, or in the query of a header-signed request.
    #[error("the security token is not where the signature is")]
    TokenPlacement,
    /// A header that must be signed is there but not signed.
    #[error("the header {name} is not signed")]
    UnsignedHeader {
        /// The header's name, in lower case.
        name: String,
    },
    /// The declared hash of the body is not the body's.
    #[error("the declared hash is not the hash of the body")]
    BodyHashMismatch,
    /// `Expires` of OSS V1 is not a whole number of seconds.
    #[error("the expiry is not a whole number of seconds since the epoch")]
    InvalidExpires,
    /// `x-oss-expires` of OSS V4 is not a number from 1 to [`MAX_PRESIGNED_SECONDS`].
    #[error("the life of the signed URL is not between 1 and {MAX_PRESIGNED_SECONDS} seconds")]
    ExpiresOutOfRange,
    /// The day in the credential's scope is not the day of signing.
    #[error("the day in the credential's scope is not the day of signing")]
    DateScopeMismatch,
}

/// Parses what a request presents. `None` is an anonymous request: nothing in it looks like a
/// proof.
///
/// - `form`: the parameters of an `application/x-www-form-urlencoded` body, which RPC V1 signs.
/// - `body_sha256`: the hash of the body in lower-case hexadecimal, when the body was read. ACS3
///   cannot be checked without it.
/// - `resource`: the decoded bucket and key that an OSS request is routed to; the key is empty for
///   the bucket itself, and `None` is the service.
///
/// Repetition of whatever authenticates is refused before anything else (see `repeated`).
pub fn present(
    surface: Surface,
    head: &RequestHead,
    form: &[Pair],
    body_sha256: Option<&str>,
    resource: Option<(&str, &str)>,
) -> Result<Option<Presented>, PresentError> {
    repeated::refuse(head, form)?;
    match surface {
        Surface::Rpc => rpc::present(head, form, body_sha256),
        Surface::Oss => oss::present(head, body_sha256, resource),
    }
}

/// A request's proof, parsed and not yet believed. Its `Debug` shows neither token nor signature.
pub struct Presented {
    scheme: Scheme,
    access_key_id: AccessKeyId,
    security_token: Option<Secret<String>>,
    window: Window,
    nonce: Option<SmolStr>,
    declared_body_sha256: Option<String>,
    chunks: Option<Chunks>,
    proof: Proof,
    provided: SmolStr,
}

/// What the signature covers, by algorithm.
enum Proof {
    RpcV1 {
        string_to_sign: String,
    },
    Acs3 {
        canonical_request: Vec<u8>,
    },
    /// The strings that a client may have signed; the first is the documented one.
    OssV1 {
        candidates: Vec<Vec<u8>>,
    },
    OssV2 {
        string_to_sign: Vec<u8>,
    },
    /// Of the vendor and of Amazon alike.
    V4 {
        canonical_request: Vec<u8>,
        timestamp: String,
        scope: Scope,
    },
    /// The policy of a form, in Base64.
    V4Policy {
        policy: String,
        scope: Scope,
    },
}

impl Presented {
    /// How the request is signed.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Whose key it claims to be signed with.
    pub fn access_key_id(&self) -> &AccessKeyId {
        &self.access_key_id
    }

    /// The security token, when there is one that is not empty.
    pub fn security_token(&self) -> Option<&Secret<String>> {
        self.security_token.as_ref()
    }

    /// When the proof holds.
    pub fn window(&self) -> Window {
        self.window
    }

    /// When the request was signed; OSS V1 URLs do not tell.
    pub fn signed_at(&self) -> Option<Timestamp> {
        self.window.signed_at()
    }

    /// The nonce; only the RPC surface has one.
    pub fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }

    /// The region in a V4 credential, which the gate may compare with its own.
    pub fn region(&self) -> Option<&str> {
        match &self.proof {
            Proof::V4 { scope, .. } | Proof::V4Policy { scope, .. } => Some(scope.region()),
            Proof::RpcV1 { .. }
            | Proof::Acs3 { .. }
            | Proof::OssV1 { .. }
            | Proof::OssV2 { .. } => None,
        }
    }

    /// The product in a V4 credential: `oss`, `oss-cloudbox`, or `s3`.
    pub fn product(&self) -> Option<&str> {
        match &self.proof {
            Proof::V4 { scope, .. } | Proof::V4Policy { scope, .. } => Some(scope.product()),
            Proof::RpcV1 { .. }
            | Proof::Acs3 { .. }
            | Proof::OssV1 { .. }
            | Proof::OssV2 { .. } => None,
        }
    }

    /// The hash that the request declares and signs for its body, in hexadecimal. Who streams a
    /// body compares it at the end; when [`present()`] was given the body's hash, it has been.
    pub fn declared_body_sha256(&self) -> Option<&str> {
        self.declared_body_sha256.as_deref()
    }

    /// How the body's chunks are protected, where it comes in such.
    pub fn chunks(&self) -> Option<Chunks> {
        self.chunks
    }

    /// What checks the body's chunks, where they are signed. Only of a request that was verified
    /// with the same secret.
    pub fn chunk_signatures(&self, secret: &Secret<String>) -> Option<ChunkSignatures> {
        let Proof::V4 { timestamp, scope, .. } = &self.proof else { return None };
        self.chunks.filter(|chunks| chunks.signed)?;
        let key = v4::signing_key(secret, scope);
        Some(ChunkSignatures::new(key, timestamp, scope.as_str(), &self.provided))
    }

    /// Whether the request was signed with this secret. Comparisons take constant time.
    pub fn verify(&self, secret: &Secret<String>) -> Result<(), Mismatch> {
        self.verify_keeping(secret, None)
    }

    /// The same, with the derived keys of OSS V4 kept in `day_keys`.
    pub fn verify_with(&self, secret: &Secret<String>, day_keys: &DayKeys) -> Result<(), Mismatch> {
        self.verify_keeping(secret, Some(day_keys))
    }

    fn verify_keeping(
        &self,
        secret: &Secret<String>,
        day_keys: Option<&DayKeys>,
    ) -> Result<(), Mismatch> {
        let secret_bytes = secret.expose().as_bytes();
        let matches = |expected: &str| ct_eq(expected.as_bytes(), self.provided.as_bytes());
        match &self.proof {
            Proof::RpcV1 { string_to_sign } => {
                let key = rpc_v1_key(secret);
                if matches(&hmac_sha1_base64(&key, string_to_sign.as_bytes())) {
                    return Ok(());
                }
                Err(self.mismatch(string_to_sign.clone(), None))
            }
            Proof::Acs3 { canonical_request } => {
                let string_to_sign = acs3_string_to_sign(canonical_request);
                if matches(&hex(hmac_sha256(secret_bytes, string_to_sign.as_bytes()).as_ref())) {
                    return Ok(());
                }
                Err(self.mismatch(string_to_sign, Some(canonical_request)))
            }
            Proof::OssV1 { candidates } => {
                if candidates.iter().any(|text| matches(&hmac_sha1_base64(secret_bytes, text))) {
                    return Ok(());
                }
                let documented = candidates.first().map(Vec::as_slice).unwrap_or_default();
                Err(self.mismatch(String::from_utf8_lossy(documented).into_owned(), None))
            }
            Proof::OssV2 { string_to_sign } => {
                if matches(&STANDARD.encode(hmac_sha256(secret_bytes, string_to_sign))) {
                    return Ok(());
                }
                Err(self.mismatch(String::from_utf8_lossy(string_to_sign).into_owned(), None))
            }
            Proof::V4 { canonical_request, timestamp, scope } => {
                let string_to_sign = v4::string_to_sign(timestamp, scope, canonical_request);
                if self.is_v4_of(&string_to_sign, scope, secret, day_keys) {
                    return Ok(());
                }
                Err(self.mismatch(string_to_sign, Some(canonical_request)))
            }
            Proof::V4Policy { policy, scope } => {
                if self.is_v4_of(policy, scope, secret, day_keys) {
                    return Ok(());
                }
                Err(self.mismatch(policy.clone(), None))
            }
        }
    }

    /// Whether the signature is the one of a text by the derived key of a scope.
    fn is_v4_of(
        &self,
        text: &str,
        scope: &Scope,
        secret: &Secret<String>,
        day_keys: Option<&DayKeys>,
    ) -> bool {
        let matches = |key: &hmac::Key| {
            let expected = hex(hmac::sign(key, text.as_bytes()).as_ref());
            ct_eq(expected.as_bytes(), self.provided.as_bytes())
        };
        match day_keys {
            Some(day_keys) => day_keys.check(self.access_key_id.as_str(), scope, secret, matches),
            None => matches(&v4::signing_key(secret, scope)),
        }
    }

    fn mismatch(&self, string_to_sign: String, canonical: Option<&Vec<u8>>) -> Mismatch {
        let canonical_request = canonical.map(|text| String::from_utf8_lossy(text).into_owned());
        Mismatch { string_to_sign, canonical_request, provided: self.provided.to_string() }
    }
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented")
            .field("scheme", &self.scheme)
            .field("access_key_id", &self.access_key_id)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}

/// A signature that is not the one we compute. The texts go into the answer, to him who sent them:
/// clients compare them with their own. They may hold his security token, so `Debug` hides them.
#[derive(Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The string that should have been signed.
    pub string_to_sign: String,
    /// The canonical request whose hash it holds, in schemes that have one.
    pub canonical_request: Option<String>,
    /// The signature that was provided.
    pub provided: String,
}

impl fmt::Debug for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mismatch").finish_non_exhaustive()
    }
}

/// The HMAC key of RPC V1: the secret and an ampersand.
pub(crate) fn rpc_v1_key(secret: &Secret<String>) -> Zeroizing<Vec<u8>> {
    let secret = secret.expose().as_bytes();
    // At full size from the start: a growing vector leaves copies behind.
    let mut key = Zeroizing::new(Vec::with_capacity(secret.len().saturating_add(1)));
    key.extend_from_slice(secret);
    key.push(b'&');
    key
}

/// The string to sign of ACS3.
pub(crate) fn acs3_string_to_sign(canonical_request: &[u8]) -> String {
    format!("ACS3-HMAC-SHA256\n{}", sha256_hex(canonical_request))
}

fn access_key_id(text: &str) -> Result<AccessKeyId, PresentError> {
    AccessKeyId::parse(text).ok_or(PresentError::AccessKeyIdFormat)
}

fn missing(name: &str) -> PresentError {
    PresentError::Missing { name: name.to_owned() }
}

fn token(text: Option<&str>) -> Option<Secret<String>> {
    text.filter(|text| !text.is_empty()).map(|text| Secret::new(text.to_owned()))
}

#[cfg(test)]
mod tests;
