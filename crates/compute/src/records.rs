//! Reading and writing the records of an account's region.

use std::collections::BTreeSet;

use rolecall_api::{ApiError, Scope};
pub(crate) use rolecall_gate::resource::records::{delete, find, key, list, put};
use rolecall_store::Transaction;
use rolecall_types::InstanceId;

use crate::InstanceRecord;

/// The instances with these ids that there are, or all where none is named, in the order of ids.
pub(crate) async fn select(
    transaction: &mut Transaction,
    scope: &Scope,
    ids: &[InstanceId],
) -> Result<Vec<InstanceRecord>, ApiError> {
    if ids.is_empty() {
        return list(transaction, scope).await;
    }
    let mut found = Vec::with_capacity(ids.len());
    for id in BTreeSet::from_iter(ids) {
        found.extend(find::<InstanceRecord>(transaction, scope, id.as_str()).await?);
    }
    Ok(found)
}
