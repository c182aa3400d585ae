//! `oss:GetBucketStat`: how much there is in a bucket.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::service::Inner;

/// Tells how much there is in a bucket. It is counted anew in one state of the index, one bucket
/// at a time, so that the answer is true and takes as long as the bucket has objects.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketStat {
    /// Its name.
    pub(crate) bucket: BucketName,
}

/// How much there is.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketStatReply {
    /// The document.
    pub(crate) bucket_stat: BucketStat,
}

/// What there is in a bucket, in bytes and numbers.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BucketStat {
    /// The bytes of all objects, versions that were replaced included.
    pub(crate) storage: u64,
    /// The number of objects, versions that were replaced included.
    pub(crate) object_count: u64,
    /// The number of uploads that are not completed.
    pub(crate) multipart_upload_count: u64,
    /// The number of live channels: there are none.
    pub(crate) live_channel_count: u64,
    /// When this was counted, in seconds of the Unix epoch.
    pub(crate) last_modified_time: i64,
    /// The bytes of objects of the class `Standard`.
    pub(crate) standard_storage: u64,
    /// Their number.
    pub(crate) standard_object_count: u64,
    /// The bytes of objects of the class `IA`, as they are billed: those of less than 64 KiB as if
    /// they had that many.
    pub(crate) infrequent_access_storage: u64,
    /// The bytes that they have.
    pub(crate) infrequent_access_real_storage: u64,
    /// Their number.
    pub(crate) infrequent_access_object_count: u64,
    /// The bytes of objects of the class `Archive`: there are none.
    pub(crate) archive_storage: u64,
    /// The bytes that they have.
    pub(crate) archive_real_storage: u64,
    /// Their number.
    pub(crate) archive_object_count: u64,
    /// The bytes of objects of the class `ColdArchive`: there are none.
    pub(crate) cold_archive_storage: u64,
    /// The bytes that they have.
    pub(crate) cold_archive_real_storage: u64,
    /// Their number.
    pub(crate) cold_archive_object_count: u64,
    /// The bytes of objects of the class `DeepColdArchive`: there are none.
    pub(crate) deep_cold_archive_storage: u64,
    /// The bytes that they have.
    pub(crate) deep_cold_archive_real_storage: u64,
    /// Their number.
    pub(crate) deep_cold_archive_object_count: u64,
    /// The number of parts of uploads that are not completed.
    pub(crate) multipart_part_count: u64,
    /// The number of delete markers.
    pub(crate) delete_marker_count: u64,
}

impl Authorize for GetBucketStat {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:GetBucketStat", scope, &self.bucket)]
    }
}

impl Operation for GetBucketStat {
    type Reply = GetBucketStatReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetBucketStat")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for GetBucketStat {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("GET", "stat");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let count = inner.objects.index.count(&call.on.0.id).await?;
        let (standard, seldom) = (count.standard, count.infrequent_access);
        let bucket_stat = BucketStat {
            storage: standard.bytes.saturating_add(seldom.bytes),
            object_count: standard.objects.saturating_add(seldom.objects),
            multipart_upload_count: count.uploads,
            live_channel_count: 0,
            last_modified_time: call.context.now.as_second(),
            standard_storage: standard.bytes,
            standard_object_count: standard.objects,
            infrequent_access_storage: seldom.billed,
            infrequent_access_real_storage: seldom.bytes,
            infrequent_access_object_count: seldom.objects,
            archive_storage: 0,
            archive_real_storage: 0,
            archive_object_count: 0,
            cold_archive_storage: 0,
            cold_archive_real_storage: 0,
            cold_archive_object_count: 0,
            deep_cold_archive_storage: 0,
            deep_cold_archive_real_storage: 0,
            deep_cold_archive_object_count: 0,
            multipart_part_count: count.parts,
            delete_marker_count: count.delete_markers,
        };
        Ok(Answer::new(200, GetBucketStatReply { bucket_stat }))
    }
}
