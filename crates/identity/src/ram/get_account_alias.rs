//! `ram:GetAccountAlias`: shows the account's other name.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::Arn;
use serde::{Deserialize, Serialize};

use super::Ram;
use crate::record::AccountRecord;

/// Shows the account's alias.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
pub struct GetAccountAlias {}

/// The account's alias.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetAccountAliasReply {
    /// The alias; empty where there is none.
    pub account_alias: String,
}

impl Authorize for GetAccountAlias {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:GetAccountAlias", Arn::ram(scope.account.as_str(), "*"))]
    }
}

impl Operation for GetAccountAlias {
    type Reply = GetAccountAliasReply;
    const SPEC: Spec = Spec::read(Product::Ram, "GetAccountAlias");
}

impl Handle<GetAccountAlias> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<GetAccountAlias>,
    ) -> Result<GetAccountAliasReply, ApiError> {
        let account = AccountRecord::find(transaction, &call.scope().account).await?;
        Ok(GetAccountAliasReply { account_alias: account.alias.unwrap_or_default() })
    }
}
