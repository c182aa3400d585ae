//! `ram:DeleteLoginProfile`: lets a user sign in to the console no more.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::UserName;
use serde::{Deserialize, Serialize};

use super::{Ram, code, user_arn};
use crate::record::{LoginProfileRecord, UserRecord};

/// Removes a login profile, and the password with it.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteLoginProfile {
    /// The user's name.
    pub user_name: UserName,
}

/// The login profile is gone.
#[derive(Debug, Clone, Serialize, Shape)]
pub struct DeleteLoginProfileReply {}

impl Authorize for DeleteLoginProfile {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:DeleteLoginProfile", user_arn(scope, &self.user_name))]
    }
}

impl Operation for DeleteLoginProfile {
    type Reply = DeleteLoginProfileReply;
    const SPEC: Spec = Spec::write(Product::Ram, "DeleteLoginProfile")
        .errors(&[&code::ENTITY_NOT_EXIST_USER, &code::ENTITY_NOT_EXIST_USER_LOGIN_PROFILE]);
}

impl Handle<DeleteLoginProfile> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeleteLoginProfile>,
    ) -> Result<DeleteLoginProfileReply, ApiError> {
        let account = &call.scope().account;
        let user = UserRecord::find(transaction, account, &call.user_name).await?;
        LoginProfileRecord::find(transaction, account, &user.name).await?.remove(transaction);
        Ok(DeleteLoginProfileReply {})
    }
}
