//! `ram:UpdateRole`: changes who may wear a role, its description, its longest session.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::{DocumentKind, Need};
use rolecall_store::Transaction;
use rolecall_types::{Arn, RoleName};
use serde::{Deserialize, Serialize};

use super::{Ram, RoleView, code};
use crate::record::RoleRecord;
use crate::trust;

/// Changes a role; what is not given stays as it is.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateRole {
    /// The role's name.
    pub role_name: RoleName,
    /// The new trust policy. It binds new sessions alone.
    #[api(chars(1, 4096))]
    pub new_assume_role_policy_document: Option<String>,
    /// What the role is for.
    #[api(chars(1, 1024))]
    pub new_description: Option<String>,
    /// The longest session that `AssumeRole` gives from now on, in seconds.
    #[api(range(3600, 43200))]
    pub new_max_session_duration: Option<i64>,
    /// Kept and answered; there is no console to log in to.
    pub new_allow_console_login: Option<bool>,
}

/// The role as it is now.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateRoleReply {
    /// The role.
    pub role: RoleView,
}

impl Authorize for UpdateRole {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:UpdateRole", Arn::role(&scope.account, self.role_name.as_str()))]
    }
}

impl Operation for UpdateRole {
    type Reply = UpdateRoleReply;
    const SPEC: Spec = Spec::write(Product::Ram, "UpdateRole")
        .errors(&[&code::MALFORMED_POLICY_DOCUMENT, &code::ENTITY_NOT_EXIST_ROLE])
        .stored_only(&["NewAllowConsoleLogin"]);

    fn validate(&self) -> Result<(), ApiError> {
        let document = self.new_assume_role_policy_document.as_deref();
        document.map_or(Ok(()), |text| trust::document(DocumentKind::Trust, text).map(drop))
    }
}

impl Handle<UpdateRole> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<UpdateRole>,
    ) -> Result<UpdateRoleReply, ApiError> {
        let account = &call.scope().account;
        let mut role = RoleRecord::find(transaction, account, &call.role_name).await?;
        if let Some(document) = &call.new_assume_role_policy_document {
            trust::find_trustees(transaction, document).await?;
            role.trust_policy.clone_from(document);
        }
        if let Some(description) = &call.new_description {
            role.description.clone_from(description);
        }
        if let Some(seconds) = call.new_max_session_duration {
            role.max_session_seconds = u32::try_from(seconds).unwrap_or(role.max_session_seconds);
        }
        if let Some(allow) = call.new_allow_console_login {
            role.allow_console_login = allow;
        }
        role.updated_at = context.now;
        role.put(transaction)?;
        Ok(UpdateRoleReply { role: RoleView::changed(&role) })
    }
}
