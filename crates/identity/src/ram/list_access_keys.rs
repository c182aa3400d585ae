//! `ram:ListAccessKeys`: lists AccessKeys, without their secrets.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::UserName;
use serde::{Deserialize, Serialize};

use super::{AccessKeyView, Ram, caller_arn, code, key_owner};
use crate::record::AccessKeyRecord;

/// Lists the AccessKeys of a user.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListAccessKeys {
    /// The user. A RAM user that names nobody means itself, and the account its own keys.
    pub user_name: Option<UserName>,
}

/// The AccessKeys of a user.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListAccessKeysReply {
    /// The AccessKeys.
    #[api(item = "AccessKey")]
    pub access_keys: Vec<AccessKeyView>,
}

impl Authorize for ListAccessKeys {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:ListAccessKeys", caller_arn(scope, self.user_name.as_ref()))]
    }
}

impl Operation for ListAccessKeys {
    type Reply = ListAccessKeysReply;
    const SPEC: Spec =
        Spec::read(Product::Ram, "ListAccessKeys").errors(&[&code::ENTITY_NOT_EXIST_USER]);
}

impl Handle<ListAccessKeys> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ListAccessKeys>,
    ) -> Result<ListAccessKeysReply, ApiError> {
        let account = &call.scope().account;
        let user = key_owner(context, transaction, call.user_name.as_ref()).await?;
        let keys = AccessKeyRecord::of_owner(transaction, account, user.as_ref()).await?;
        Ok(ListAccessKeysReply { access_keys: keys.iter().map(AccessKeyView::from).collect() })
    }
}
