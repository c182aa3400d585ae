//! `LifecycleConfiguration`: what becomes of objects with time.

use rolecall_api::Shape;
use rolecall_store::{Key, Keyed, Record};
use rolecall_types::{BucketName, Timestamp};
use serde::{Deserialize, Serialize};

use crate::record::BucketId;
use crate::tagging::Tag;

/// The most rules of a bucket. Source: OSS `PutBucketLifecycle`.
pub(crate) const LIFECYCLE_RULES_MAX: usize = 1_000;

/// The most days that a rule waits: some eighty years. Limit ours.
const DAYS_MAX: i64 = 30_000;

/// What becomes of a bucket's objects with time. It is kept beside the bucket and not in it: no
/// request but its own reads it, and it may be long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lifecycle {
    pub(crate) bucket: BucketId,
    pub(crate) name: BucketName,
    pub(crate) configuration: LifecycleConfiguration,
    /// Up to when objects were looked at: the midnight of that day.
    pub(crate) ran: Timestamp,
}

impl Record for Lifecycle {
    const TABLE: &'static str = "oss-lifecycle";
    const VERSION: u32 = 1;
}

impl Keyed for Lifecycle {
    fn key(&self) -> Key {
        Key::of::<Self>(&[self.bucket.as_str()])
    }
}

/// What becomes of objects with time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LifecycleConfiguration {
    /// The rules. What several say of an object, the first to come true decides.
    #[serde(rename = "Rule")]
    #[api(required, items(1, LIFECYCLE_RULES_MAX))]
    pub(crate) rules: Vec<LifecycleRule>,
}

/// What becomes of some objects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LifecycleRule {
    /// Its name among the rules; one is given where none is sent.
    #[serde(rename = "ID")]
    #[api(chars(1, 255))]
    pub(crate) id: Option<String>,
    /// Objects whose keys begin with this.
    #[api(chars(0, 1023))]
    pub(crate) prefix: Option<String>,
    /// `Enabled` or `Disabled`.
    #[api(choices("Enabled", "Disabled"))]
    pub(crate) status: String,
    /// Objects that have all these tags.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[api(items(0, 20))]
    pub(crate) tag: Vec<Tag>,
    /// What else objects must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) filter: Option<LifecycleFilter>,
    /// When they are deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expiration: Option<Expiration>,
    /// When they are kept elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[api(items(0, 10))]
    pub(crate) transition: Vec<Transition>,
    /// When uploads that were not completed are given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) abort_multipart_upload: Option<AbortMultipartUpload>,
    /// When versions that were replaced are deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) noncurrent_version_expiration: Option<NoncurrentVersionExpiration>,
    /// When versions that were replaced are kept elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[api(items(0, 10))]
    pub(crate) noncurrent_version_transition: Vec<NoncurrentVersionTransition>,
}

/// What objects must be beside their prefix and tags.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LifecycleFilter {
    /// Longer than so many bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) object_size_greater_than: Option<u64>,
    /// Shorter than so many bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) object_size_less_than: Option<u64>,
    /// None of these.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[api(items(0, 50))]
    pub(crate) not: Vec<NotFilter>,
}

/// Objects that a rule leaves alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NotFilter {
    /// Those whose keys begin with this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prefix: Option<String>,
    /// Those that have this tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tag: Option<Tag>,
}

/// When objects are deleted: one of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Expiration {
    /// So many days after they were written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[api(range(1, DAYS_MAX))]
    pub(crate) days: Option<u32>,
    /// Where they were written before this day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_before_date: Option<String>,
    /// On this day, and from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) date: Option<String>,
    /// Delete markers, when nothing is left that they hide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expired_object_delete_marker: Option<bool>,
}

/// When objects are kept elsewhere: one of the first two.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Transition {
    /// So many days after they were written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[api(range(1, DAYS_MAX))]
    pub(crate) days: Option<u32>,
    /// Where they were written before this day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_before_date: Option<String>,
    /// Where: `IA` is served.
    pub(crate) storage_class: String,
    /// Whether days count from the last time that they were read: `false` is served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) is_access_time: Option<bool>,
    /// Whether they come back when they are read; only where days count from that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) return_to_std_when_visit: Option<bool>,
    /// Whether those shorter than 64 KiB are meant as well; only where days count from that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allow_small_file: Option<bool>,
}

/// When uploads that were not completed are given up: one of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AbortMultipartUpload {
    /// So many days after they were begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[api(range(1, DAYS_MAX))]
    pub(crate) days: Option<u32>,
    /// Where they were begun before this day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_before_date: Option<String>,
}

/// When versions that were replaced are deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NoncurrentVersionExpiration {
    /// So many days after they were replaced.
    #[api(range(1, DAYS_MAX))]
    pub(crate) noncurrent_days: u32,
}

/// When versions that were replaced are kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NoncurrentVersionTransition {
    /// So many days after they were replaced.
    #[api(range(1, DAYS_MAX))]
    pub(crate) noncurrent_days: u32,
    /// Where: `IA` is served.
    pub(crate) storage_class: String,
    /// As in `Transition`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) is_access_time: Option<bool>,
    /// As in `Transition`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) return_to_std_when_visit: Option<bool>,
    /// As in `Transition`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allow_small_file: Option<bool>,
}

/// From when on something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    /// So many days after it began.
    Days(u32),
    /// Where it began before this instant.
    CreatedBefore(Timestamp),
    /// From this instant on.
    Date(Timestamp),
}
