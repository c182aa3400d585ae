//! Objects: the index and the bytes together.
//!
//! ```text
//! put     body ─▶ blob, checked, durable ─▶ index, one transaction ─▶ the old blob goes
//! delete  index, one transaction ─▶ the blob goes
//! ```
//!
//! A crash between two steps leaves a blob that nothing refers to, never an object without its
//! bytes; the next start sweeps it.

use std::ops::Range;
use std::sync::Arc;

use rolecall_gate::Body;
use rolecall_store::StoreError;

use crate::blobs::Blobs;
use crate::download;
use crate::error::ObjectError;
use crate::index::{Index, Overwrite};
use crate::record::{Bucket, Object, Piece};
use crate::text::ObjectKey;
use crate::upload::{Claims, Received, receive};

/// How often a read begins anew because the object was replaced between its look-up and its bytes.
const MAX_READS: u32 = 64;

/// The index and the bytes. A clone is the same.
#[derive(Debug, Clone)]
pub(crate) struct Objects {
    pub(crate) index: Index,
    blobs: Arc<dyn Blobs>,
}

impl Objects {
    /// Opens both, and sweeps what an earlier run left between its steps. Nothing else may use
    /// either meanwhile.
    pub(crate) async fn open(index: Index, blobs: Arc<dyn Blobs>) -> Result<Self, ObjectError> {
        let kept = index.blobs().await?.into_iter().collect();
        let swept = blobs.sweep(kept).await?;
        if swept > 0 {
            tracing::info!(swept, "removed blobs that an earlier run left");
        }
        Ok(Self { index, blobs })
    }

    /// Receives a body.
    pub(crate) async fn receive(
        &self,
        body: Body,
        claims: &Claims,
    ) -> Result<Received, ObjectError> {
        receive(self.blobs.as_ref(), body, claims).await
    }

    /// Makes a received body durable, and then the object visible. `object` tells all but where
    /// its bytes are. It goes on to its end even if the caller is gone.
    pub(crate) async fn put(
        &self,
        bucket: Bucket,
        object: Object,
        received: Received,
        overwrite: Overwrite,
    ) -> Result<(), ObjectError> {
        let this = self.clone();
        let work = async move {
            let pieces = received.settle().await?;
            let object = Object { pieces, ..object };
            match this.index.put_object(&bucket, &object, overwrite).await {
                Ok(before) => this.forget(before.map_or(Vec::new(), |before| before.pieces)).await,
                Err(error) => {
                    // Otherwise the record may be there, and the next start decides.
                    if is_certain(&error) {
                        this.forget(object.pieces).await;
                    }
                    return Err(error);
                }
            }
            Ok(())
        };
        tokio::spawn(work).await.map_err(|_| ObjectError::Stopping)?
    }

    /// Deletes an object, if there is one.
    pub(crate) async fn delete(&self, bucket: Bucket, key: ObjectKey) -> Result<(), ObjectError> {
        let this = self.clone();
        let work = async move {
            if let Some(before) = this.index.delete_object(&bucket, &key).await? {
                this.forget(before.pieces).await;
            }
            Ok(())
        };
        tokio::spawn(work).await.map_err(|_| ObjectError::Stopping)?
    }

    /// An object and what `choose` makes of it: an answer without bytes, or a range of them.
    pub(crate) async fn read<T>(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        choose: impl Fn(&Object) -> Result<(T, Option<Range<u64>>), rolecall_api::ApiError>,
    ) -> Result<Option<(Object, T, Body)>, rolecall_api::ApiError> {
        let mut missing = ObjectError::BlobMissing;
        let mut seen: Option<Object> = None;
        for _ in 0..MAX_READS {
            let Some(object) = self.index.object(&bucket.id, key).await? else { return Ok(None) };
            if seen.as_ref() == Some(&object) {
                break;
            }
            let (chosen, range) = choose(&object)?;
            let Some(range) = range else { return Ok(Some((object, chosen, Body::empty()))) };
            match download::send(&self.blobs, &object, range).await {
                Ok(body) => return Ok(Some((object, chosen, body))),
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
