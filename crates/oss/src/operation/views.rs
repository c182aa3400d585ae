//! Parts that several replies share.

use rolecall_api::Shape;
use rolecall_types::AccountId;
use serde::{Deserialize, Serialize};

use crate::record::Versioning;

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

/// An owner and who else may use what he owns.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AccessControlPolicy {
    /// Whose it is.
    pub(crate) owner: Owner,
    /// Who else may use it.
    pub(crate) access_control_list: AccessControlList,
}

impl AccessControlPolicy {
    /// The list of one word.
    pub(crate) fn of(owner: &AccountId, grant: &str) -> Self {
        Self { owner: Owner::of(owner), access_control_list: AccessControlList::of(grant) }
    }
}

/// Who may use a bucket or an object without being allowed by a policy.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AccessControlList {
    /// `private`, `public-read` or `public-read-write`; of an object also `default`.
    pub(crate) grant: String,
}

impl AccessControlList {
    /// The list of one word.
    pub(crate) fn of(grant: &str) -> Self {
        Self { grant: grant.to_owned() }
    }
}

/// Whether what policies and access control lists grant to everybody is ignored.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PublicAccessBlockReply {
    /// The document.
    pub(crate) public_access_block_configuration: PublicAccessBlockConfiguration,
}

/// The document of the setting.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PublicAccessBlockConfiguration {
    /// Whether it is ignored.
    pub(crate) block_public_access: bool,
}

impl PublicAccessBlockReply {
    /// The setting as it is.
    pub(crate) fn of(block_public_access: bool) -> Self {
        let public_access_block_configuration =
            PublicAccessBlockConfiguration { block_public_access };
        Self { public_access_block_configuration }
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
