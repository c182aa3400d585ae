//! Instances that an operation on their roles names.

use rolecall_api::{ApiError, Code, Scope, Shape};
use rolecall_store::Transaction;
use rolecall_types::{InstanceId, RoleName};
use serde::Serialize;

use crate::ecs::{code, distinct};
use crate::{InstanceRecord, records};

/// A role on an instance, as ECS answers it.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceRamRoleSet {
    /// The instance.
    pub instance_id: InstanceId,
    /// The role.
    pub ram_role_name: RoleName,
}

/// A named instance: its record, or why no role is worn there.
pub(super) struct Wearer {
    pub(super) id: InstanceId,
    pub(super) found: Result<InstanceRecord, &'static Code>,
}

/// Looks up instances, each once. If none of them can wear a role, the whole call fails with what
/// is wrong with the first: the vendor answers so for one unknown id.
pub(super) async fn find(
    transaction: &mut Transaction,
    scope: &Scope,
    ids: &[InstanceId],
) -> Result<Vec<Wearer>, ApiError> {
    let mut wearers = Vec::with_capacity(ids.len());
    for id in distinct(ids) {
        let found = records::find::<InstanceRecord>(transaction, scope, id.as_str()).await?;
        let found = match found {
            None => Err(&code::INVALID_INSTANCE_ID_NOT_FOUND_FOR_ROLE),
            Some(instance) if instance.network.is_none() => {
                Err(&code::INVALID_NETWORK_TYPE_MISMATCH_RAM_ROLE)
            }
            Some(instance) => Ok(instance),
        };
        wearers.push(Wearer { id: id.clone(), found });
    }
    let mut failures = wearers.iter().map(|wearer| wearer.found.as_ref().err());
    match failures.clone().next().flatten() {
        Some(first) if failures.all(|failure| failure.is_some()) => Err(ApiError::new(first)),
        _ => Ok(wearers),
    }
}

/// What became of one instance, in the words of results: success, code, message.
pub(super) fn words(
    outcome: Result<(), &'static Code>,
    success: &'static str,
) -> (bool, String, String) {
    match outcome {
        Ok(()) => (true, "200".to_owned(), success.to_owned()),
        Err(code) => (false, code.name.to_owned(), code.message.to_owned()),
    }
}
