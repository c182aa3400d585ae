//! `oss:GetPublicAccessBlock`: whether public access to all buckets of the account is blocked.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use serde::{Deserialize, Serialize};

use super::views::PublicAccessBlockReply;
use super::{Call, Selector, Serve, TheService, on_account};
use crate::answer::Answer;
use crate::service::Inner;

/// Tells whether public access to all buckets of the account is blocked.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
pub(crate) struct GetPublicAccessBlock {}

impl Authorize for GetPublicAccessBlock {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_account("oss:GetPublicAccessBlock", scope)]
    }
}

impl Operation for GetPublicAccessBlock {
    type Reply = PublicAccessBlockReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetPublicAccessBlock");
}

impl Serve for GetPublicAccessBlock {
    type On = TheService;
    const SELECTOR: Selector = Selector::sub_resource("GET", "publicAccessBlock");

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<PublicAccessBlockReply>, ApiError> {
        let blocked = inner.objects.index.is_blocked(&call.permit.scope().account).await?;
        Ok(Answer::new(200, PublicAccessBlockReply::of(blocked)))
    }
}
