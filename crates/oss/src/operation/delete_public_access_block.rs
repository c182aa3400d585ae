//! `oss:DeletePublicAccessBlock`: ends a block of public access to all buckets of the account.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheService, on_account};
use crate::answer::{Answer, Done};
use crate::service::Inner;

/// Ends a block of public access to all buckets of the account. That there is none is no error.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
pub(crate) struct DeletePublicAccessBlock {}

impl Authorize for DeletePublicAccessBlock {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_account("oss:DeletePublicAccessBlock", scope)]
    }
}

impl Operation for DeletePublicAccessBlock {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "DeletePublicAccessBlock");
}

impl Serve for DeletePublicAccessBlock {
    type On = TheService;
    const SELECTOR: Selector = Selector::sub_resource("DELETE", "publicAccessBlock");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Done>, ApiError> {
        let account = &call.permit.scope().account;
        inner.objects.index.block_public_access(account, false).await?;
        Ok(Answer::new(204, Done {}))
    }
}
