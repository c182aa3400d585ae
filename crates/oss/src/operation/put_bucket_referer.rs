//! `oss:PutBucketReferer`: which pages may link to the objects of a bucket.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::{Answer, Done};
use crate::code;
use crate::document::{self, parse_md5};
use crate::record::{Bucket, RefererConfiguration};
use crate::service::Inner;

/// Sets which pages may link to the objects of the bucket: the document is a
/// `RefererConfiguration`.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutBucketReferer {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
    /// The MD5 of the document.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
}

impl Authorize for PutBucketReferer {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:PutBucketReferer", scope, &self.bucket)]
    }
}

impl Operation for PutBucketReferer {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "PutBucketReferer").errors(&[
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

impl Serve for PutBucketReferer {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("PUT", "referer");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let (permit, TheBucket(bucket)) = (&call.permit, &call.on);
        let sent = document::read(call.body, permit.content_md5.as_deref(), call.signed_sha256);
        let asked: RefererConfiguration = sent.await?.decode("RefererConfiguration")?;
        let asked = asked.checked()?;
        let set = |bucket: &mut Bucket| bucket.configuration.referer = Some(asked.clone());
        inner.objects.index.configure(bucket, set).await?;
        Ok(Answer::new(200, Done {}))
    }
}
