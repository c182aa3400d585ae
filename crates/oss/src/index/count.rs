//! How much there is in a bucket, counted.

use rolecall_store::{Reader, Record};

use super::{BATCH, Index};
use crate::error::ObjectError;
use crate::record::{BucketId, Object, Part, StorageClass, Upload, Version};

/// What an object that is read seldom is billed as at least, in bytes. Source: the page "Storage
/// classes" of OSS.
const BILLED_MIN: u64 = 64 << 10;

/// The objects of one class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ClassCount {
    pub(crate) objects: u64,
    pub(crate) bytes: u64,
    /// The bytes, small objects rounded up.
    pub(crate) billed: u64,
}

/// How much there is in a bucket, versions that were replaced included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct BucketCount {
    pub(crate) standard: ClassCount,
    pub(crate) infrequent_access: ClassCount,
    pub(crate) delete_markers: u64,
    /// Uploads that are not completed.
    pub(crate) uploads: u64,
    /// Their parts.
    pub(crate) parts: u64,
}

impl Index {
    /// Counts what there is in a bucket, in one state of the index. It reads every record: some
    /// microseconds for each object. One count at a time runs, so that many calls cost no more
    /// than one processor.
    pub(crate) async fn count(&self, bucket: &BucketId) -> Result<BucketCount, ObjectError> {
        let Ok(_turn) = self.counting.acquire().await else { return Err(ObjectError::Stopping) };
        let reader = self.store.read().await?;
        let (mut count, place) = (BucketCount::default(), [bucket.as_str()]);
        each(&reader, &place, |object: Object| count.add(&object)).await?;
        each(&reader, &place, |version: Version| match version {
            Version::Object(object) => count.add(&object),
            Version::Marker(_) => count.delete_markers = count.delete_markers.saturating_add(1),
        })
        .await?;
        let mut uploads = Vec::new();
        each(&reader, &place, |upload: Upload| uploads.push(upload.id)).await?;
        for upload in &uploads {
            let add = |_: Part| count.parts = count.parts.saturating_add(1);
            each(&reader, &[upload.as_str()], add).await?;
        }
        count.uploads = u64::try_from(uploads.len()).unwrap_or(u64::MAX);
        Ok(count)
    }
}

/// Shows every record below a place, and lets others run between its batches.
async fn each<T: Record>(
    reader: &Reader,
    place: &[&str],
    mut see: impl FnMut(T),
) -> Result<(), ObjectError> {
    let mut after = None;
    loop {
        let batch = reader.scan::<T>(place, after.as_ref(), BATCH).await?;
        let Some((last, _)) = batch.last() else { return Ok(()) };
        after = Some(last.clone());
        for (_, record) in batch {
            see(record);
        }
        tokio::task::yield_now().await;
    }
}

impl BucketCount {
    fn add(&mut self, object: &Object) {
        match object.storage_class {
            StorageClass::Standard => self.standard.add(object.size),
            StorageClass::InfrequentAccess => self.infrequent_access.add(object.size),
        }
    }
}

impl ClassCount {
    fn add(&mut self, bytes: u64) {
        self.objects = self.objects.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
        self.billed = self.billed.saturating_add(bytes.max(BILLED_MIN));
    }
}
