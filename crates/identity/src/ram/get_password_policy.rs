//! `ram:GetPasswordPolicy`: shows what the account asks of passwords.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::Arn;
use serde::{Deserialize, Serialize};

use super::{PasswordPolicyView, Ram};
use crate::record::AccountRecord;

/// Shows the password policy.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
pub struct GetPasswordPolicy {}

/// The password policy.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetPasswordPolicyReply {
    /// The password policy.
    pub password_policy: PasswordPolicyView,
}

impl Authorize for GetPasswordPolicy {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:GetPasswordPolicy", Arn::ram(scope.account.as_str(), "*"))]
    }
}

impl Operation for GetPasswordPolicy {
    type Reply = GetPasswordPolicyReply;
    const SPEC: Spec = Spec::read(Product::Ram, "GetPasswordPolicy");
}

impl Handle<GetPasswordPolicy> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<GetPasswordPolicy>,
    ) -> Result<GetPasswordPolicyReply, ApiError> {
        let account = AccountRecord::find(transaction, &call.scope().account).await?;
        let password_policy = PasswordPolicyView::from(&account.password_policy);
        Ok(GetPasswordPolicyReply { password_policy })
    }
}
