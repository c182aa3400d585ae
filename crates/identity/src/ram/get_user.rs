//! `ram:GetUser`: shows a RAM user.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::UserName;
use serde::{Deserialize, Serialize};

use super::{Ram, UserView, code, user_arn};
use crate::record::{SignInRecord, UserRecord};

/// Shows a user.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetUser {
    /// The user's name.
    pub user_name: UserName,
}

/// A user.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetUserReply {
    /// The user.
    pub user: UserView,
}

impl Authorize for GetUser {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:GetUser", user_arn(scope, &self.user_name))]
    }
}

impl Operation for GetUser {
    type Reply = GetUserReply;
    const SPEC: Spec = Spec::read(Product::Ram, "GetUser").errors(&[&code::ENTITY_NOT_EXIST_USER]);
}

impl Handle<GetUser> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<GetUser>,
    ) -> Result<GetUserReply, ApiError> {
        let account = &call.scope().account;
        let user = UserRecord::find(transaction, account, &call.user_name).await?;
        let folded = user.name.folded();
        let known = SignInRecord::get(transaction, account.as_str(), &folded).await?;
        Ok(GetUserReply { user: UserView::whole(&user, known.last_at) })
    }
}
