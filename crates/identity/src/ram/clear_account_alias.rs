//! `ram:ClearAccountAlias`: takes the account's other name away.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::Arn;
use serde::{Deserialize, Serialize};

use super::Ram;
use crate::record::AccountRecord;

/// Removes the account's alias, if it has one.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
pub struct ClearAccountAlias {}

/// The account has no alias.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct ClearAccountAliasReply {}

impl Authorize for ClearAccountAlias {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:ClearAccountAlias", Arn::ram(scope.account.as_str(), "*"))]
    }
}

impl Operation for ClearAccountAlias {
    type Reply = ClearAccountAliasReply;
    const SPEC: Spec = Spec::write(Product::Ram, "ClearAccountAlias");
}

impl Handle<ClearAccountAlias> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ClearAccountAlias>,
    ) -> Result<ClearAccountAliasReply, ApiError> {
        let mut account = AccountRecord::find(transaction, &call.scope().account).await?;
        account.rename(transaction, None).await?;
        Ok(ClearAccountAliasReply {})
    }
}
