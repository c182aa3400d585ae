//! `oss:PutBucketWebsite`: a bucket as a site.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::{Answer, Done};
use crate::code;
use crate::document::{self, parse_md5};
use crate::record::{Bucket, WebsiteConfiguration};
use crate::service::Inner;

/// Makes the bucket a site for who reads it without a signature: the document is a
/// `WebsiteConfiguration`.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutBucketWebsite {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
    /// The MD5 of the document.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
}

impl Authorize for PutBucketWebsite {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:PutBucketWebsite", scope, &self.bucket)]
    }
}

impl Operation for PutBucketWebsite {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "PutBucketWebsite").errors(&[
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_DIGEST,
        &code::MALFORMED_XML,
        &code::NOT_IMPLEMENTED,
        &code::NO_SUCH_BUCKET,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        parse_md5(self.content_md5.as_deref()).map(drop)
    }
}

impl Serve for PutBucketWebsite {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("PUT", "website");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let (permit, TheBucket(bucket)) = (&call.permit, &call.on);
        let sent = document::read(call.body, permit.content_md5.as_deref(), call.signed_sha256);
        let asked: WebsiteConfiguration = sent.await?.decode("WebsiteConfiguration")?;
        asked.check()?;
        let set = |bucket: &mut Bucket| bucket.configuration.website = Some(asked.clone());
        inner.objects.index.configure(bucket, set).await?;
        Ok(Answer::new(200, Done {}))
    }
}
