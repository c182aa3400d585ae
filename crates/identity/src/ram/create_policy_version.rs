//! `ram:CreatePolicyVersion`: adds a version to a custom policy.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::{DocumentKind, Need};
use rolecall_store::Transaction;
use rolecall_types::PolicyName;
use serde::{Deserialize, Serialize};

use super::{PolicyVersionView, Ram, code, policy_arn};
use crate::record::{MAX_POLICY_VERSIONS, PolicyRecord, PolicyType, PolicyVersion};
use crate::trust;

/// The strategy that makes room for the new version.
const DELETE_OLDEST: &str = "DeleteOldestNonDefaultVersionWhenLimitExceeded";

/// Adds a version.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreatePolicyVersion {
    /// The policy's name.
    pub policy_name: PolicyName,
    /// The document, kept letter for letter.
    #[api(chars(1, 6144))]
    pub policy_document: String,
    /// Whether the new version binds from now on.
    pub set_as_default: Option<bool>,
    /// What to do when there are five versions: refuse (`None`), or remove the oldest of those
    /// that do not bind (`DeleteOldestNonDefaultVersionWhenLimitExceeded`).
    #[api(choices("None", "DeleteOldestNonDefaultVersionWhenLimitExceeded"))]
    pub rotate_strategy: Option<String>,
}

/// The version that was added.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreatePolicyVersionReply {
    /// The version.
    pub policy_version: PolicyVersionView,
}

impl Authorize for CreatePolicyVersion {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let policy = policy_arn(scope, PolicyType::Custom, &self.policy_name);
        vec![Need::on("ram:CreatePolicyVersion", policy)]
    }
}

impl Operation for CreatePolicyVersion {
    type Reply = CreatePolicyVersionReply;
    const SPEC: Spec = Spec::write(Product::Ram, "CreatePolicyVersion").errors(&[
        &code::MALFORMED_POLICY_DOCUMENT,
        &code::ENTITY_NOT_EXIST_POLICY,
        &code::LIMIT_EXCEEDED_POLICY_VERSION,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        trust::document(DocumentKind::Identity, &self.policy_document).map(drop)
    }
}

impl Handle<CreatePolicyVersion> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreatePolicyVersion>,
    ) -> Result<CreatePolicyVersionReply, ApiError> {
        let account = &call.scope().account;
        let mut policy = PolicyRecord::find(transaction, account, &call.policy_name).await?;
        let others = policy.other_versions(transaction).await?;
        if others.len().saturating_add(1) >= MAX_POLICY_VERSIONS {
            match others.first() {
                Some(oldest) if call.rotate_strategy.as_deref() == Some(DELETE_OLDEST) => {
                    policy.remove_other(transaction, oldest.id);
                }
                _ => return Err(ApiError::new(&code::LIMIT_EXCEEDED_POLICY_VERSION)),
            }
        }
        let version = PolicyVersion {
            id: policy.next_id(),
            document: call.policy_document.clone(),
            created_at: context.now,
        };
        if call.set_as_default == Some(true) {
            policy.set_default(transaction, version.clone())?;
        } else {
            policy.put_other(transaction, version.clone())?;
        }
        policy.updated_at = context.now;
        policy.put(transaction)?;
        let policy_version = PolicyVersionView::custom(&version, policy.default.id);
        Ok(CreatePolicyVersionReply { policy_version })
    }
}
