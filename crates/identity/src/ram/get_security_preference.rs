//! `ram:GetSecurityPreference`: shows what users may do for themselves, and how they sign in.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::Arn;
use serde::{Deserialize, Serialize};

use super::{Ram, SecurityPreferenceView};
use crate::record::AccountRecord;

/// Shows the security preference.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
pub struct GetSecurityPreference {}

/// The security preference.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetSecurityPreferenceReply {
    /// The security preference.
    pub security_preference: SecurityPreferenceView,
}

impl Authorize for GetSecurityPreference {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:GetSecurityPreference", Arn::ram(scope.account.as_str(), "*"))]
    }
}

impl Operation for GetSecurityPreference {
    type Reply = GetSecurityPreferenceReply;
    const SPEC: Spec = Spec::read(Product::Ram, "GetSecurityPreference");
}

impl Handle<GetSecurityPreference> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<GetSecurityPreference>,
    ) -> Result<GetSecurityPreferenceReply, ApiError> {
        let account = AccountRecord::find(transaction, &call.scope().account).await?;
        let security_preference = SecurityPreferenceView::from(&account.security_preference);
        Ok(GetSecurityPreferenceReply { security_preference })
    }
}
