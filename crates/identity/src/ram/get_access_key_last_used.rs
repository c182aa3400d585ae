//! `ram:GetAccessKeyLastUsed`: says when an AccessKey last signed a call.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{UserName, time};
use serde::{Deserialize, Serialize};

use super::{Ram, caller_arn, code, key_owner};
use crate::record::AccessKeyRecord;

/// Says when an AccessKey was last used, whatever for.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetAccessKeyLastUsed {
    /// The key's id.
    #[api(chars(1, 128))]
    pub user_access_key_id: String,
    /// Whose key it is; the caller's own where nobody is named.
    pub user_name: Option<UserName>,
}

/// The last use.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetAccessKeyLastUsedReply {
    /// The last use.
    pub access_key_last_used: AccessKeyLastUsedView,
}

/// When a key was last used.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AccessKeyLastUsedView {
    /// The time; empty where the key was never used.
    pub last_used_date: String,
}

impl Authorize for GetAccessKeyLastUsed {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let owner = caller_arn(scope, self.user_name.as_ref());
        vec![Need::on("ram:GetAccessKeyLastUsed", owner)]
    }
}

impl Operation for GetAccessKeyLastUsed {
    type Reply = GetAccessKeyLastUsedReply;
    const SPEC: Spec = Spec::read(Product::Ram, "GetAccessKeyLastUsed")
        .errors(&[&code::ENTITY_NOT_EXIST_USER, &code::ENTITY_NOT_EXIST_USER_ACCESS_KEY]);
}

impl Handle<GetAccessKeyLastUsed> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<GetAccessKeyLastUsed>,
    ) -> Result<GetAccessKeyLastUsedReply, ApiError> {
        let owner = key_owner(context, transaction, call.user_name.as_ref()).await?;
        let (account, id) = (&call.scope().account, &call.user_access_key_id);
        let key = AccessKeyRecord::find(transaction, account, owner.as_ref(), id).await?;
        let last_use = context.snapshot.keys.get(&key.id).and_then(|key| key.last_use.get());
        Ok(GetAccessKeyLastUsedReply {
            access_key_last_used: AccessKeyLastUsedView {
                last_used_date: last_use.map(time::seconds).unwrap_or_default(),
            },
        })
    }
}
