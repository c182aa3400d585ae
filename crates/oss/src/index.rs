//! The index: which buckets and objects there are, in transactions of the store.

mod version_scan;
mod versions;

use std::fmt;
use std::sync::Arc;

use rolecall_api::ApiError;
use rolecall_policy::BlockedAt;
use rolecall_store::{Key, KeyRange, Reader, Record, Store, StoreError, Transaction};
use rolecall_types::{AccountId, Random, Timestamp};
use tokio::sync::Semaphore;

use crate::access::ObjectFacts;
use crate::error::ObjectError;
use crate::known::{Known, KnownBucket, KnownObject, KnownObjects};
use crate::record::{
    AccountSettings, Bucket, BucketAcl, BucketId, Lifecycle, Object, OwnedBucket, Part, Piece,
    Upload, Version, VersionId,
};
use crate::text::ObjectKey;
pub(crate) use version_scan::{Listed, VersionScan};
use versions::Versions;
pub(crate) use versions::{Deleted, Put};

/// The most buckets of an account. Source: the page "Limits" of OSS.
pub const BUCKETS_MAX: usize = 100;

/// How often a change runs again because another was faster on the same records. At least one of
/// the rivals succeeds in each round, so this bounds how many may meet on one record.
const MAX_ATTEMPTS: u32 = 64;

/// How many records are read at once where all are wanted.
const BATCH: usize = 1_000;

/// Whether an object may take the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overwrite {
    /// It does.
    Allowed,
    /// It must be the first of its key.
    Forbidden,
}

