//! Reading and writing records that belong to an account's region: each is kept under account,
//! region and id.

use rolecall_api::{ApiError, Scope};
use rolecall_store::{Key, Keyed, Record, Transaction};
use rolecall_types::{AccountId, RegionId};

use crate::store_error;

/// Where a record of an account's region stands.
pub fn key<T: Record>(account: &AccountId, region: &RegionId, id: &str) -> Key {
    Key::of::<T>(&[account.as_str(), region.as_str(), id])
}

/// The record with this id, if the account has it in the region.
pub async fn find<T: Record>(
    transaction: &mut Transaction,
    scope: &Scope,
    id: &str,
) -> Result<Option<T>, ApiError> {
    let parts = [scope.account.as_str(), scope.region.as_str(), id];
    transaction.get(&parts).await.map_err(store_error)
}

/// All that the account has in the region, in the order of the ids.
pub async fn list<T: Record>(
    transaction: &mut Transaction,
    scope: &Scope,
) -> Result<Vec<T>, ApiError> {
    let leading = [scope.account.as_str(), scope.region.as_str()];
    let found = transaction.scan(&leading, None, usize::MAX).await.map_err(store_error)?;
    Ok(found.into_iter().map(|(_, record)| record).collect())
}

/// Puts a record in its place.
pub fn put<T: Keyed>(transaction: &mut Transaction, record: &T) -> Result<(), ApiError> {
    transaction.put(record).map_err(store_error)
}

/// Deletes the record with this id.
pub fn delete<T: Record>(transaction: &mut Transaction, scope: &Scope, id: &str) {
    transaction.delete::<T>(&[scope.account.as_str(), scope.region.as_str(), id]);
}
