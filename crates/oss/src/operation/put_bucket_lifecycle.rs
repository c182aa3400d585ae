//! `oss:PutBucketLifecycle`: what becomes of objects with time.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::{Answer, Done};
use crate::code;
use crate::document::{self, parse_md5};
use crate::record::LifecycleConfiguration;
use crate::service::Inner;

/// Sets what becomes of objects with time, in the place of what was set: the document is a
/// `LifecycleConfiguration`.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutBucketLifecycle {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
    /// The MD5 of the document.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
    /// Whether rules may do the same to the same objects; the one that does it first counts.
    #[api(header = "x-oss-allow-same-action-overlap")]
    pub(crate) allow_overlap: Option<bool>,
}

impl Authorize for PutBucketLifecycle {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:PutBucketLifecycle", scope, &self.bucket)]
    }
}

impl Operation for PutBucketLifecycle {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "PutBucketLifecycle").errors(&[
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_DIGEST,
        &code::INVALID_REQUEST,
        &code::ENTITY_TOO_LARGE,
        &code::MALFORMED_XML,
        &code::LIFECYCLE_MIXED,
        &code::LIFECYCLE_NO_EXPIRATION,
        &code::LIFECYCLE_ORDER,
        &code::LIFECYCLE_OVERLAP,
        &code::LIFECYCLE_SAME_PREFIX,
        &code::LIFECYCLE_SAME_TRANSITION,
        &code::NOT_IMPLEMENTED,
        &code::NO_SUCH_BUCKET,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        parse_md5(self.content_md5.as_deref()).map(drop)
    }
}

impl Serve for PutBucketLifecycle {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("PUT", "lifecycle");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let (permit, TheBucket(bucket)) = (&call.permit, &call.on);
        let sent = document::read(call.body, permit.content_md5.as_deref(), call.signed_sha256);
        let asked: LifecycleConfiguration = sent.await?.decode("LifecycleConfiguration")?;
        let (random, overlap) = (call.context.random.as_ref(), permit.allow_overlap == Some(true));
        let rules = asked.checked(overlap, random)?;
        inner.objects.index.set_lifecycle(bucket, &rules, call.context.now).await?;
        Ok(Answer::new(200, Done {}))
    }
}
