//! `ram:UpdatePolicyDescription`: says anew what a custom policy is for.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::PolicyName;
use serde::{Deserialize, Serialize};

use super::{PolicyView, Ram, code, policy_arn};
use crate::record::{PolicyRecord, PolicyType};

/// Says anew what a custom policy is for; without a new text nothing changes.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UpdatePolicyDescription {
    /// The policy's name.
    pub policy_name: PolicyName,
    /// What the policy is for.
    #[api(chars(1, 1024))]
    pub new_description: Option<String>,
}

/// The policy as it is now.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UpdatePolicyDescriptionReply {
    /// The policy.
    pub policy: PolicyView,
}

impl Authorize for UpdatePolicyDescription {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let policy = policy_arn(scope, PolicyType::Custom, &self.policy_name);
        vec![Need::on("ram:UpdatePolicyDescription", policy)]
    }
}

impl Operation for UpdatePolicyDescription {
    type Reply = UpdatePolicyDescriptionReply;
    const SPEC: Spec = Spec::write(Product::Ram, "UpdatePolicyDescription")
        .errors(&[&code::ENTITY_NOT_EXIST_POLICY]);
}

impl Handle<UpdatePolicyDescription> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<UpdatePolicyDescription>,
    ) -> Result<UpdatePolicyDescriptionReply, ApiError> {
        let account = &call.scope().account;
        let mut policy = PolicyRecord::find(transaction, account, &call.policy_name).await?;
        if let Some(description) = &call.new_description {
            policy.description.clone_from(description);
            policy.updated_at = context.now;
            policy.put(transaction)?;
        }
        Ok(UpdatePolicyDescriptionReply { policy: PolicyView::changed(&policy) })
    }
}
