//! `ServerSideEncryptionRule`: how new objects are encrypted that ask for nothing themselves.

use rolecall_api::{ApiError, Shape};
use serde::{Deserialize, Serialize};

use crate::code;

/// How new objects are encrypted that ask for nothing themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EncryptionRule {
    /// What is done to them.
    pub(crate) apply_server_side_encryption_by_default: EncryptionDefault,
}

/// What is done to objects that ask for nothing themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EncryptionDefault {
    /// `AES256`: with keys of the service. `KMS` and `SM4` are not served.
    #[serde(rename = "SSEAlgorithm")]
    pub(crate) algorithm: String,
    /// The key of `KMS`.
    #[serde(rename = "KMSMasterKeyID", skip_serializing_if = "Option::is_none")]
    pub(crate) key_id: Option<String>,
    /// The cipher of `KMS`.
    #[serde(rename = "KMSDataEncryption", skip_serializing_if = "Option::is_none")]
    pub(crate) cipher: Option<String>,
}

impl EncryptionRule {
    /// The algorithm's word on the wire.
    pub(crate) fn algorithm(&self) -> &str {
        &self.apply_server_side_encryption_by_default.algorithm
    }

    /// Refuses what is not served, and what there is not.
    pub(crate) fn check(&self) -> Result<(), ApiError> {
        let asked = &self.apply_server_side_encryption_by_default;
        let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
        match asked.algorithm.as_str() {
            "AES256" if given(&asked.key_id) || given(&asked.cipher) => {
                Err(ApiError::new(&code::INVALID_ENCRYPTION_ALGORITHM))
            }
            "AES256" => Ok(()),
            "KMS" | "SM4" => {
                let what = format!("SSEAlgorithm {}", asked.algorithm);
                Err(ApiError::of(&code::NOT_IMPLEMENTED, what))
            }
            _ => Err(ApiError::new(&code::INVALID_ENCRYPTION_ALGORITHM)),
        }
    }
}
