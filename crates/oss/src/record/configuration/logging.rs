//! `BucketLoggingStatus`: where the access log of a bucket goes.

use rolecall_api::Shape;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

/// The longest beginning of a log's key, in bytes. Limit ours: with what stands behind it, the key
/// is always one that an object can have.
pub(crate) const LOG_PREFIX_MAX: usize = 512;

/// Where the access log of a bucket goes, if anywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BucketLoggingStatus {
    /// Where; absent: nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) logging_enabled: Option<LoggingEnabled>,
}

/// Where the access log of a bucket goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LoggingEnabled {
    /// To this bucket of the same account.
    pub(crate) target_bucket: BucketName,
    /// To keys that begin with this.
    #[serde(default)]
    #[api(chars(0, LOG_PREFIX_MAX))]
    pub(crate) target_prefix: Option<String>,
    /// The role that the vendor's service writes it with; kept and told, and changes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) logging_role: Option<String>,
}
