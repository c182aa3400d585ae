//! `ram:DeleteAccessKey`: removes an AccessKey.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::UserName;
use serde::{Deserialize, Serialize};

use super::{Ram, caller_arn, code, key_owner};
use crate::record::AccessKeyRecord;

/// Removes an AccessKey, from the next call on.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteAccessKey {
    /// The user. A RAM user that names nobody means itself, and the account its own keys.
    pub user_name: Option<UserName>,
    /// The AccessKey's id.
    #[api(chars(1, 128))]
    pub user_access_key_id: String,
}

/// The AccessKey is gone.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct DeleteAccessKeyReply {}

impl Authorize for DeleteAccessKey {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:DeleteAccessKey", caller_arn(scope, self.user_name.as_ref()))]
    }
}

impl Operation for DeleteAccessKey {
    type Reply = DeleteAccessKeyReply;
    const SPEC: Spec = Spec::write(Product::Ram, "DeleteAccessKey")
        .errors(&[&code::ENTITY_NOT_EXIST_USER, &code::ENTITY_NOT_EXIST_USER_ACCESS_KEY]);
}

impl Handle<DeleteAccessKey> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeleteAccessKey>,
    ) -> Result<DeleteAccessKeyReply, ApiError> {
        let account = &call.scope().account;
        let user = key_owner(context, transaction, call.user_name.as_ref()).await?;
        let id = &call.user_access_key_id;
        let key = AccessKeyRecord::find(transaction, account, user.as_ref(), id).await?;
        key.remove(transaction);
        Ok(DeleteAccessKeyReply {})
    }
}
