//! Deleting instances and giving back what they took.

use rolecall_api::{ApiError, Code, Scope};
use rolecall_store::Transaction;
use rolecall_types::InstanceId;

use crate::ecs::{code, distinct, find};
use crate::{InstanceRecord, SecurityGroupRecord, Status, VSwitchRecord, records};

/// Finds instances and checks that each may be deleted.
pub(super) async fn check(
    transaction: &mut Transaction,
    scope: &Scope,
    ids: &[InstanceId],
    force: bool,
) -> Result<Vec<InstanceRecord>, ApiError> {
    let mut instances = Vec::with_capacity(ids.len());
    for id in distinct(ids) {
        let found = find::instance(transaction, scope, id).await?;
        if found.deletion_protection {
            return Err(ApiError::new(&code::DELETION_PROTECTION));
        }
        check_status(found.status, force).map_err(ApiError::new)?;
        instances.push(found);
    }
    Ok(instances)
}

/// Whether an instance in this status may be deleted. Source: ECS `DeleteInstance`.
fn check_status(status: Status, force: bool) -> Result<(), &'static Code> {
    match status {
        Status::Stopped => Ok(()),
        Status::Running if force => Ok(()),
        Status::Pending | Status::Starting => Err(&code::INCORRECT_INSTANCE_STATUS_INITIALIZING),
        Status::Running | Status::Stopping => Err(&code::INCORRECT_INSTANCE_STATUS),
    }
}

/// Deletes instances, with their addresses and their places in security groups.
pub(super) async fn delete(
    transaction: &mut Transaction,
    scope: &Scope,
    instances: &[InstanceRecord],
) -> Result<(), ApiError> {
    for instance in instances {
        records::delete::<InstanceRecord>(transaction, scope, instance.id.as_str());
        if let Some(network) = &instance.network {
            let id = network.v_switch_id.as_str();
            let v_switch = records::find::<VSwitchRecord>(transaction, scope, id).await?;
            if let Some(mut v_switch) = v_switch {
                v_switch.addresses.give_back(network.private_address);
                records::put(transaction, &v_switch)?;
            }
        }
        for id in &instance.security_groups {
            let group = records::find::<SecurityGroupRecord>(transaction, scope, id.as_str());
            if let Some(mut group) = group.await? {
                group.instances = group.instances.saturating_sub(1);
                records::put(transaction, &group)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_still_is_deleted_without_force() {
        for (status, plain, forced) in [
            (Status::Stopped, "", ""),
            (Status::Running, "IncorrectInstanceStatus", ""),
            (Status::Stopping, "IncorrectInstanceStatus", "IncorrectInstanceStatus"),
            (
                Status::Pending,
                "IncorrectInstanceStatus.Initializing",
                "IncorrectInstanceStatus.Initializing",
            ),
            (
                Status::Starting,
                "IncorrectInstanceStatus.Initializing",
                "IncorrectInstanceStatus.Initializing",
            ),
        ] {
            for (force, expected) in [(false, plain), (true, forced)] {
                let name = check_status(status, force).err().map_or("", |code| code.name);
                assert_eq!(name, expected, "{status:?} {force}");
            }
        }
    }
}
