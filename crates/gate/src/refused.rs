//! Why credentials are not believed, and how each family of services says so.

use rolecall_api::{ApiError, Code, code as rpc};
use rolecall_crypto::{Mismatch, PresentError, Surface};
use rolecall_types::{Secret, Timestamp, time};

use crate::nonce::NonceError;
use crate::{ALLOWED_SKEW_SECONDS, code as object};

/// Why credentials are not believed. Closed: every fault has a code on every surface.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticationError {
    /// What was presented cannot be parsed.
    #[error("the credentials cannot be read")]
    Unreadable(#[source] PresentError),
    /// The call needs credentials, and has none.
    #[error("the call has no credentials")]
    NoCredentials,
    /// No such AccessKey.
    #[error("no such AccessKey")]
    UnknownKey {
        /// The id that was sent.
        access_key_id: String,
    },
    /// The AccessKey is switched off, or its owner is gone.
    #[error("the AccessKey is switched off")]
    InactiveKey {
        /// The id that was sent.
        access_key_id: String,
    },
    /// The request is too old or too far ahead.
    #[error("the time of the request is too far from ours")]
    Skewed {
        /// The time of the request.
        signed_at: Option<Timestamp>,
        /// Our time.
        now: Timestamp,
    },
    /// A signed URL is over.
    #[error("the signed URL has expired")]
    UrlExpired,
    /// The nonce was used before.
    #[error("the nonce was used before")]
    NonceUsed,
    /// A session's key came without its token.
    #[error("a session's key came without its token")]
    TokenMissing {
        /// The id that was sent.
        access_key_id: String,
    },
    /// The token is not one of ours, its role is gone, or it came with a permanent key.
    #[error("the token is not valid")]
    TokenInvalid,
    /// The token belongs to another key.
    #[error("the token belongs to another key")]
    TokenMismatch,
    /// The session is over.
    #[error("the session is over")]
    TokenExpired,
    /// The signature is wrong.
    #[error("the signature is wrong")]
    WrongSignature {
        /// The id that was sent.
        access_key_id: String,
        /// What we computed, for the caller to compare.
        mismatch: Secret<MismatchText>,
    },
    /// The journal of nonces cannot be written.
    #[error("the nonce cannot be recorded")]
    Nonce(#[from] NonceError),
}

/// What the caller should have signed; it may hold its token, so it travels as a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct MismatchText(pub(crate) Mismatch);

impl std::fmt::Debug for MismatchText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MismatchText(…)")
    }
}

impl zeroize::Zeroize for MismatchText {
    fn zeroize(&mut self) {
        self.0.string_to_sign.zeroize();
        self.0.canonical_request.zeroize();
        self.0.provided.zeroize();
    }
}

impl AuthenticationError {
    /// The answer, in the words of the surface that was called.
    pub fn into_api_error(self, surface: Surface) -> ApiError {
        match surface {
            Surface::Rpc => self.into_rpc_error(),
            Surface::Oss => self.into_object_error(),
        }
    }

    fn into_rpc_error(self) -> ApiError {
        let code = match self {
            Self::Unreadable(error) => return unreadable_rpc(error),
            Self::NoCredentials => return ApiError::of(&rpc::MISSING, "AccessKeyId"),
            Self::WrongSignature { mismatch, .. } => {
                let text = mismatch.expose().0.string_to_sign.clone();
                return ApiError::of(&rpc::SIGNATURE_DOES_NOT_MATCH, text);
            }
            Self::Nonce(error) => {
                return ApiError::new(&rpc::SERVICE_UNAVAILABLE).because(error);
            }
            Self::UnknownKey { .. } => &rpc::INVALID_ACCESS_KEY_ID_NOT_FOUND,
            Self::InactiveKey { .. } => &rpc::INVALID_ACCESS_KEY_ID_INACTIVE,
            Self::Skewed { .. } | Self::UrlExpired => &rpc::INVALID_TIME_STAMP_EXPIRED,
            Self::NonceUsed => &rpc::SIGNATURE_NONCE_USED,
            Self::TokenMissing { .. } => &rpc::MISSING_SECURITY_TOKEN,
            Self::TokenInvalid => &rpc::INVALID_SECURITY_TOKEN_MALFORMED,
            Self::TokenMismatch => &rpc::INVALID_SECURITY_TOKEN_MISMATCH,
            Self::TokenExpired => &rpc::INVALID_SECURITY_TOKEN_EXPIRED,
        };
        ApiError::new(code)
    }

