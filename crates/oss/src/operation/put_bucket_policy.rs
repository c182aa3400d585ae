//! `oss:PutBucketPolicy`: gives a bucket a policy.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::{Document, DocumentKind, Need};
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::access::{is_public, refuse_public};
use crate::answer::{Answer, Done};
use crate::code;
use crate::document::{self, parse_md5};
use crate::record::Bucket;
use crate::service::Inner;

/// Gives a bucket a policy, in the place of the one that it had: JSON of the policy language, in
/// which each statement names its principals by their UIDs, as sessions of roles, or as `*`.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutBucketPolicy {
    /// Its name.
    pub(crate) bucket: BucketName,
    /// The MD5 of the document.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
}

impl Authorize for PutBucketPolicy {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:PutBucketPolicy", scope, &self.bucket)]
    }
}

impl Operation for PutBucketPolicy {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "PutBucketPolicy").errors(&[
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_DIGEST,
        &code::INVALID_POLICY_DOCUMENT,
        &code::NO_SUCH_BUCKET,
        &code::PUBLIC_ACCESS_BLOCKED,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        parse_md5(self.content_md5.as_deref()).map(drop)
    }
}

impl Serve for PutBucketPolicy {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("PUT", "policy");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Done>, ApiError> {
        let (index, TheBucket(bucket)) = (&inner.objects.index, &call.on);
        let md5 = call.permit.content_md5.as_deref();
        let sent = document::read(call.body, md5, call.signed_sha256).await?;
        let text = sent.into_text().map_err(|error| invalid(&error))?;
        let document = Document::parse(DocumentKind::Bucket, &text);
        let document = document.map_err(|error| invalid(&error))?;
        if document.statements().any(is_public) {
            refuse_public(index, bucket).await?;
        }
        let set = |bucket: &mut Bucket| bucket.configuration.policy = Some(text.clone());
        index.configure(bucket, set).await?;
        Ok(Answer::new(200, Done {}))
    }
}

/// The refusal of a text that is no policy. What is wrong is told, and where.
fn invalid(reason: &impl ToString) -> ApiError {
    ApiError::of(&code::INVALID_POLICY_DOCUMENT, reason.to_string())
}
