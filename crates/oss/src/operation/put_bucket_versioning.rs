//! `oss:PutBucketVersioning`: whether writes keep what they replace.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::views::VersioningConfiguration;
use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::{Answer, Done};
use crate::code;
use crate::document::{self, parse_md5};
use crate::record::Bucket;
use crate::service::Inner;

/// Sets whether writes keep what they replace: the document is a `VersioningConfiguration`.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutBucketVersioning {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
    /// The MD5 of the document.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
}

impl Authorize for PutBucketVersioning {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:PutBucketVersioning", scope, &self.bucket)]
    }
}

impl Operation for PutBucketVersioning {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "PutBucketVersioning").errors(&[
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_DIGEST,
        &code::MALFORMED_XML,
        &code::NO_SUCH_BUCKET,
        &code::VERSIONING_MISSING,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        parse_md5(self.content_md5.as_deref()).map(drop)
    }
}

impl Serve for PutBucketVersioning {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("PUT", "versioning");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Done>, ApiError> {
        let (permit, TheBucket(bucket)) = (&call.permit, &call.on);
        let sent = document::read(call.body, permit.content_md5.as_deref(), call.signed_sha256);
        let asked: VersioningConfiguration = sent.await?.decode("VersioningConfiguration")?;
        let Some(versioning) = asked.status else {
            return Err(ApiError::new(&code::VERSIONING_MISSING));
        };
        let set = |bucket: &mut Bucket| bucket.versioning = Some(versioning);
        inner.objects.index.configure(bucket, set).await?;
        Ok(Answer::new(200, Done {}))
    }
}
