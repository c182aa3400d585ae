//! `oss:GetBucketInfo`: what there is to know of a bucket.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::{BucketName, time};
use serde::{Deserialize, Serialize};

use super::views::{AccessControlList, Owner};
use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::record::{Bucket, Versioning};
use crate::service::Inner;

/// Tells what there is to know of a bucket.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketInfo {
    /// Its name.
    pub(crate) bucket: BucketName,
}

/// What there is to know.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketInfoReply {
    /// The document.
    pub(crate) bucket_info: BucketInfo,
}

/// What wraps the bucket.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BucketInfo {
    /// The bucket.
    pub(crate) bucket: BucketDetails,
}

/// A bucket in full.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BucketDetails {
    /// Whether accesses are tracked.
    pub(crate) access_monitor: String,
    /// Whether public access is blocked.
    pub(crate) block_public_access: bool,
    /// A remark.
    pub(crate) comment: String,
    /// When it was made.
    pub(crate) creation_date: String,
    /// Whether it is replicated to another region.
    pub(crate) cross_region_replication: String,
    /// Over how many places its data is spread: `LRS`, one, or `ZRS`, several.
    pub(crate) data_redundancy_type: String,
    /// The service's address for callers elsewhere.
    pub(crate) extranet_endpoint: String,
    /// The service's address for callers in the same region.
    pub(crate) intranet_endpoint: String,
    /// Its region, behind `oss-`.
    pub(crate) location: String,
    /// Its name.
    pub(crate) name: String,
    /// Where its objects are kept.
    pub(crate) storage_class: String,
    /// Whether transfers are accelerated.
    pub(crate) transfer_acceleration: String,
    /// Whether writes keep what they replace; absent before it is set for the first time.
    pub(crate) versioning: Option<Versioning>,
    /// Whose it is.
    pub(crate) owner: Owner,
    /// Who else may use it.
    pub(crate) access_control_list: AccessControlList,
    /// How the service encrypts its objects.
    pub(crate) server_side_encryption_rule: EncryptionView,
    /// Where its access log goes.
    pub(crate) bucket_policy: LogTarget,
}

/// How the service encrypts objects.
#[derive(Debug, Serialize, Shape)]
pub(crate) struct EncryptionView {
    /// `AES256` or `None`.
    #[serde(rename = "SSEAlgorithm")]
    pub(crate) algorithm: String,
}

/// Where an access log goes.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LogTarget {
    /// To this bucket; empty: nowhere.
    pub(crate) log_bucket: String,
    /// To keys that begin with this.
    pub(crate) log_prefix: String,
}

impl Authorize for GetBucketInfo {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:GetBucketInfo", scope, &self.bucket)]
    }
}

impl Operation for GetBucketInfo {
    type Reply = GetBucketInfoReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetBucketInfo")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for GetBucketInfo {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("GET", "bucketInfo");

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<GetBucketInfoReply>, ApiError> {
        let TheBucket(bucket) = &call.on;
        let bucket_info = BucketInfo { bucket: details(inner, bucket) };
        Ok(Answer::new(200, GetBucketInfoReply { bucket_info }))
    }
}

fn details(inner: &Inner, bucket: &Bucket) -> BucketDetails {
    let encryption = bucket.configuration.encryption.as_ref();
    let algorithm = encryption.map_or("None", |rule| rule.algorithm()).to_owned();
    let disabled = || "Disabled".to_owned();
    BucketDetails {
        access_monitor: disabled(),
        block_public_access: bucket.configuration.block_public_access,
        comment: String::new(),
        creation_date: time::milliseconds(bucket.created),
        cross_region_replication: disabled(),
        data_redundancy_type: bucket.redundancy.as_str().to_owned(),
        extranet_endpoint: inner.endpoints.extranet().to_owned(),
        intranet_endpoint: inner.endpoints.intranet().to_owned(),
        location: format!("oss-{}", bucket.region),
        name: bucket.name.to_string(),
        storage_class: bucket.storage_class.as_str().to_owned(),
        transfer_acceleration: disabled(),
        versioning: bucket.versioning,
        owner: Owner::of(&bucket.owner),
        access_control_list: AccessControlList::of(bucket.acl.as_str()),
        server_side_encryption_rule: EncryptionView { algorithm },
        bucket_policy: log_target(bucket),
    }
}

fn log_target(bucket: &Bucket) -> LogTarget {
    let log = bucket.configuration.logging.as_ref();
    LogTarget {
        log_bucket: log.map(|log| log.target_bucket.to_string()).unwrap_or_default(),
        log_prefix: log.and_then(|log| log.target_prefix.clone()).unwrap_or_default(),
    }
}
