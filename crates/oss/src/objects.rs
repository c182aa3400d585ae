//! Objects: the index and the bytes together.
//!
//! ```text
//! put     body ─▶ blob, checked, durable ─▶ index, one transaction ─▶ blobs of what is gone go
//! delete  index, one transaction ─▶ the same
//! ```
//!
//! A crash between two steps leaves a blob that nothing refers to, never an object without its
//! bytes; after the next start it is swept.

mod append;
mod uploads;

use std::ops::Range;

use bytes::Bytes;
use rolecall_api::ApiError;
use rolecall_gate::Body;
use rolecall_store::StoreError;
use rolecall_types::Timestamp;

use crate::code;
use crate::download::{self, Parts};
use crate::error::ObjectError;
use crate::index::{Deleted, Index, Overwrite};
use crate::known::{KnownBucket, KnownObject};
use crate::operation::Follow;
use crate::pieces::{Hold, Pieces};
use crate::record::{Bucket, Encryption, Object, Piece, Version, VersionId};
use crate::text::ObjectKey;
use crate::upload::{Claims, Received, receive};
use crate::wanted::{Wanted, no_such_key};

pub(crate) use append::Append;
pub(crate) use uploads::Completion;

/// How often a read begins anew because the object was replaced between its look-up and its bytes.
const MAX_READS: u32 = 64;

/// The index and the bytes. A clone is the same.
#[derive(Debug, Clone)]
pub(crate) struct Objects {
    pub(crate) index: Index,
    blobs: Pieces,
}

impl Objects {
    /// The objects of an index whose bytes are in these pieces.
    pub(crate) fn new(index: Index, blobs: Pieces) -> Self {
        Self { index, blobs }
    }

    /// The bytes.
    pub(crate) fn pieces(&self) -> &Pieces {
        &self.blobs
    }

    /// Removes what an earlier run left between its steps. Objects may be used meanwhile.
    pub(crate) async fn sweep(&self) -> Result<(), ObjectError> {
        let mut sweep = self.blobs.sweep().await?;
        self.index.each_piece(|piece| Ok(sweep.keep(&piece.blob)?)).await?;
        let files = sweep.finish().await?;
        if files > 0 {
            tracing::info!(files, "removed what an earlier run left of objects");
        }
        Ok(())
    }

    /// Receives a body, to be kept encrypted or as it is.
    pub(crate) async fn receive(
        &self,
        body: Body,
        claims: &Claims,
        encryption: Option<Encryption>,
    ) -> Result<Received, ObjectError> {
        receive(&self.blobs, body, claims, encryption).await
    }

    /// Makes a received body durable, and then the object visible. `object` tells all but where
    /// its bytes are and which version it is. It goes on to its end even if the caller is gone.
    /// Returns the version's id, in a bucket that has or had versioning.
    pub(crate) async fn put(
        &self,
        bucket: KnownBucket,
        object: Object,
        received: Received,
        overwrite: Overwrite,
    ) -> Result<Option<VersionId>, ObjectError> {
        let this = self.clone();
        let work = async move {
            let pieces = received.settle().await?;
            this.place(&bucket, Object { pieces, ..object }, overwrite).await
        };
        tokio::spawn(work).await.map_err(|_| ObjectError::Stopping)?
    }

    /// Makes an object visible whose bytes are durable, or forgets them.
    async fn place(
        &self,
        bucket: &Bucket,
        object: Object,
        overwrite: Overwrite,
    ) -> Result<Option<VersionId>, ObjectError> {
        match self.index.put_object(bucket, &object, overwrite).await {
            Ok(put) => {
                self.forget(put.gone.map_or(Vec::new(), |gone| gone.pieces)).await;
                Ok(put.version)
            }
            Err(error) => {
                // Otherwise the record may be there, and the next start decides.
                if is_certain(&error) {
                    self.forget(object.pieces).await;
                }
                Err(error)
            }
        }
    }

    /// Deletes a key, or one version of it. That there is none is no error.
    pub(crate) async fn delete(
        &self,
        bucket: KnownBucket,
        key: ObjectKey,
        version: Option<VersionId>,
        now: Timestamp,
    ) -> Result<Deleted, ObjectError> {
        let this = self.clone();
        let work = async move {
            let mut deleted =
                this.index.delete_object(&bucket, &key, version.as_ref(), now).await?;
            if let Some(gone) = deleted.gone.take() {
                this.forget(gone.pieces).await;
            }
            Ok(deleted)
        };
        tokio::spawn(work).await.map_err(|_| ObjectError::Stopping)?
    }

    /// Deletes an object that is still the current one and as it was seen, and tells whether it
    /// was.
    pub(crate) async fn expire(
        &self,
        bucket: &Bucket,
        seen: &Object,
        now: Timestamp,
    ) -> Result<bool, ObjectError> {
        let deleted = self.index.expire_object(bucket, seen, now).await?;
        Ok(self.forget_deleted(deleted).await)
    }

    /// Deletes a version that may go by itself, and tells whether it did.
    pub(crate) async fn expire_version(
        &self,
        bucket: &Bucket,
        seen: &Version,
    ) -> Result<bool, ObjectError> {
        let deleted = self.index.expire_version(bucket, seen).await?;
        Ok(self.forget_deleted(deleted).await)
    }

    /// Forgets the bytes of what was deleted, and tells whether anything was.
    async fn forget_deleted(&self, deleted: Option<Deleted>) -> bool {
        let Some(deleted) = deleted else { return false };
        self.forget(deleted.gone.map_or(Vec::new(), |gone| gone.pieces)).await;
        true
    }

