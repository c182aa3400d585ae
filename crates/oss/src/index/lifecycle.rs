//! What the index does for lifecycle rules: it keeps them, and changes objects that are still as
//! they were when a rule was found to be about them.

use rolecall_store::{Key, KeyRange, Keyed, Record, StoreError};
use rolecall_types::Timestamp;

use super::versions::{Deleted, Versions};
use super::{BATCH, Index, MAX_ATTEMPTS, still_there};
use crate::error::ObjectError;
use crate::lifecycle::midnight_before;
use crate::record::{
    Bucket, BucketId, Lifecycle, LifecycleConfiguration, Object, StorageClass, Version,
};

impl Index {
    /// The rules of a bucket.
    pub(crate) async fn lifecycle(
        &self,
        bucket: &BucketId,
    ) -> Result<Option<Lifecycle>, ObjectError> {
        Ok(self.store.read().await?.get(&[bucket.as_str()]).await?)
    }

    /// Sets the rules of a bucket. They are looked at first at the next midnight.
    pub(crate) async fn set_lifecycle(
        &self,
        bucket: &Bucket,
        configuration: &LifecycleConfiguration,
        now: Timestamp,
    ) -> Result<(), ObjectError> {
        let lifecycle = Lifecycle {
            bucket: bucket.id.clone(),
            name: bucket.name.clone(),
            configuration: configuration.clone(),
            ran: midnight_before(now),
        };
        change!(self, |transaction| {
            still_there(&mut transaction, bucket).await?;
            transaction.put(&lifecycle).map_err(|error| match error {
                StoreError::TooLarge { .. } => ObjectError::TooLarge,
                other => other.into(),
            })?;
        })
    }

    /// Forgets the rules of a bucket.
    pub(crate) async fn unset_lifecycle(&self, bucket: &Bucket) -> Result<(), ObjectError> {
        change!(self, |transaction| {
            still_there(&mut transaction, bucket).await?;
            transaction.delete::<Lifecycle>(&[bucket.id.as_str()]);
        })
    }

    /// Some of the rules of all buckets, in the order of the buckets' ids, from behind `after`.
    pub(crate) async fn lifecycles(
        &self,
        after: Option<&BucketId>,
    ) -> Result<Vec<Lifecycle>, ObjectError> {
        let after = after.map(|bucket| Key::of::<Lifecycle>(&[bucket.as_str()]));
        let found = self.store.read().await?.scan(&[], after.as_ref(), BATCH).await?;
        Ok(found.into_iter().map(|(_, lifecycle)| lifecycle).collect())
    }

    /// Notes that rules were looked at, unless they were changed meanwhile.
    pub(crate) async fn lifecycle_ran(
        &self,
        seen: &Lifecycle,
        midnight: Timestamp,
    ) -> Result<(), ObjectError> {
        change!(self, |transaction| {
            let now: Option<Lifecycle> = transaction.get(&[seen.bucket.as_str()]).await?;
            if now.as_ref() == Some(seen) {
                transaction.put(&Lifecycle { ran: midnight, ..seen.clone() })?;
            }
        })
    }

    /// Deletes an object that is still the current one and as it was seen: as `DeleteObject` does,
    /// so that a delete marker stands before it where the bucket has versioning. `None` where it is
    /// not the same any more.
    pub(crate) async fn expire_object(
        &self,
        bucket: &Bucket,
        seen: &Object,
        now: Timestamp,
    ) -> Result<Option<Deleted>, ObjectError> {
        change!(self, |transaction| {
            let versioning = still_there(&mut transaction, bucket).await?.versioning;
            let (transaction, key) = (&mut transaction, &seen.key);
            let mut versions = Versions { transaction, bucket: &bucket.id, key };
            if versions.current().await?.as_ref() != Some(seen) {
                return Ok(None);
            }
            Some(versions.delete(versioning, now, self.random.as_ref()).await?)
        })
    }

    /// Deletes for good a version that is still as it was seen and not what a read of its key gets,
    /// or a delete marker that hides nothing any more. `None` where it is otherwise by now.
    pub(crate) async fn expire_version(
        &self,
        bucket: &Bucket,
        seen: &Version,
    ) -> Result<Option<Deleted>, ObjectError> {
        change!(self, |transaction| {
            still_there(&mut transaction, bucket).await?;
            let (transaction, key) = (&mut transaction, seen.object_key());
            let mut versions = Versions { transaction, bucket: &bucket.id, key };
            if !versions.may_expire(seen).await? {
                return Ok(None);
            }
            Some(versions.delete_version(seen.id()).await?)
        })
    }

    /// Has an object, current or not, that is still as it was seen kept in another class, and tells
    /// whether it was.
    pub(crate) async fn move_object(
        &self,
        bucket: &Bucket,
        seen: &Object,
        class: StorageClass,
    ) -> Result<bool, ObjectError> {
        change!(self, |transaction| {
            still_there(&mut transaction, bucket).await?;
            let (transaction, key) = (&mut transaction, &seen.key);
            let mut versions = Versions { transaction, bucket: &bucket.id, key };
            let now = versions.find(Some(&seen.version)).await?;
            if !matches!(&now, Some(Version::Object(object)) if **object == *seen) {
                return Ok(false);
            }
            versions.replace(&Object { storage_class: class, ..seen.clone() }).await?;
            true
        })
    }

    /// Some of the versions of keys that begin with `prefix` which are not what a read of their key
    /// gets, and of the delete markers; keys in their order, of each the newest first.
    pub(crate) async fn hidden_versions(
        &self,
        bucket: &BucketId,
        prefix: &str,
        after: Option<&Version>,
        limit: usize,
    ) -> Result<Vec<Version>, ObjectError> {
        let range = KeyRange::beginning(Version::TABLE, &[bucket.as_str()], prefix.as_bytes());
        let range = match after {
            Some(version) => range.after(&version.key()),
            None => range,
        };
        let found = self.store.read().await?.scan_range::<Version>(range, limit).await?;
        Ok(found.into_iter().map(|(_, version)| version).collect())
    }
}
