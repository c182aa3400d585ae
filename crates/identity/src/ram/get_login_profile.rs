//! `ram:GetLoginProfile`: shows how a user signs in.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::UserName;
use serde::{Deserialize, Serialize};

use super::{LoginProfileView, Ram, code, user_arn};
use crate::record::{LoginProfileRecord, UserRecord};

/// Shows a login profile.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetLoginProfile {
    /// The user's name.
    pub user_name: UserName,
}

/// A login profile.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetLoginProfileReply {
    /// The login profile.
    pub login_profile: LoginProfileView,
}

impl Authorize for GetLoginProfile {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:GetLoginProfile", user_arn(scope, &self.user_name))]
    }
}

impl Operation for GetLoginProfile {
    type Reply = GetLoginProfileReply;
    const SPEC: Spec = Spec::read(Product::Ram, "GetLoginProfile")
        .errors(&[&code::ENTITY_NOT_EXIST_USER, &code::ENTITY_NOT_EXIST_USER_LOGIN_PROFILE]);
}

impl Handle<GetLoginProfile> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<GetLoginProfile>,
    ) -> Result<GetLoginProfileReply, ApiError> {
        let account = &call.scope().account;
        let user = UserRecord::find(transaction, account, &call.user_name).await?;
        let profile = LoginProfileRecord::find(transaction, account, &user.name).await?;
        Ok(GetLoginProfileReply { login_profile: LoginProfileView::from(&profile) })
    }
}