/// Runs a change in a transaction of an index, again where another was faster. Who was beaten once
/// waits in a line for the next tries, so that it meets newcomers only, however many rivals write
/// one key. A macro, for the compiler cannot see that the future of a closure which borrows may
/// move between threads.
macro_rules! change {
    ($index:expr, |$transaction:ident| $work:block) => {{
        let mut in_line = None;
        for _ in 0..MAX_ATTEMPTS {
            let mut $transaction = $index.store.begin().await?;
            let done = $work;
            match $transaction.commit().await {
                Ok(_) => return Ok(done),
                Err(StoreError::Conflict) if in_line.is_none() => {
                    in_line = Some($index.beaten.lock().await);
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict.into())
    }};
}

mod count;
mod lifecycle;
mod referrers;
mod uploads;

pub(crate) use referrers::{Reference, Referrer};
pub(crate) use uploads::{Completed, UploadPlace, UploadPosition, UploadScan};

/// The records of buckets and objects, and what was made of those of buckets.
#[derive(Clone)]
pub(crate) struct Index {
    store: Store,
    /// For the ids of versions.
    random: Arc<dyn Random>,
    /// Whose turn it is to count.
    counting: Arc<Semaphore>,
    known: Arc<Known>,
    objects: Arc<KnownObjects>,
    /// Held by the change that was beaten by another and tries again.
    beaten: Arc<tokio::sync::Mutex<()>>,
}

impl Index {
    /// The index in a store of its own.
    pub(crate) fn new(store: Store, random: Arc<dyn Random>) -> Self {
        let counting = Arc::new(Semaphore::new(1));
        let (known, objects, beaten) = Default::default();
        Self { store, random, counting, known, objects, beaten }
    }

    /// The bucket of a name.
    pub(crate) async fn bucket(&self, name: &str) -> Result<Option<KnownBucket>, ObjectError> {
        self.known.bucket(&self.store.read().await?, name).await
    }

    /// Where public access to a bucket is blocked, if it is.
    pub(crate) async fn blocked(&self, bucket: &Bucket) -> Result<Option<BlockedAt>, ObjectError> {
        let reader = self.store.read().await?;
        let account = self.known.blocks_public_access(&reader, &bucket.owner).await?;
        let bucket = bucket.configuration.block_public_access.then_some(BlockedAt::Bucket);
        Ok(if account { Some(BlockedAt::Account) } else { bucket })
    }

    /// What of an object counts in decisions about it; where there is none, the bucket's rules.
    pub(crate) async fn facts(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        version: Option<&str>,
    ) -> Result<ObjectFacts, ObjectError> {
        // An id that no version can have is refused before anything is decided.
        let version = version.and_then(VersionId::parse);
        Ok(match self.find(bucket, key, version.as_ref()).await? {
            Some(Version::Object(object)) => ObjectFacts { acl: object.acl, tags: object.tags },
            Some(Version::Marker(_)) | None => ObjectFacts::default(),
        })
    }

    /// Makes a bucket, unless its owner has it already; of one that is there, nothing changes but
    /// the access control list, where one is asked for. `keeps` says whether the one that is there
    /// is otherwise as it is asked for.
    pub(crate) async fn create_bucket(
        &self,
        bucket: &Bucket,
        acl: Option<BucketAcl>,
        keeps: impl Fn(&Bucket) -> bool + Send,
    ) -> Result<(), ObjectError> {
        change!(self, |transaction| {
            let existing: Option<Bucket> = transaction.get(&[bucket.name.as_str()]).await?;
            if let Some(existing) = existing {
                if existing.owner != bucket.owner {
                    return Err(ObjectError::BucketTaken);
                }
                if !keeps(&existing) {
                    return Err(ObjectError::BucketDiffers);
                }
                let acl = acl.unwrap_or(existing.acl);
                if acl != existing.acl {
                    transaction.put(&Bucket { acl, ..existing })?;
                }
            } else {
                let owned = &[bucket.owner.as_str()];
                let owned = transaction.scan::<OwnedBucket>(owned, None, BUCKETS_MAX).await?;
                if owned.len() == BUCKETS_MAX {
                    return Err(ObjectError::TooManyBuckets);
                }
                let (owner, name) = (bucket.owner.clone(), bucket.name.clone());
                transaction.put(&OwnedBucket { owner, name })?;
                transaction.put(bucket)?;
            }
        })
    }

    /// Changes what a bucket's owner has set.
    pub(crate) async fn configure(
        &self,
        bucket: &Bucket,
        set: impl Fn(&mut Bucket) + Send,
    ) -> Result<(), ObjectError> {
        change!(self, |transaction| {
            let mut now = still_there(&mut transaction, bucket).await?;
            set(&mut now);
            transaction.put(&now)?;
        })
    }

    /// Sets whether public access to all buckets of an account is blocked.
    pub(crate) async fn block_public_access(
        &self,
        account: &AccountId,
        block_public_access: bool,
    ) -> Result<(), ObjectError> {
        change!(self, |transaction| {
            let found: Option<AccountSettings> = transaction.get(&[account.as_str()]).await?;
            let settings = found.unwrap_or_else(|| AccountSettings {
                account: account.clone(),
                block_public_access: false,
            });
            transaction.put(&AccountSettings { block_public_access, ..settings })?;
        })
    }

    /// Whether public access to all buckets of an account is blocked.
    pub(crate) async fn is_blocked(&self, account: &AccountId) -> Result<bool, ObjectError> {
        self.known.blocks_public_access(&self.store.read().await?, account).await
    }

    /// Deletes a bucket that has no objects, no versions and no uploads.
    pub(crate) async fn delete_bucket(&self, bucket: &Bucket) -> Result<(), ObjectError> {
        change!(self, |transaction| {
            still_there(&mut transaction, bucket).await?;
            let leading = [bucket.id.as_str()];
            let objects = transaction.scan::<Object>(&leading, None, 1).await?.len();
            let versions = transaction.scan::<Version>(&leading, None, 1).await?.len();
            let uploads = transaction.scan::<Upload>(&leading, None, 1).await?.len();
            if [versions, uploads].into_iter().fold(objects, usize::saturating_add) > 0 {
                return Err(ObjectError::BucketNotEmpty);
            }
            transaction.delete::<OwnedBucket>(&[bucket.owner.as_str(), bucket.name.as_str()]);
            transaction.delete::<Lifecycle>(&[bucket.id.as_str()]);
            transaction.delete::<Bucket>(&[bucket.name.as_str()]);
        })
    }

    /// At most `limit` buckets of an account whose names begin with `prefix`, in the order of their
    /// names, from behind `after`.
    pub(crate) async fn buckets(
        &self,
        owner: &AccountId,
        prefix: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Bucket>, ObjectError> {
        let mut transaction = self.store.begin().await?;
        let owner = owner.as_str();
        let range = KeyRange::beginning(OwnedBucket::TABLE, &[owner], prefix.as_bytes())
            .after(&Key::of::<OwnedBucket>(&[owner, after]));
        let mut buckets = Vec::new();
        for (_, owned) in transaction.scan_range::<OwnedBucket>(range, limit).await? {
            buckets.extend(transaction.get::<Bucket>(&[owned.name.as_str()]).await?);
        }
        Ok(buckets)
    }

    /// The object of a key in a bucket that never kept versions.
    pub(crate) async fn current(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
    ) -> Result<Option<KnownObject>, ObjectError> {
        self.objects.get(&self.store.read().await?, &bucket.id, key).await
    }

    /// What a read of a key gets: the version of an id, or without one the newest.
    pub(crate) async fn find(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        version: Option<&VersionId>,
    ) -> Result<Option<Version>, ObjectError> {
        if bucket.versioning.is_none() && version.is_none() {
            let object = self.store.read().await?.get(&[bucket.id.as_str(), key.as_str()]).await?;
            return Ok(object.map(|object| Version::Object(Box::new(object))));
        }
        let transaction = &mut self.store.begin().await?;
        Ok(Versions { transaction, bucket: &bucket.id, key }.find(version).await?)
    }

    /// Puts an object in its place: of the current one, or before it where the bucket keeps
    /// versions.
    pub(crate) async fn put_object(
        &self,
        bucket: &Bucket,
        object: &Object,
        overwrite: Overwrite,
    ) -> Result<Put, ObjectError> {
        change!(self, |transaction| {
            let now = still_there(&mut transaction, bucket).await?;
            self.place(&mut transaction, &now, object, overwrite).await?
        })
    }

    /// Changes an object where it is: the version of an id, or without one the current object,
    /// which `change` may also make where the key has no version at all. Returns what it made, or
    /// why it refused.
    pub(crate) async fn update_object(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        version: Option<&VersionId>,
        change: impl Fn(Option<Version>) -> Result<Object, ApiError> + Send + Sync,
    ) -> Result<Result<Object, ApiError>, ObjectError> {
        change!(self, |transaction| {
            still_there(&mut transaction, bucket).await?;
            let bucket = &bucket.id;
            let mut versions = Versions { transaction: &mut transaction, bucket, key };
            let found = versions.find(version).await?;
            let is_new = found.is_none();
            match change(found) {
                Ok(object) if is_new => versions.transaction.put(&object).map(|()| Ok(object))?,
                Ok(object) => versions.replace(&object).await.map(|()| Ok(object))?,
                Err(refused) => return Ok(Err(refused)),
            }
        })
    }

    /// Deletes a key, or one version of it for good. That there is none is no error.
    pub(crate) async fn delete_object(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        version: Option<&VersionId>,
        now: Timestamp,
    ) -> Result<Deleted, ObjectError> {
        change!(self, |transaction| {
            let versioning = still_there(&mut transaction, bucket).await?.versioning;
            let bucket = &bucket.id;
            let mut versions = Versions { transaction: &mut transaction, bucket, key };
            match version {
                Some(version) => versions.delete_version(version).await?,
                None => versions.delete(versioning, now, self.random.as_ref()).await?,
            }
        })
    }

    /// One state of the objects of a bucket, to list them from.
    pub(crate) async fn listing(&self, bucket: &BucketId) -> Result<ObjectScan, ObjectError> {
        Ok(ObjectScan { transaction: self.store.begin().await?, bucket: bucket.clone() })
    }

    /// One state of the versions of a bucket, to list them from.
    pub(crate) async fn version_listing(
        &self,
        bucket: &BucketId,
    ) -> Result<VersionScan, ObjectError> {
        Ok(VersionScan::new(self.store.begin().await?, bucket.clone()))
    }

    /// Shows every piece that records of one state refer to. They are read a batch at a time.
    pub(crate) async fn each_piece(
        &self,
        mut see: impl FnMut(&Piece) -> Result<(), ObjectError>,
    ) -> Result<(), ObjectError> {
        let reader = self.store.read().await?;
        each(&reader, |object: Object| object.pieces.iter().try_for_each(&mut see)).await?;
        each(&reader, |version| match version {
            Version::Object(object) => object.pieces.iter().try_for_each(&mut see),
            Version::Marker(_) => Ok(()),
        })
        .await?;
        each(&reader, |part: Part| part.pieces.iter().try_for_each(&mut see)).await
    }

    /// Puts an object in its place in a transaction that has read the bucket as it is now.
    async fn place(
        &self,
        transaction: &mut Transaction,
        bucket: &Bucket,
        object: &Object,
        overwrite: Overwrite,
    ) -> Result<Put, ObjectError> {
        let mut versions = Versions { transaction, bucket: &bucket.id, key: &object.key };
        // Where nothing is overwritten, there is nothing to forbid. Source: OSS `PutObject`.
        let guarded = bucket.versioning.is_none() && overwrite == Overwrite::Forbidden;
        if guarded && versions.current().await?.is_some() {
            return Err(ObjectError::Exists);
        }
        Ok(versions.put(bucket.versioning, object.clone(), self.random.as_ref()).await?)
    }
}

/// Shows every record of a table in one state.
async fn each<T: Record>(
    reader: &Reader,
    mut see: impl FnMut(T) -> Result<(), ObjectError>,
) -> Result<(), ObjectError> {
    let mut after = None;
    loop {
        let batch = reader.scan::<T>(&[], after.as_ref(), BATCH).await?;
        let Some((last, _)) = batch.last() else { return Ok(()) };
        after = Some(last.clone());
        for (_, record) in batch {
            see(record)?;
        }
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index").field("store", &self.store).finish_non_exhaustive()
    }
}

/// The bucket as it is now, if it is still the one that the request found. The transaction holds
/// only if it stays so.
async fn still_there(
    transaction: &mut Transaction,
    bucket: &Bucket,
) -> Result<Bucket, ObjectError> {
    match transaction.get::<Bucket>(&[bucket.name.as_str()]).await? {
        Some(now) if now.id == bucket.id => Ok(now),
        _ => Err(ObjectError::NoSuchBucket),
    }
}

/// The objects of a bucket in one state of the index, in the order of their keys' bytes.
pub(crate) struct ObjectScan {
    transaction: Transaction,
    bucket: BucketId,
}

/// Where a scan goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Position {
    /// At the first key.
    Start,
    /// Behind this key.
    After(String),
    /// Behind every key that begins with this.
    Beyond(String),
    /// Among the versions of this key, behind the one that has this place.
    Within(ObjectKey, u64),
}

impl Position {
    /// The key or the common prefix that it lies behind, as a marker.
    pub(crate) fn into_marker(self) -> String {
        match self {
            Self::Start => String::new(),
            Self::After(text) | Self::Beyond(text) => text,
            Self::Within(key, _) => key.as_str().to_owned(),
        }
    }
}

/// Sorts behind every byte of UTF-8.
const BEYOND: u8 = 0xFF;

/// A table, or several as one, in one state of the index and in the order of its keys' bytes.
pub(crate) trait Scan {
    /// What it is of.
    type Entry;

    /// The key of an entry.
    fn key(entry: &Self::Entry) -> &str;

    /// The place behind an entry.
    fn behind(entry: &Self::Entry) -> Position;

    /// At most `limit` entries whose keys begin with `prefix`; fewer only at the end.
    fn next(
        &mut self,
        prefix: &str,
        from: &Position,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Self::Entry>, ObjectError>> + Send;
}

impl Scan for ObjectScan {
    type Entry = Object;

    fn key(entry: &Object) -> &str {
        entry.key.as_str()
    }

    fn behind(entry: &Object) -> Position {
        Position::After(entry.key.as_str().to_owned())
    }

    async fn next(
        &mut self,
        prefix: &str,
        from: &Position,
        limit: usize,
    ) -> Result<Vec<Object>, ObjectError> {
        let range = from.range(Object::TABLE, &self.bucket, prefix);
        let found = self.transaction.scan_range::<Object>(range, limit).await?;
        Ok(found.into_iter().map(|(_, object)| object).collect())
    }
}
