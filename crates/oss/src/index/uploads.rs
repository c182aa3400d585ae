//! Uploads and their parts in the index.
//!
//! A part is put only while its upload is there, and the upload goes together with all its parts:
//! whoever completes or aborts it first does so, and for everybody else it is not there any more.

use rolecall_store::{Key, KeyRange, Record, StoreError, Transaction};

use super::{BEYOND, Index, MAX_ATTEMPTS, Overwrite, Put, still_there};
use crate::assembly::{Assembly, PartsError};
use crate::error::ObjectError;
use crate::record::{Bucket, BucketId, Object, PART_NUMBER_MAX, Part, Upload};
use crate::text::ObjectKey;

/// Where an upload is: its id counts for this bucket and this key alone.
#[derive(Debug, Clone)]
pub(crate) struct UploadPlace {
    pub(crate) bucket: BucketId,
    pub(crate) key: ObjectKey,
    /// As a client sent it.
    pub(crate) id: String,
}

impl UploadPlace {
    fn parts(&self) -> [&str; 3] {
        [self.bucket.as_str(), self.key.as_str(), &self.id]
    }
}

/// What an upload became.
#[derive(Debug)]
pub(crate) struct Completed {
    /// The object that there now is.
    pub(crate) object: Object,
    /// Its version, and the object that is no more.
    pub(crate) put: Put,
    /// Parts that the object does not have.
    pub(crate) discarded: Vec<Part>,
}

/// Where a list of uploads goes on: behind a key, or behind an upload of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UploadPosition {
    /// At the first upload.
    Start,
    /// Behind all uploads of this key.
    AfterKey(String),
    /// Behind this upload of a key.
    After(String, String),
    /// Behind every key that begins with this.
    Beyond(String),
}

/// How an object is made of an upload and all its parts.
pub(crate) type Assemble = dyn Fn(&Upload, Vec<Part>) -> Result<Assembly, PartsError> + Send + Sync;

impl Index {
    /// Begins an upload.
    pub(crate) async fn begin_upload(
        &self,
        bucket: &Bucket,
        upload: &Upload,
        overwrite: Overwrite,
    ) -> Result<(), ObjectError> {
        change!(self, |transaction| {
            let now = still_there(&mut transaction, bucket).await?;
            if now.versioning.is_none() && overwrite == Overwrite::Forbidden {
                let place = [bucket.id.as_str(), upload.key.as_str()];
                if transaction.get::<Object>(&place).await?.is_some() {
                    return Err(ObjectError::Exists);
                }
            }
            transaction.put(upload)?;
        })
    }

    /// An upload that has begun and not ended.
    pub(crate) async fn upload(&self, place: &UploadPlace) -> Result<Upload, ObjectError> {
        let found = self.store.read().await?.get(&place.parts()).await?;
        found.ok_or(ObjectError::NoSuchUpload)
    }

    /// Puts a part of an upload in its place, and returns the one that was there.
    pub(crate) async fn put_part(
        &self,
        place: &UploadPlace,
        part: &Part,
    ) -> Result<Option<Part>, ObjectError> {
        change!(self, |transaction| {
            going_on(&mut transaction, place).await?;
            let number = Part::place(part.number);
            let before = transaction.get::<Part>(&[place.id.as_str(), number.as_str()]).await?;
            transaction.put(part)?;
            before
        })
    }

    /// Ends an upload: its object takes the place of the one that was there.
    pub(crate) async fn complete(
        &self,
        bucket: &Bucket,
        upload: &UploadPlace,
        assemble: &Assemble,
        overwrite: Overwrite,
    ) -> Result<Completed, ObjectError> {
        change!(self, |transaction| {
            let now = still_there(&mut transaction, bucket).await?;
            let begun = going_on(&mut transaction, upload).await?;
            let parts = end(&mut transaction, upload).await?;
            let Assembly { object, discarded } = assemble(&begun, parts)?;
            let put = self.place(&mut transaction, &now, &object, overwrite).await?;
            Completed { object, put, discarded }
        })
    }

