//! `ram:CreatePolicy`: makes a custom policy with its first version.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::{DocumentKind, Need};
use rolecall_store::Transaction;
use rolecall_types::{Arn, PolicyName};
use serde::{Deserialize, Serialize};

use super::{PolicyView, Ram, code};
use crate::record::{PolicyRecord, PolicyVersion, VersionId};
use crate::tag::{self, TagParameter};
use crate::trust;

/// Makes a custom policy.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreatePolicy {
    /// The policy's name, unique in the account whatever its case, and no system policy's.
    pub policy_name: PolicyName,
    /// The document, kept letter for letter.
    #[api(chars(1, 6144))]
    pub policy_document: String,
    /// What the policy is for.
    #[api(chars(1, 1024))]
    pub description: Option<String>,
    /// Tags.
    #[api(items(1, 20))]
    pub tag: Vec<TagParameter>,
}

/// The policy that was made.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreatePolicyReply {
    /// The policy.
    pub policy: PolicyView,
}

impl Authorize for CreatePolicy {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let need = Need::on("ram:CreatePolicy", Arn::ram(scope.account.as_str(), "policy/*"));
        vec![need.with_request_tags(tag::requested(&self.tag))]
    }
}

impl Operation for CreatePolicy {
    type Reply = CreatePolicyReply;
    const SPEC: Spec = Spec::write(Product::Ram, "CreatePolicy").errors(&[
        &code::MALFORMED_POLICY_DOCUMENT,
        &code::INVALID_TAG,
        &code::ENTITY_ALREADY_EXISTS_POLICY,
        &code::LIMIT_EXCEEDED_POLICY,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        trust::document(DocumentKind::Identity, &self.policy_document)?;
        tag::validate_new(&self.tag)
    }
}

impl Handle<CreatePolicy> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreatePolicy>,
    ) -> Result<CreatePolicyReply, ApiError> {
        let policy = PolicyRecord {
            account: call.scope().account.clone(),
            name: call.policy_name.clone(),
            description: call.description.clone().unwrap_or_default(),
            default: PolicyVersion {
                id: VersionId::FIRST,
                document: call.policy_document.clone(),
                created_at: context.now,
            },
            newest: VersionId::FIRST,
            tags: tag::kept(&call.tag),
            created_at: context.now,
            updated_at: context.now,
        };
        policy.add(transaction).await?;
        Ok(CreatePolicyReply { policy: PolicyView::made(&policy) })
    }
}
