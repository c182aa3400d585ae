//! `oss:PutBucketPublicAccessBlock`: blocks public access to a bucket, or ends that.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::{Answer, Done};
use crate::code;
use crate::document::{self, Document, parse_md5};
use crate::record::Bucket;
use crate::service::Inner;

/// Blocks public access to a bucket, or ends that: while it is blocked, what
/// policies and access control lists grant to everybody is ignored, and nothing new can be made
/// public.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutBucketPublicAccessBlock {
    /// Its name.
    pub(crate) bucket: BucketName,
    /// The MD5 of the document.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
}

impl Authorize for PutBucketPublicAccessBlock {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:PutBucketPublicAccessBlock", scope, &self.bucket)]
    }
}

impl Operation for PutBucketPublicAccessBlock {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "PutBucketPublicAccessBlock").errors(&[
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_DIGEST,
        &code::MALFORMED_XML,
        &code::NO_SUCH_BUCKET,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        parse_md5(self.content_md5.as_deref()).map(drop)
    }
}

impl Serve for PutBucketPublicAccessBlock {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("PUT", "publicAccessBlock");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Done>, ApiError> {
        let md5 = call.permit.content_md5.as_deref();
        let sent = document::read(call.body, md5, call.signed_sha256).await?;
        let block = blocks(&sent)?;
        let set = |bucket: &mut Bucket| bucket.configuration.block_public_access = block;
        inner.objects.index.configure(&call.on.0, set).await?;
        Ok(Answer::new(200, Done {}))
    }
}

/// What a document asks for; one that says nothing ends the block.
#[derive(Debug, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
struct PublicAccessBlockConfiguration {
    /// Whether to block.
    block_public_access: Option<bool>,
}

/// Whether a document asks to block public access.
pub(super) fn blocks(sent: &Document) -> Result<bool, ApiError> {
    let asked: PublicAccessBlockConfiguration = sent.decode("PublicAccessBlockConfiguration")?;
    Ok(asked.block_public_access.unwrap_or_default())
}