    /// Ends an upload without an object, and returns the parts that it had.
    pub(crate) async fn abort(&self, place: &UploadPlace) -> Result<Vec<Part>, ObjectError> {
        change!(self, |transaction| {
            going_on(&mut transaction, place).await?;
            end(&mut transaction, place).await?
        })
    }

    /// An upload and at most `limit` of its parts with higher numbers than `after`, in their order.
    pub(crate) async fn parts(
        &self,
        place: &UploadPlace,
        after: u32,
        limit: usize,
    ) -> Result<(Upload, Vec<Part>), ObjectError> {
        let mut transaction = self.store.begin().await?;
        let upload = going_on(&mut transaction, place).await?;
        let after = Key::of::<Part>(&[place.id.as_str(), &Part::place(after)]);
        let parts = transaction.scan::<Part>(&[&place.id], Some(&after), limit).await?;
        Ok((upload, parts.into_iter().map(|(_, part)| part).collect()))
    }

    /// One state of the uploads of a bucket, to list them from.
    pub(crate) async fn uploads(&self, bucket: &BucketId) -> Result<UploadScan, ObjectError> {
        Ok(UploadScan { transaction: self.store.begin().await?, bucket: bucket.clone() })
    }
}

/// The upload, if it has not ended. The transaction holds only if it stays.
async fn going_on(
    transaction: &mut Transaction,
    place: &UploadPlace,
) -> Result<Upload, ObjectError> {
    transaction.get(&place.parts()).await?.ok_or(ObjectError::NoSuchUpload)
}

/// Deletes the records of an upload and of its parts, and returns these in their order.
async fn end(transaction: &mut Transaction, place: &UploadPlace) -> Result<Vec<Part>, ObjectError> {
    let most = usize::try_from(PART_NUMBER_MAX).unwrap_or(usize::MAX);
    // One more, so that a part which comes meanwhile is seen to be within what was read.
    let found = transaction.scan::<Part>(&[&place.id], None, most.saturating_add(1)).await?;
    let parts: Vec<Part> = found.into_iter().map(|(_, part)| part).collect();
    for part in &parts {
        transaction.delete::<Part>(&[place.id.as_str(), &Part::place(part.number)]);
    }
    transaction.delete::<Upload>(&place.parts());
    Ok(parts)
}

/// The uploads of a bucket in one state of the index, in the order of their keys' bytes, those of
/// one key in the order of their ids.
pub(crate) struct UploadScan {
    transaction: Transaction,
    bucket: BucketId,
}

impl UploadScan {
    /// At most `limit` uploads whose keys begin with `prefix`.
    pub(crate) async fn next(
        &mut self,
        prefix: &str,
        from: &UploadPosition,
        limit: usize,
    ) -> Result<Vec<Upload>, ObjectError> {
        let bucket = self.bucket.as_str().as_bytes();
        let range = KeyRange::beginning(Upload::TABLE, &[bucket], prefix.as_bytes());
        let beyond = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            bytes.push(BEYOND);
            bytes
        };
        let range = match from {
            UploadPosition::Start => range,
            UploadPosition::AfterKey(key) => {
                // Ids are ASCII: this is behind all of them.
                range.after(&Key::new(Upload::TABLE, &[bucket, key.as_bytes(), &[BEYOND]]))
            }
            UploadPosition::After(key, id) => {
                range.after(&Key::new(Upload::TABLE, &[bucket, key.as_bytes(), id.as_bytes()]))
            }
            UploadPosition::Beyond(beginning) => {
                range.after(&Key::new(Upload::TABLE, &[bucket, &beyond(beginning)]))
            }
        };
        let found = self.transaction.scan_range::<Upload>(range, limit).await?;
        Ok(found.into_iter().map(|(_, upload)| upload).collect())
    }
}
