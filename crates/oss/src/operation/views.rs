//! Parts that several replies share.

use rolecall_api::Shape;
use rolecall_types::AccountId;
use serde::{Deserialize, Serialize};

use crate::record::{BucketAcl, Versioning};

/// Whose a bucket or an object is.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Owner {
    /// The account's id.
    #[serde(rename = "ID")]
    pub(crate) id: String,
    /// The account's id again: that is what the live service shows as the name.
    pub(crate) display_name: String,
}

impl Owner {
    /// The account as an owner.
    pub(crate) fn of(account: &AccountId) -> Self {
        Self { id: account.to_string(), display_name: account.to_string() }
    }
}

/// Who may use a bucket without being allowed by a policy.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AccessControlList {
    /// `private`, `public-read` or `public-read-write`.
    pub(crate) grant: String,
}

impl AccessControlList {
    /// The list of one value.
    pub(crate) fn of(acl: BucketAcl) -> Self {
        Self { grant: acl.as_str().to_owned() }
    }
}

/// Whether writes keep what they replace, as its document says it.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VersioningConfiguration {
    /// `Enabled` or `Suspended`; absent before it is set for the first time.
    #[api(choices("Enabled", "Suspended"))]
    pub(crate) status: Option<Versioning>,
}