    fn into_object_error(self) -> ApiError {
        match self {
            Self::Unreadable(error) => unreadable_object(&error),
            Self::NoCredentials => denied("Anonymous access is forbidden for this operation."),
            Self::UnknownKey { access_key_id } | Self::TokenMissing { access_key_id } => {
                key_error(&object::INVALID_ACCESS_KEY_ID, access_key_id)
            }
            Self::InactiveKey { access_key_id } => {
                key_error(&object::ACCESS_KEY_DISABLED, access_key_id)
            }
            Self::Skewed { signed_at, now } => skewed(signed_at, now),
            Self::UrlExpired => denied("Request has expired."),
            Self::NonceUsed => ApiError::new(&rpc::SIGNATURE_NONCE_USED),
            Self::TokenInvalid => ApiError::new(&object::INVALID_SECURITY_TOKEN),
            Self::TokenMismatch => ApiError::new(&object::SECURITY_TOKEN_MISMATCH),
            Self::TokenExpired => ApiError::new(&object::SECURITY_TOKEN_EXPIRED),
            Self::WrongSignature { access_key_id, mismatch } => {
                wrong_object_signature(access_key_id, &mismatch.expose().0)
            }
            Self::Nonce(error) => ApiError::new(&rpc::SERVICE_UNAVAILABLE).because(error),
        }
    }
}

fn unreadable_rpc(error: PresentError) -> ApiError {
    match error {
        PresentError::Repeated { name } => ApiError::of(&rpc::REPEATED_PARAMETER, name),
        PresentError::Missing { name } => ApiError::of(&rpc::MISSING, name),
        PresentError::TimestampFormat => ApiError::new(&rpc::INVALID_TIME_STAMP_FORMAT),
        PresentError::SignatureMethod => ApiError::new(&rpc::INVALID_SIGNATURE_METHOD),
        PresentError::AccessKeyIdFormat => ApiError::new(&rpc::INVALID_ACCESS_KEY_ID_NOT_FOUND),
        PresentError::BodyHashMismatch => ApiError::new(&rpc::CONTENT_NOT_MATCHED),
        other @ (PresentError::IncompleteSignature
        | PresentError::MalformedAuthorization
        | PresentError::BothHeaderAndQuery
        | PresentError::IncompleteQuery
        | PresentError::TokenPlacement
        | PresentError::UnsignedHeader { .. }
        | PresentError::InvalidExpires
        | PresentError::ExpiresOutOfRange
        | PresentError::DateScopeMismatch) => {
            ApiError::of(&rpc::INCOMPLETE_SIGNATURE, other.to_string())
        }
    }
}

fn unreadable_object(error: &PresentError) -> ApiError {
    let invalid = |text: &str| ApiError::of(&object::INVALID_ARGUMENT, text);
    match error {
        PresentError::Missing { name } if name.eq_ignore_ascii_case("date") => {
            denied("OSS authentication requires a valid Date.")
        }
        PresentError::TimestampFormat => denied("OSS authentication requires a valid Date."),
        PresentError::IncompleteQuery => denied(
            "Query string authentication requires the Signature, Expires and OSSAccessKeyId \
             parameters.",
        ),
        PresentError::InvalidExpires => denied("Invalid date (should be seconds since epoch)."),
        PresentError::TokenPlacement => {
            invalid("Security-token must be provided by query string parameter.")
        }
        PresentError::DateScopeMismatch => invalid("Invalid credential in Authorization header."),
        PresentError::BodyHashMismatch => ApiError::new(&object::INVALID_DIGEST),
        PresentError::AccessKeyIdFormat
        | PresentError::Repeated { .. }
        | PresentError::Missing { .. }
        | PresentError::SignatureMethod
        | PresentError::IncompleteSignature
        | PresentError::MalformedAuthorization
        | PresentError::BothHeaderAndQuery
        | PresentError::UnsignedHeader { .. }
        | PresentError::ExpiresOutOfRange => invalid(&error.to_string()),
    }
}

fn denied(text: &str) -> ApiError {
    ApiError::of(&object::ACCESS_DENIED, text)
}

fn key_error(code: &'static Code, access_key_id: String) -> ApiError {
    ApiError::new(code).element("OSSAccessKeyId", access_key_id)
}

fn skewed(signed_at: Option<Timestamp>, now: Timestamp) -> ApiError {
    let limit = ALLOWED_SKEW_SECONDS.saturating_mul(1_000).to_string();
    let error = ApiError::new(&object::REQUEST_TIME_TOO_SKEWED)
        .element("MaxAllowedSkewMilliseconds", limit)
        .element("ServerTime", time::milliseconds(now));
    match signed_at {
        Some(at) => error.element("RequestTime", time::milliseconds(at)),
        None => error,
    }
}

fn wrong_object_signature(access_key_id: String, mismatch: &Mismatch) -> ApiError {
    let bytes =
        |text: &str| text.bytes().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ");
    let error = ApiError::new(&object::SIGNATURE_DOES_NOT_MATCH)
        .element("OSSAccessKeyId", access_key_id)
        .element("SignatureProvided", &mismatch.provided)
        .element("StringToSign", &mismatch.string_to_sign)
        .element("StringToSignBytes", bytes(&mismatch.string_to_sign));
    match &mismatch.canonical_request {
        Some(canonical) => error
            .element("CanonicalRequest", canonical)
            .element("CanonicalRequestBytes", bytes(canonical)),
        None => error,
    }
}
