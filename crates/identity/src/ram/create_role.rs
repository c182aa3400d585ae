//! `ram:CreateRole`: makes a role and says who may wear it.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::{DocumentKind, Need};
use rolecall_store::Transaction;
use rolecall_types::{Arn, PrincipalId, RoleName};
use serde::{Deserialize, Serialize};

use super::{Ram, RoleView, code};
use crate::record::{DEFAULT_SESSION_SECONDS, RoleRecord};
use crate::tag::{self, TagParameter};
use crate::trust;

/// Makes a role.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateRole {
    /// The role's name, unique in the account whatever its case.
    pub role_name: RoleName,
    /// The trust policy: who may wear the role. The users and roles that it names must exist.
    #[api(chars(1, 4096))]
    pub assume_role_policy_document: String,
    /// What the role is for.
    #[api(chars(1, 1024))]
    pub description: Option<String>,
    /// The longest session that `AssumeRole` gives, in seconds; 3600 where nothing is said.
    #[api(range(3600, 43200))]
    pub max_session_duration: Option<i64>,
    /// Kept and answered; there is no console to log in to.
    pub allow_console_login: Option<bool>,
    /// Tags.
    #[api(items(1, 20))]
    pub tag: Vec<TagParameter>,
}

/// The role that was made.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateRoleReply {
    /// The role.
    pub role: RoleView,
}

impl Authorize for CreateRole {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let mut need = Need::on("ram:CreateRole", Arn::ram(scope.account.as_str(), "role/*"));
        for kind in trust::principal_types(&self.assume_role_policy_document) {
            need = need.with("ram:TrustedPrincipalTypes", kind);
        }
        vec![need.with_request_tags(tag::requested(&self.tag))]
    }
}

impl Operation for CreateRole {
    type Reply = CreateRoleReply;
    const SPEC: Spec = Spec::write(Product::Ram, "CreateRole")
        .errors(&[
            &code::MALFORMED_POLICY_DOCUMENT,
            &code::INVALID_TAG,
            &code::ENTITY_ALREADY_EXISTS_ROLE,
            &code::LIMIT_EXCEEDED_ROLE,
        ])
        .stored_only(&["AllowConsoleLogin"]);

    fn validate(&self) -> Result<(), ApiError> {
        trust::document(DocumentKind::Trust, &self.assume_role_policy_document)?;
        tag::validate_new(&self.tag)
    }
}

impl Handle<CreateRole> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreateRole>,
    ) -> Result<CreateRoleReply, ApiError> {
        trust::find_trustees(transaction, &call.assume_role_policy_document).await?;
        let seconds = call.max_session_duration.and_then(|seconds| u32::try_from(seconds).ok());
        let role = RoleRecord {
            account: call.scope().account.clone(),
            name: call.role_name.clone(),
            id: PrincipalId::generate(context.random.as_ref(), '3'),
            trust_policy: call.assume_role_policy_document.clone(),
            description: call.description.clone().unwrap_or_default(),
            max_session_seconds: seconds.unwrap_or(DEFAULT_SESSION_SECONDS),
            allow_console_login: call.allow_console_login.unwrap_or(true),
            tags: tag::kept(&call.tag),
            created_at: context.now,
            updated_at: context.now,
        };
        role.add(transaction).await?;
        Ok(CreateRoleReply { role: RoleView::made(&role) })
    }
}