    /// The object that a request means, without its bytes.
    pub(crate) async fn look_up(
        &self,
        bucket: &Bucket,
        wanted: &Wanted<'_>,
    ) -> Result<KnownObject, ApiError> {
        if bucket.versioning.is_none() && wanted.version.is_none() {
            let found = self.index.current(bucket, wanted.key).await?;
            return found.ok_or_else(|| no_such_key(wanted.key));
        }
        let found = Box::pin(self.index.find(bucket, wanted.key, wanted.version.as_ref())).await?;
        wanted.object(found).map(KnownObject::once)
    }

    /// The object that a request means, with its first bytes, at most so many. It is not for what a
    /// caller reads: nobody looks through links.
    pub(crate) async fn beginning(
        &self,
        bucket: &Bucket,
        wanted: &Wanted<'_>,
        longest: u64,
    ) -> Result<(KnownObject, Bytes), ApiError> {
        let object = self.look_up(bucket, wanted).await?;
        let parts = download::parts(&object, &(0..object.size.min(longest)));
        let hold = self.blobs.hold(parts.iter().map(|(piece, _)| piece));
        let body = download::send(&self.blobs, &object, parts, Some(hold)).await?;
        let most = usize::try_from(longest).unwrap_or(usize::MAX);
        let bytes = body.read(most).await.map_err(ObjectError::Body)?;
        Ok((object, bytes))
    }

    /// Changes what is said of the object that a request means. Its bytes stay.
    pub(crate) async fn amend(
        &self,
        bucket: &Bucket,
        wanted: &Wanted<'_>,
        amend: impl Fn(Object) -> Object + Send + Sync,
    ) -> Result<Object, ApiError> {
        let amended = |found| wanted.object(found).map(&amend);
        self.index.update_object(bucket, wanted.key, wanted.version.as_ref(), amended).await?
    }

    /// The object that a request reads: of a link the one that it stands for, with what is said of
    /// the link. The caller must be one who may read that as well. Source: OSS `PutSymlink` and
    /// `GetSymlink`.
    pub(crate) async fn look_through(
        &self,
        bucket: &Bucket,
        wanted: &Wanted<'_>,
        follow: &Follow<'_>,
    ) -> Result<KnownObject, ApiError> {
        let object = self.look_up(bucket, wanted).await?;
        let Some(target) = &object.target else { return Ok(object) };
        let link = Object::clone(&object);
        // What most reads do not do makes the future of none of them larger.
        Box::pin(self.follow(bucket, link, target, follow)).await.map(KnownObject::once)
    }

    /// What a link stands for, with what is said of the link.
    async fn follow(
        &self,
        bucket: &Bucket,
        link: Object,
        target: &ObjectKey,
        follow: &Follow<'_>,
    ) -> Result<Object, ApiError> {
        follow.admit(bucket, target).await?;
        match self.index.find(bucket, target, None).await? {
            Some(Version::Object(target)) if target.target.is_none() => {
                Ok(link.standing_for(*target))
            }
            Some(Version::Object(_)) => Err(ApiError::new(&code::INVALID_TARGET_TYPE)),
            Some(Version::Marker(_)) | None => Err(ApiError::new(&code::SYMLINK_TARGET_NOT_EXIST)),
        }
    }

    /// The object that a request reads, and what `choose` makes of it: an answer without bytes, or
    /// a range of them.
    pub(crate) async fn read<T>(
        &self,
        bucket: &Bucket,
        wanted: &Wanted<'_>,
        follow: &Follow<'_>,
        choose: impl Fn(&Object) -> Result<(T, Option<Range<u64>>), ApiError>,
    ) -> Result<(KnownObject, T, Body), ApiError> {
        let mut missing = ObjectError::BlobMissing;
        let mut seen: Option<KnownObject> = None;
        let mut held: Option<(Parts, Hold)> = None;
        for _ in 0..MAX_READS {
            let deletions = self.blobs.deletions();
            let object = self.look_through(bucket, wanted, follow).await?;
            if seen.as_ref().is_some_and(|seen| **seen == *object) {
                break;
            }
            let (chosen, range) = choose(&object)?;
            let Some(range) = range else { return Ok((object, chosen, Body::empty())) };
            if let Some(bytes) = object.bytes(&range) {
                return Ok((object, chosen, Body::full(bytes)));
            }
            let parts = download::parts(&object, &range);
            let hold = match held.take() {
                _ if parts.len() < 2 => None,
                Some((before, hold)) if before == parts => Some(hold),
                _ => {
                    let hold = self.blobs.hold(parts.iter().map(|(piece, _)| piece));
                    if self.blobs.deletions() != deletions {
                        // One of them may have gone before it was held: the next look tells.
                        held = Some((parts, hold));
                        continue;
                    }
                    Some(hold)
                }
            };
            match Box::pin(download::send(&self.blobs, &object, parts, hold)).await {
                Ok(body) => {
                    body.as_full().into_iter().for_each(|bytes| object.keep(bytes));
                    return Ok((object, chosen, body));
                }
                // It was replaced after the look-up, or its bytes are lost: the next look tells.
                Err(ObjectError::BlobMissing) => seen = Some(object),
                Err(error) => {
                    missing = error;
                    break;
                }
            }
        }
        Err(missing.into())
    }

    async fn forget(&self, pieces: Vec<Piece>) {
        for piece in pieces {
            if let Err(error) = self.blobs.delete(&piece.blob).await {
                tracing::warn!(%error, "an unused blob stays until the next start");
            }
        }
    }
}

/// Whether a failed change of the index certainly did not happen.
fn is_certain(error: &ObjectError) -> bool {
    !matches!(
        error,
        ObjectError::Store(StoreError::Io { .. } | StoreError::Closed | StoreError::Redb { .. })
    )
}
