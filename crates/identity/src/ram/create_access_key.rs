//! `ram:CreateAccessKey`: makes an AccessKey, and tells its secret this once.

use std::fmt;

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::UserName;
use serde::{Deserialize, Serialize};

use super::{AccessKeyView, Ram, caller_arn, code, key_owner};
use crate::record::AccessKeyRecord;

/// Makes an AccessKey.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateAccessKey {
    /// The user. A RAM user that names nobody means itself, and the account its own keys.
    pub user_name: Option<UserName>,
}

/// The AccessKey that was made.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateAccessKeyReply {
    /// The AccessKey.
    pub access_key: CreatedAccessKeyView,
}

/// An AccessKey with its secret. `Debug` leaves the secret out.
#[derive(Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreatedAccessKeyView {
    /// Its public half.
    pub access_key_id: String,
    /// Its secret half. No other answer has it.
    #[api(secret)]
    pub access_key_secret: String,
    /// `Active`.
    pub status: String,
    /// When it was made.
    pub create_date: String,
}

impl fmt::Debug for CreatedAccessKeyView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreatedAccessKeyView")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

impl Authorize for CreateAccessKey {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:CreateAccessKey", caller_arn(scope, self.user_name.as_ref()))]
    }
}

impl Operation for CreateAccessKey {
    type Reply = CreateAccessKeyReply;
    const SPEC: Spec = Spec::write(Product::Ram, "CreateAccessKey")
        .errors(&[&code::ENTITY_NOT_EXIST_USER, &code::LIMIT_EXCEEDED_USER_ACCESS_KEY]);
}

impl Handle<CreateAccessKey> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreateAccessKey>,
    ) -> Result<CreateAccessKeyReply, ApiError> {
        let account = &call.scope().account;
        let user = key_owner(context, transaction, call.user_name.as_ref()).await?;
        let random = context.random.as_ref();
        let key = AccessKeyRecord::generate(random, account.clone(), user, context.now);
        key.add(transaction).await?;
        let AccessKeyView { access_key_id, status, create_date } = AccessKeyView::from(&key);
        let access_key_secret = key.secret.expose().clone();
        let access_key =
            CreatedAccessKeyView { access_key_id, access_key_secret, status, create_date };
        Ok(CreateAccessKeyReply { access_key })
    }
}
