//! `ram:DecodeDiagnosticMessage`: opens what the answer to a denied call says in sealed words.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Diagnosis, Handle};
use rolecall_policy::{Deciding, Decision, Need, PolicyType};
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use super::{Ram, code};

/// Opens the `EncodedDiagnosticMessage` of an answer that denied a call. Only the account that was
/// denied opens it.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DecodeDiagnosticMessage {
    /// The message.
    #[api(chars(1, 8192), invalid = &code::INVALID_DIAGNOSTIC_MESSAGE)]
    pub encoded_diagnostic_message: String,
}

/// The opened message.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DecodeDiagnosticMessageReply {
    /// The opened message.
    pub decoded_diagnostic_message: DecodedDiagnosticMessageView,
}

/// Why a call was denied.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DecodedDiagnosticMessageView {
    /// The denied action.
    pub auth_action: String,
    /// The resource that it was checked on.
    pub auth_resource: String,
    /// The condition keys of the request.
    pub auth_conditions: Vec<AuthConditionView>,
    /// Who asked.
    pub auth_principal: AuthPrincipalView,
    /// Whether a statement denied; else none allowed.
    pub explicit_deny: bool,
    /// The policy that denied; empty where none allowed.
    pub matched_policies: Vec<MatchedPolicyView>,
    /// The kind of policy that decided.
    pub no_permission_policy_type: String,
}

/// A condition key of the request.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AuthConditionView {
    /// The key.
    pub condition_key: String,
    /// Its values.
    pub condition_values: Vec<String>,
}

/// Who asked.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AuthPrincipalView {
    /// A user's id, or a role's name and session name.
    pub auth_principal_display_name: String,
    /// The account.
    pub auth_principal_owner_id: String,
    /// `SubUser` or `AssumedRoleUser`.
    pub auth_principal_type: String,
}

/// A policy that matched.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct MatchedPolicyView {
    /// `RamUser`, `RamGroup`, `RamRole` or `ResourceDirectoryTarget`; absent for a policy of a
    /// session or a resource, which is attached to nothing.
    pub attached_entity_type: Option<String>,
    /// `Account`.
    pub attached_scope: String,
    /// `Deny`.
    pub effect: String,
    /// The policy's name.
    pub policy_identifier: String,
    /// `Custom` or `System`.
    pub policy_type: String,
    /// The version; custom policies have one.
    pub policy_version: Option<String>,
}

impl Authorize for DecodeDiagnosticMessage {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        vec![Need::any("ram:DecodeDiagnosticMessage")]
    }
}

impl Operation for DecodeDiagnosticMessage {
    type Reply = DecodeDiagnosticMessageReply;
    const SPEC: Spec = Spec::read(Product::Ram, "DecodeDiagnosticMessage")
        .errors(&[&code::INVALID_DIAGNOSTIC_MESSAGE]);
}

impl Handle<DecodeDiagnosticMessage> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        _transaction: &mut Transaction,
        call: &Permit<DecodeDiagnosticMessage>,
    ) -> Result<DecodeDiagnosticMessageReply, ApiError> {
        let (account, message) = (&call.scope().account, &call.encoded_diagnostic_message);
        let opened = Diagnosis::open(&self.key_ring, account, message).and_then(view);
        let decoded_diagnostic_message =
            opened.ok_or_else(|| ApiError::new(&code::INVALID_DIAGNOSTIC_MESSAGE))?;
        Ok(DecodeDiagnosticMessageReply { decoded_diagnostic_message })
    }
}

/// What is sealed always has its detail; without it there is no principal to name.
fn view(diagnosis: Diagnosis) -> Option<DecodedDiagnosticMessageView> {
    let Diagnosis { detail, conditions, attached_to, explanation, .. } = diagnosis;
    let detail = detail?;
    let attached = attached_to.map(|it| it.as_str().to_owned());
    let matched = explanation.deciding.iter().map(|it| matched(it, attached.clone())).collect();
    Some(DecodedDiagnosticMessageView {
        auth_action: explanation.action,
        auth_resource: explanation.resource,
        auth_conditions: conditions
            .into_iter()
            .map(|(condition_key, condition_values)| AuthConditionView {
                condition_key,
                condition_values,
            })
            .collect(),
        auth_principal: AuthPrincipalView {
            auth_principal_display_name: detail.auth_principal_display_name,
            auth_principal_owner_id: detail.auth_principal_owner_id,
            auth_principal_type: detail.auth_principal_type,
        },
        explicit_deny: explanation.decision == Decision::ExplicitDeny,
        matched_policies: matched,
        no_permission_policy_type: detail.policy_type,
    })
}

fn matched(deciding: &Deciding, attached: Option<String>) -> MatchedPolicyView {
    let source = &deciding.source;
    let versioned = source.policy_type == PolicyType::Custom && !source.version.is_empty();
    MatchedPolicyView {
        attached_entity_type: attached,
        attached_scope: "Account".to_owned(),
        effect: deciding.effect.to_string(),
        policy_identifier: source.name.clone(),
        policy_type: source.policy_type.as_str().to_owned(),
        policy_version: versioned.then(|| source.version.clone()),
    }
}
