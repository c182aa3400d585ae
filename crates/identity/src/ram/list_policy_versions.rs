//! `ram:ListPolicyVersions`: lists the versions of a policy, the oldest first.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::PolicyName;
use serde::{Deserialize, Serialize};

use super::{Policy, PolicyVersionView, Ram, code, policy_arn};
use crate::record::PolicyType;

/// Lists versions.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListPolicyVersions {
    /// The policy's name.
    pub policy_name: PolicyName,
    /// `System` or `Custom`.
    #[api(choices("System", "Custom"))]
    pub policy_type: PolicyType,
}

/// The versions of a policy.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListPolicyVersionsReply {
    /// The versions.
    #[api(item = "PolicyVersion")]
    pub policy_versions: Vec<PolicyVersionView>,
}

impl Authorize for ListPolicyVersions {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let policy = policy_arn(scope, self.policy_type, &self.policy_name);
        vec![Need::on("ram:ListPolicyVersions", policy)]
    }
}

impl Operation for ListPolicyVersions {
    type Reply = ListPolicyVersionsReply;
    const SPEC: Spec =
        Spec::read(Product::Ram, "ListPolicyVersions").errors(&[&code::ENTITY_NOT_EXIST_POLICY]);
}

impl Handle<ListPolicyVersions> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ListPolicyVersions>,
    ) -> Result<ListPolicyVersionsReply, ApiError> {
        let (account, name) = (&call.scope().account, &call.policy_name);
        let policy_versions =
            match Policy::find(transaction, account, call.policy_type, name).await? {
                Policy::System(policy) => vec![PolicyVersionView::system(policy)],
                Policy::Custom(policy) => {
                    let mut versions = policy.other_versions(transaction).await?;
                    versions.push(policy.default.clone());
                    versions.sort_by_key(|version| version.id);
                    let view = |version| PolicyVersionView::custom(version, policy.default.id);
                    versions.iter().map(view).collect()
                }
            };
        Ok(ListPolicyVersionsReply { policy_versions })
    }
}
