//! `oss:PutBucketTags`: the tags of a bucket.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::{Answer, Done};
use crate::code;
use crate::document::{self, parse_md5};
use crate::record::Bucket;
use crate::service::Inner;
use crate::tagging::Tagging;
use crate::tags::BUCKET_TAGS;

/// Gives the bucket these tags in the place of all that it had: the document is a `Tagging`.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutBucketTags {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
    /// The MD5 of the document.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
}

impl Authorize for PutBucketTags {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:PutBucketTagging", scope, &self.bucket)]
    }
}

impl Operation for PutBucketTags {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "PutBucketTags").errors(&[
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_BUCKET_TAG,
        &code::INVALID_DIGEST,
        &code::INVALID_TAGGING_KEY,
        &code::MALFORMED_XML,
        &code::NO_SUCH_BUCKET,
        &code::REPEATED_TAGS,
        &code::TOO_MANY_TAGS,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        parse_md5(self.content_md5.as_deref()).map(drop)
    }
}

impl Serve for PutBucketTags {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("PUT", "tagging");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let (permit, TheBucket(bucket)) = (&call.permit, &call.on);
        let sent = document::read(call.body, permit.content_md5.as_deref(), call.signed_sha256);
        let asked: Tagging = sent.await?.decode("Tagging")?;
        let tags = BUCKET_TAGS.check(asked.pairs())?;
        let set = |bucket: &mut Bucket| bucket.configuration.tags.clone_from(&tags);
        inner.objects.index.configure(bucket, set).await?;
        Ok(Answer::new(200, Done {}))
    }
}
