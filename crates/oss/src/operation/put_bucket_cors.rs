//! `oss:PutBucketCors`: who may use a bucket from the pages of other sites.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::{Answer, Done};
use crate::code;
use crate::document::{self, parse_md5};
use crate::record::{Bucket, CorsConfiguration};
use crate::service::Inner;

/// Sets from which other sites pages may use the bucket: the document is a `CORSConfiguration`.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutBucketCors {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
    /// The MD5 of the document.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
}

impl Authorize for PutBucketCors {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:PutBucketCors", scope, &self.bucket)]
    }
}

impl Operation for PutBucketCors {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "PutBucketCors").errors(&[
        &code::CORS_RULES_BEYOND_LIMIT,
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_DIGEST,
        &code::MALFORMED_XML,
        &code::NO_SUCH_BUCKET,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        parse_md5(self.content_md5.as_deref()).map(drop)
    }
}

impl Serve for PutBucketCors {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("PUT", "cors");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let (permit, TheBucket(bucket)) = (&call.permit, &call.on);
        let sent = document::read(call.body, permit.content_md5.as_deref(), call.signed_sha256);
        let asked: CorsConfiguration = sent.await?.decode("CORSConfiguration")?;
        asked.check()?;
        let set = |bucket: &mut Bucket| bucket.configuration.cors = Some(asked.clone());
        inner.objects.index.configure(bucket, set).await?;
        Ok(Answer::new(200, Done {}))
    }
}
