//! Uploads by parts: the index and the bytes together.
//!
//! ```text
//! part      body ─▶ blob, checked, durable ─▶ index, one transaction ─▶ the replaced part goes
//! complete  index, one transaction: the object is, the upload is not ─▶ the other parts go
//! abort     index, one transaction ─▶ the parts' blobs go
//! ```

use rolecall_types::Timestamp;

use super::{Objects, is_certain};
use crate::assembly::{Wanted, assemble};
use crate::error::ObjectError;
use crate::index::{Completed, Overwrite, UploadPlace};
use crate::known::KnownBucket;
use crate::record::{Object, ObjectAcl, Part, Piece, UploadId, VersionId};
use crate::upload::Received;

/// How an upload is completed.
#[derive(Debug, Clone)]
pub(crate) struct Completion {
    /// The parts of the object.
    pub(crate) wanted: Wanted,
    /// Whether it may take another one's place.
    pub(crate) overwrite: Overwrite,
    /// Who may use it, where that is not as it was said at the beginning.
    pub(crate) acl: Option<ObjectAcl>,
    /// When that is.
    pub(crate) now: Timestamp,
}

impl Objects {
    /// Makes a received part durable, and then a part of its upload, in the place of the one that
    /// had its number. It goes on to its end even if the caller is gone.
    pub(crate) async fn put_part(
        &self,
        place: UploadPlace,
        upload: UploadId,
        number: u32,
        received: Received,
        now: Timestamp,
    ) -> Result<Part, ObjectError> {
        let this = self.clone();
        let work = async move {
            let Received { size, md5, crc64, .. } = received;
            let pieces = received.settle().await?;
            let part = Part { upload, number, pieces, size, md5, crc64, modified: now };
            match this.index.put_part(&place, &part).await {
                Ok(before) => this.forget(before.map_or(Vec::new(), |before| before.pieces)).await,
                Err(error) => {
                    // Otherwise the record may be there, and the next start decides.
                    if is_certain(&error) {
                        this.forget(part.pieces).await;
                    }
                    return Err(error);
                }
            }
            Ok(part)
        };
        tokio::spawn(work).await.map_err(|_| ObjectError::Stopping)?
    }

    /// Makes an object of the parts of an upload, which ends. Returns its version's id as well, in
    /// a bucket that has or had versioning.
    pub(crate) async fn complete(
        &self,
        bucket: KnownBucket,
        place: UploadPlace,
        completion: Completion,
    ) -> Result<(Object, Option<VersionId>), ObjectError> {
        let this = self.clone();
        let work = async move {
            let Completion { wanted, overwrite, acl, now } = completion;
            let make = move |upload: &_, parts| {
                let mut made = assemble(upload, parts, &wanted, now)?;
                made.object.acl = acl.unwrap_or(made.object.acl);
                Ok(made)
            };
            let completed = this.index.complete(&bucket, &place, &make, overwrite).await?;
            let Completed { object, put, discarded } = completed;
            this.forget(put.gone.map_or(Vec::new(), |gone| gone.pieces)).await;
            this.forget(pieces(discarded)).await;
            Ok((object, put.version))
        };
        tokio::spawn(work).await.map_err(|_| ObjectError::Stopping)?
    }

    /// Ends an upload and forgets its parts.
    pub(crate) async fn abort(&self, place: UploadPlace) -> Result<(), ObjectError> {
        let this = self.clone();
        let work = async move {
            let parts = this.index.abort(&place).await?;
            this.forget(pieces(parts)).await;
            Ok(())
        };
        tokio::spawn(work).await.map_err(|_| ObjectError::Stopping)?
    }
}

fn pieces(parts: Vec<Part>) -> Vec<Piece> {
    parts.into_iter().flat_map(|part| part.pieces).collect()
}
