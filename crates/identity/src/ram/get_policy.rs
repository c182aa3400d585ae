//! `ram:GetPolicy`: shows a policy with the document of its default version.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::PolicyName;
use serde::{Deserialize, Serialize};

use super::{Policy, PolicyVersionView, PolicyView, Ram, code, policy_arn};
use crate::record::{Attachment, PolicyType};

/// Shows a policy.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicy {
    /// The policy's name.
    pub policy_name: PolicyName,
    /// `System` or `Custom`.
    #[api(choices("System", "Custom"))]
    pub policy_type: PolicyType,
}

/// A policy.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicyReply {
    /// The policy.
    pub policy: PolicyView,
    /// Its default version, where clients look for the document.
    pub default_policy_version: PolicyVersionView,
}

impl Authorize for GetPolicy {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:GetPolicy", policy_arn(scope, self.policy_type, &self.policy_name))]
    }
}

impl Operation for GetPolicy {
    type Reply = GetPolicyReply;
    const SPEC: Spec =
        Spec::read(Product::Ram, "GetPolicy").errors(&[&code::ENTITY_NOT_EXIST_POLICY]);
}

impl Handle<GetPolicy> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<GetPolicy>,
    ) -> Result<GetPolicyReply, ApiError> {
        let (account, name) = (&call.scope().account, &call.policy_name);
        let policy = Policy::find(transaction, account, call.policy_type, name).await?;
        let folded = name.folded();
        let holders =
            Attachment::holders(transaction, account, call.policy_type, &folded).await?.len();
        let (view, version) = match &policy {
            Policy::System(policy) => {
                (PolicyView::system(policy, holders), PolicyVersionView::system(policy))
            }
            Policy::Custom(policy) => (
                PolicyView::custom(policy, holders),
                PolicyVersionView::custom(&policy.default, policy.default.id),
            ),
        };
        let view = view.with_document(&version.policy_document);
        Ok(GetPolicyReply { policy: view, default_policy_version: version })
    }
}
