//! `ram:SetAccountAlias`: gives the account another name.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{AccountId, Arn};
use serde::{Deserialize, Serialize};

use super::{Ram, code};
use crate::record::AccountRecord;

/// Gives the account a name by which its users may sign in, in place of an earlier one.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SetAccountAlias {
    /// The name: 3 to 32 lower-case letters, digits and hyphens; no hyphen at an end or beside
    /// another one. No two accounts have the same, and none has another's id, which names it too.
    #[api(chars(3, 32), invalid = &code::INVALID_ACCOUNT_ALIAS_LENGTH)]
    pub account_alias: String,
}

/// The account has the name.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct SetAccountAliasReply {}

impl Authorize for SetAccountAlias {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:SetAccountAlias", Arn::ram(scope.account.as_str(), "*"))]
    }
}

impl Operation for SetAccountAlias {
    type Reply = SetAccountAliasReply;
    const SPEC: Spec = Spec::write(Product::Ram, "SetAccountAlias").errors(&[
        &code::INVALID_ACCOUNT_ALIAS_LENGTH,
        &code::INVALID_ACCOUNT_ALIAS,
        &code::ENTITY_ALREADY_EXISTS_ACCOUNT_ALIAS,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        let word = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        let is_id = AccountId::parse(&self.account_alias).is_some();
        if self.account_alias.split('-').all(word) && !is_id {
            Ok(())
        } else {
            Err(ApiError::new(&code::INVALID_ACCOUNT_ALIAS))
        }
    }
}

impl Handle<SetAccountAlias> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<SetAccountAlias>,
    ) -> Result<SetAccountAliasReply, ApiError> {
        let mut account = AccountRecord::find(transaction, &call.scope().account).await?;
        account.rename(transaction, Some(&call.account_alias)).await?;
        Ok(SetAccountAliasReply {})
    }
}
