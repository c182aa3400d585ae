//! `oss:GetBucketRequestPayment`: who pays for the requests of other accounts.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::record::RequestPaymentConfiguration;
use crate::service::Inner;

/// Tells who pays for the requests of other accounts.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketRequestPayment {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
}

/// What is set.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketRequestPaymentReply {
    /// The document.
    pub(crate) request_payment_configuration: RequestPaymentConfiguration,
}

impl Authorize for GetBucketRequestPayment {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:GetBucketRequestPayment", scope, &self.bucket)]
    }
}

impl Operation for GetBucketRequestPayment {
    type Reply = GetBucketRequestPaymentReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetBucketRequestPayment")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for GetBucketRequestPayment {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("GET", "requestPayment");

    async fn serve(_: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let payer = call.on.0.configuration.payer;
        let request_payment_configuration = RequestPaymentConfiguration { payer };
        Ok(Answer::new(200, GetBucketRequestPaymentReply { request_payment_configuration }))
    }
}
