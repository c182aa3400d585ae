//! Looking up what an operation names, or saying that it is not there.

use rolecall_api::{ApiError, Scope};
use rolecall_store::Transaction;
use rolecall_types::{InstanceId, SecurityGroupId};

use crate::ecs::code;
use crate::{InstanceRecord, KeyPairRecord, SecurityGroupRecord, records};

/// The instance with this id, if the account has it in the region.
pub(super) async fn instance(
    transaction: &mut Transaction,
    scope: &Scope,
    id: &InstanceId,
) -> Result<InstanceRecord, ApiError> {
    let found = records::find(transaction, scope, id.as_str()).await?;
    found.ok_or_else(|| ApiError::new(&code::INVALID_INSTANCE_ID_NOT_FOUND))
}

/// The security group with this id, if the account has it in the region.
pub(super) async fn security_group(
    transaction: &mut Transaction,
    scope: &Scope,
    id: &SecurityGroupId,
) -> Result<SecurityGroupRecord, ApiError> {
    let found = records::find(transaction, scope, id.as_str()).await?;
    found.ok_or_else(|| ApiError::new(&code::INVALID_SECURITY_GROUP_ID_NOT_FOUND))
}

/// The key pair of this name, if the account has it in the region.
pub(super) async fn key_pair(
    transaction: &mut Transaction,
    scope: &Scope,
    name: &str,
) -> Result<KeyPairRecord, ApiError> {
    let found = records::find(transaction, scope, name).await?;
    found.ok_or_else(|| ApiError::new(&code::INVALID_KEY_PAIR_NAME_NOT_FOUND))
}
