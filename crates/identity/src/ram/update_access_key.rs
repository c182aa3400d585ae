//! `ram:UpdateAccessKey`: switches an AccessKey on or off.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::UserName;
use serde::{Deserialize, Serialize};

use super::{Ram, caller_arn, code, key_owner};
use crate::record::AccessKeyRecord;

/// Switches an AccessKey on or off, from the next call on.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateAccessKey {
    /// The user. A RAM user that names nobody means itself, and the account its own keys.
    pub user_name: Option<UserName>,
    /// The AccessKey's id.
    #[api(chars(1, 128))]
    pub user_access_key_id: String,
    /// `Active` or `Inactive`.
    #[api(choices("Active", "Inactive"))]
    pub status: String,
}

/// The AccessKey is switched.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct UpdateAccessKeyReply {}

impl Authorize for UpdateAccessKey {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:UpdateAccessKey", caller_arn(scope, self.user_name.as_ref()))]
    }
}

impl Operation for UpdateAccessKey {
    type Reply = UpdateAccessKeyReply;
    const SPEC: Spec = Spec::write(Product::Ram, "UpdateAccessKey")
        .errors(&[&code::ENTITY_NOT_EXIST_USER, &code::ENTITY_NOT_EXIST_USER_ACCESS_KEY]);
}

impl Handle<UpdateAccessKey> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<UpdateAccessKey>,
    ) -> Result<UpdateAccessKeyReply, ApiError> {
        let account = &call.scope().account;
        let user = key_owner(context, transaction, call.user_name.as_ref()).await?;
        let id = &call.user_access_key_id;
        let mut key = AccessKeyRecord::find(transaction, account, user.as_ref(), id).await?;
        key.active = call.status == "Active";
        key.put(transaction)?;
        Ok(UpdateAccessKeyReply {})
    }
}
