//! Which security groups an instance is in.

use rolecall_api::{ApiError, Code, Scope};
use rolecall_store::Transaction;
use rolecall_types::SecurityGroupId;

use crate::ecs::{code, find};
use crate::{InstanceRecord, SecurityGroupRecord, records};

/// The most security groups of an instance. Source: ECS `JoinSecurityGroup`.
pub(super) const GROUPS_MAX: usize = 5;

fn refuse(code: &'static Code) -> ApiError {
    ApiError::new(code)
}

/// Puts an instance into one more group.
pub(super) async fn join(
    transaction: &mut Transaction,
    scope: &Scope,
    instance: &mut InstanceRecord,
    id: &SecurityGroupId,
) -> Result<(), ApiError> {
    let group = find_for(transaction, scope, instance, id).await?;
    if instance.security_groups.contains(id) {
        return Err(refuse(&code::INVALID_INSTANCE_ID_ALREADY_EXISTS));
    }
    if instance.security_groups.len() >= GROUPS_MAX {
        return Err(refuse(&code::INSTANCE_SECURITY_GROUP_LIMIT_EXCEEDED));
    }
    instance.security_groups.push(id.clone());
    count(transaction, group, 1)
}

/// Takes an instance out of a group.
pub(super) async fn leave(
    transaction: &mut Transaction,
    scope: &Scope,
    instance: &mut InstanceRecord,
    id: &SecurityGroupId,
) -> Result<(), ApiError> {
    let group = find::security_group(transaction, scope, id).await?;
    if !instance.security_groups.contains(id) {
        return Err(refuse(&code::INSTANCE_NOT_IN_SECURITY_GROUP));
    }
    if instance.security_groups.len() == 1 {
        return Err(refuse(&code::INSTANCE_LAST_SECURITY_GROUP));
    }
    instance.security_groups.retain(|known| known != id);
    count(transaction, group, -1)
}

/// Puts an instance into exactly these groups.
pub(super) async fn replace(
    transaction: &mut Transaction,
    scope: &Scope,
    instance: &mut InstanceRecord,
    ids: &[SecurityGroupId],
) -> Result<(), ApiError> {
    let mut wanted: Vec<SecurityGroupId> = Vec::with_capacity(ids.len());
    for id in ids {
        if wanted.contains(id) {
            continue;
        }
        let group = find_for(transaction, scope, instance, id).await?;
        if !instance.security_groups.contains(id) {
            count(transaction, group, 1)?;
        }
        wanted.push(id.clone());
    }
    for id in instance.security_groups.iter().filter(|id| !wanted.contains(id)) {
        let left = find::security_group(transaction, scope, id).await?;
        count(transaction, left, -1)?;
    }
    instance.security_groups = wanted;
    Ok(())
}

/// A group that the instance may be in: one of its VPC, or one of the classic network.
async fn find_for(
    transaction: &mut Transaction,
    scope: &Scope,
    instance: &InstanceRecord,
    id: &SecurityGroupId,
) -> Result<SecurityGroupRecord, ApiError> {
    let group = find::security_group(transaction, scope, id).await?;
    let vpc_id = instance.network.as_ref().map(|network| &network.vpc_id);
    if group.vpc_id.as_ref() != vpc_id {
        return Err(refuse(&code::INVALID_INSTANCE_ID_MISMATCH));
    }
    Ok(group)
}

fn count(
    transaction: &mut Transaction,
    mut group: SecurityGroupRecord,
    difference: i64,
) -> Result<(), ApiError> {
    group.instances = group.instances.saturating_add_signed(difference);
    records::put(transaction, &group)
}
