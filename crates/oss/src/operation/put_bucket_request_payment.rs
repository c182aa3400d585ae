//! `oss:PutBucketRequestPayment`: who pays for the requests of other accounts.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::{Answer, Done};
use crate::code;
use crate::document::{self, parse_md5};
use crate::record::{Bucket, RequestPaymentConfiguration};
use crate::service::Inner;

/// Sets who pays for the requests of other accounts: the document is a
/// `RequestPaymentConfiguration`.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutBucketRequestPayment {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
    /// The MD5 of the document.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
}

impl Authorize for PutBucketRequestPayment {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:PutBucketRequestPayment", scope, &self.bucket)]
    }
}

impl Operation for PutBucketRequestPayment {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "PutBucketRequestPayment").errors(&[
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_DIGEST,
        &code::MALFORMED_XML,
        &code::NO_SUCH_BUCKET,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        parse_md5(self.content_md5.as_deref()).map(drop)
    }
}

impl Serve for PutBucketRequestPayment {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("PUT", "requestPayment");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let (permit, TheBucket(bucket)) = (&call.permit, &call.on);
        let sent = document::read(call.body, permit.content_md5.as_deref(), call.signed_sha256);
        let asked: RequestPaymentConfiguration =
            sent.await?.decode("RequestPaymentConfiguration")?;
        let set = |bucket: &mut Bucket| bucket.configuration.payer = asked.payer;
        inner.objects.index.configure(bucket, set).await?;
        Ok(Answer::new(200, Done {}))
    }
}
