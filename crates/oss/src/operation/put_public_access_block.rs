//! `oss:PutPublicAccessBlock`: blocks public access to all buckets of the account, or ends that.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use serde::{Deserialize, Serialize};

use super::put_bucket_public_access_block::blocks;
use super::{Call, Selector, Serve, TheService, on_account};
use crate::answer::{Answer, Done};
use crate::code;
use crate::document::{self, parse_md5};
use crate::service::Inner;

/// Blocks public access to all buckets of the account, or ends that: while it is blocked, what
/// policies and access control lists grant to everybody is ignored, and nothing new can be made
/// public.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutPublicAccessBlock {
    /// The MD5 of the document.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
}

impl Authorize for PutPublicAccessBlock {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_account("oss:PutPublicAccessBlock", scope)]
    }
}

impl Operation for PutPublicAccessBlock {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "PutPublicAccessBlock")
        .errors(&[&code::INVALID_DIGEST, &code::MALFORMED_XML]);

    fn validate(&self) -> Result<(), ApiError> {
        parse_md5(self.content_md5.as_deref()).map(drop)
    }
}

impl Serve for PutPublicAccessBlock {
    type On = TheService;
    const SELECTOR: Selector = Selector::sub_resource("PUT", "publicAccessBlock");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Done>, ApiError> {
        let md5 = call.permit.content_md5.as_deref();
        let sent = document::read(call.body, md5, call.signed_sha256).await?;
        let block = blocks(&sent)?;
        let account = &call.permit.scope().account;
        inner.objects.index.block_public_access(account, block).await?;
        Ok(Answer::new(200, Done {}))
    }
}
