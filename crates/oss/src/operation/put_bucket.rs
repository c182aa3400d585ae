//! `oss:PutBucket`: makes a bucket.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::{BucketName, RegionId};
use serde::{Deserialize, Serialize};

use super::{ABucketName, Call, Selector, Serve, on_bucket};
use crate::answer::Answer;
use crate::code::{self, invalid_argument};
use crate::document::{self, Document, parse_md5};
use crate::record::{Bucket, BucketAcl, BucketId, Configuration, Redundancy, StorageClass};
use crate::service::Inner;
use crate::tags::{BUCKET_TAGS, Tag};

/// Makes a bucket; the same once more from its owner changes nothing but who else may use it, where
/// that is told.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutBucket {
    /// Its name, unique among all accounts.
    pub(crate) bucket: BucketName,
    /// Who may use it without being allowed by a policy: `private`, `public-read` or
    /// `public-read-write`.
    #[api(header = "x-oss-acl")]
    pub(crate) acl: Option<String>,
    /// Its tags, as `key=value&…`, percent-encoded.
    #[api(header = "x-oss-bucket-tagging")]
    pub(crate) tagging: Option<String>,
    /// The MD5 of the document.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
}

/// The bucket that there now is.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutBucketReply {
    /// A slash and its name.
    #[api(header = "location")]
    pub(crate) location: String,
}

impl Authorize for PutBucket {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let need = on_bucket("oss:PutBucket", scope, &self.bucket);
        vec![match &self.acl {
            Some(acl) => need.with("oss:x-oss-acl", acl.as_str()),
            None => need,
        }]
    }
}

impl Operation for PutBucket {
    type Reply = PutBucketReply;
    const SPEC: Spec = Spec::write(Product::Oss, "PutBucket").errors(&[
        &code::BUCKET_ALREADY_EXISTS,
        &code::BUCKET_NOT_MODIFIED,
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_BUCKET_TAG,
        &code::INVALID_DIGEST,
        &code::INVALID_LOCATION_CONSTRAINT,
        &code::INVALID_TAGGING_KEY,
        &code::MALFORMED_XML,
        &code::NOT_IMPLEMENTED,
        &code::PUBLIC_ACCESS_BLOCKED,
        &code::REPEATED_TAGS,
        &code::TOO_MANY_BUCKETS,
        &code::TOO_MANY_TAGS,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        bucket_acl(self.acl.as_deref())?;
        self.tags()?;
        parse_md5(self.content_md5.as_deref()).map(drop)
    }
}

impl Serve for PutBucket {
    type On = ABucketName;
    const SELECTOR: Selector = Selector::plain("PUT");

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<PutBucketReply>, ApiError> {
        let (permit, context) = (&call.permit, call.context);
        let sent = document::read(call.body, permit.content_md5.as_deref(), call.signed_sha256);
        let region = &permit.scope().region;
        let (storage_class, redundancy) =
            CreateBucketConfiguration::of(&sent.await?)?.check(region)?;
        let acl = bucket_acl(permit.acl.as_deref())?;
        let bucket = Bucket {
            id: BucketId::generate(context.random.as_ref()),
            name: permit.bucket.clone(),
            owner: permit.scope().account.clone(),
            region: region.clone(),
            created: context.now,
            storage_class: storage_class.unwrap_or_default(),
            redundancy: redundancy.unwrap_or_default(),
            acl: acl.unwrap_or_default(),
            versioning: None,
            configuration: Configuration { tags: permit.tags()?, ..Configuration::default() },
        };
        let keeps = |before: &Bucket| {
            storage_class.is_none_or(|class| class == before.storage_class)
                && redundancy.is_none_or(|redundancy| redundancy == before.redundancy)
        };
        inner.objects.index.create_bucket(&bucket, acl, keeps).await?;
        let location = format!("/{}", bucket.name);
        Ok(Answer::new(200, PutBucketReply { location }))
    }
}

/// Who may use a bucket, where a header tells it.
pub(super) fn bucket_acl(sent: Option<&str>) -> Result<Option<BucketAcl>, ApiError> {
    let Some(text) = sent else { return Ok(None) };
    BucketAcl::parse(text)
        .map(Some)
        .ok_or_else(|| invalid_argument("no such bucket access control exists", "x-oss-acl", text))
}

/// The document of a bucket that is made.
#[derive(Debug, Default, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
struct CreateBucketConfiguration {
    /// Where its objects are kept.
    storage_class: Option<String>,
    /// Over how many places they are spread.
    data_redundancy_type: Option<String>,
    /// The region, as clients of Amazon's protocol name it.
    location_constraint: Option<String>,
}

impl CreateBucketConfiguration {
    /// What is sent; an empty body asks for nothing.
    fn of(sent: &Document) -> Result<Self, ApiError> {
        if sent.is_empty() { Ok(Self::default()) } else { sent.decode("CreateBucketConfiguration") }
    }

    /// Where objects are kept, and over how many places, if it is served.
    fn check(
        &self,
        region: &RegionId,
    ) -> Result<(Option<StorageClass>, Option<Redundancy>), ApiError> {
        let given = |text: &'_ Option<String>| text.clone().filter(|text| !text.is_empty());
        let located = given(&self.location_constraint);
        if located.is_some_and(|it| it.strip_prefix("oss-").unwrap_or(&it) != region.as_str()) {
            return Err(ApiError::new(&code::INVALID_LOCATION_CONSTRAINT));
        }
        let unknown = |name, word: &str| {
            Err(invalid_argument("No such bucket storage class exists.", name, word))
        };
        let class = match given(&self.storage_class) {
            None => None,
            Some(word) => match StorageClass::parse(&word) {
                Some(class) => Some(class),
                None if StorageClass::NAMES.contains(&word.as_str()) => {
                    let what = format!("the storage class {word}");
                    return Err(ApiError::of(&code::NOT_IMPLEMENTED, what));
                }
                None => return unknown("StorageClass", &word),
            },
        };
        let redundancy = match given(&self.data_redundancy_type) {
            None => None,
            Some(word) => match Redundancy::parse(&word) {
                Some(redundancy) => Some(redundancy),
                None => return unknown("DataRedundancyType", &word),
            },
        };
        Ok((class, redundancy))
    }
}

impl PutBucket {
    fn tags(&self) -> Result<Vec<Tag>, ApiError> {
        BUCKET_TAGS.parse(self.tagging.as_deref().unwrap_or_default())
    }
}
