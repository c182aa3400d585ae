//! `ram:UpdateUser`: changes what a user is called and what is said of it.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::UserName;
use serde::{Deserialize, Serialize};

use super::{Ram, UserView, code, contact, user_arn};
use crate::record::UserRecord;

/// Changes a user; what is not given stays as it is. Under another name it keeps its id, its
/// AccessKeys, its login profile, its MFA device, its groups and its policies; trust policies that
/// name it by its earlier name do not follow.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateUser {
    /// The user's name.
    pub user_name: UserName,
    /// Its new name, unique in the account whatever its case.
    pub new_user_name: Option<UserName>,
    /// The name to show.
    #[api(chars(1, 128))]
    pub new_display_name: Option<String>,
    /// An e-mail address. Kept and answered; nothing is sent to it.
    #[api(chars(1, 128), invalid = &code::INVALID_NEW_EMAIL)]
    pub new_email: Option<String>,
    /// A telephone number, `<country code>-<number>`. Kept and answered; nobody calls it.
    #[api(chars(1, 32), invalid = &code::INVALID_NEW_MOBILE_PHONE)]
    pub new_mobile_phone: Option<String>,
    /// Remarks.
    #[api(chars(1, 128))]
    pub new_comments: Option<String>,
}

/// The user as it is now.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateUserReply {
    /// The user.
    pub user: UserView,
}

impl Authorize for UpdateUser {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:UpdateUser", user_arn(scope, &self.user_name))]
    }
}

impl Operation for UpdateUser {
    type Reply = UpdateUserReply;
    const SPEC: Spec = Spec::write(Product::Ram, "UpdateUser")
        .errors(&[
            &code::INVALID_NEW_EMAIL,
            &code::INVALID_NEW_MOBILE_PHONE,
            &code::ENTITY_NOT_EXIST_USER,
            &code::ENTITY_ALREADY_EXISTS_USER,
        ])
        .stored_only(&["NewEmail", "NewMobilePhone"]);

    fn validate(&self) -> Result<(), ApiError> {
        contact::email(self.new_email.as_deref(), &code::INVALID_NEW_EMAIL)?;
        contact::mobile_phone(self.new_mobile_phone.as_deref(), &code::INVALID_NEW_MOBILE_PHONE)
    }
}

impl Handle<UpdateUser> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<UpdateUser>,
    ) -> Result<UpdateUserReply, ApiError> {
        let account = &call.scope().account;
        let mut user = UserRecord::find(transaction, account, &call.user_name).await?;
        if let Some(name) = &call.new_user_name {
            user.rename(transaction, name).await?;
        }
        for (field, new) in [
            (&mut user.display_name, &call.new_display_name),
            (&mut user.email, &call.new_email),
            (&mut user.mobile_phone, &call.new_mobile_phone),
            (&mut user.comments, &call.new_comments),
        ] {
            if let Some(new) = new {
                field.clone_from(new);
            }
        }
        user.updated_at = context.now;
        user.put(transaction)?;
        Ok(UpdateUserReply { user: UserView::listed(&user) })
    }
}
