//! How an object's bytes are encrypted.

use rolecall_api::ApiError;
use serde::{Deserialize, Serialize};

use super::Bucket;
use crate::code::{self, header_not_implemented};

/// The header by which a client asks for it, and is told.
const HEADER: &str = "x-oss-server-side-encryption";

/// How an object's bytes are encrypted on the disk: `x-oss-server-side-encryption`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Encryption {
    /// By AES-256 with keys of its own, which only the service can derive.
    #[serde(rename = "AES256")]
    Aes256,
}

impl Encryption {
    /// What a request asks for. Keys of a key management service, and SM4, are not served.
    pub(crate) fn asked(header: Option<&str>) -> Result<Option<Self>, ApiError> {
        match header {
            None => Ok(None),
            Some("AES256") => Ok(Some(Self::Aes256)),
            Some("KMS" | "SM4") => Err(header_not_implemented(HEADER)),
            Some(_) => Err(ApiError::new(&code::INVALID_ENCRYPTION_ALGORITHM)),
        }
    }

    /// What a bucket's own rule says for objects whose writers ask for nothing.
    pub(crate) fn by_default(bucket: &Bucket) -> Option<Self> {
        // No other algorithm can be set.
        bucket.configuration.encryption.as_ref().map(|_| Self::Aes256)
    }

    /// The word on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        let Self::Aes256 = self;
        "AES256"
    }
}
