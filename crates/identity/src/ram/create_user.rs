//! `ram:CreateUser`: makes a RAM user, who can do nothing yet.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, PrincipalId, UserName};
use serde::{Deserialize, Serialize};

use super::{Ram, UserView, code, contact};
use crate::record::UserRecord;

/// Makes a user.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateUser {
    /// The user's name, unique in the account whatever its case.
    pub user_name: UserName,
    /// The name to show.
    #[api(chars(1, 128))]
    pub display_name: Option<String>,
    /// An e-mail address. Kept and answered; nothing is sent to it.
    #[api(chars(1, 128), invalid = &code::INVALID_EMAIL)]
    pub email: Option<String>,
    /// A telephone number, `<country code>-<number>`. Kept and answered; nobody calls it.
    #[api(chars(1, 32), invalid = &code::INVALID_MOBILE_PHONE)]
    pub mobile_phone: Option<String>,
    /// Remarks.
    #[api(chars(1, 128))]
    pub comments: Option<String>,
}

/// The user that was made.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateUserReply {
    /// The user.
    pub user: UserView,
}

impl Authorize for CreateUser {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("ram:CreateUser", Arn::ram(scope.account.as_str(), "user/*"))]
    }
}

impl Operation for CreateUser {
    type Reply = CreateUserReply;
    const SPEC: Spec = Spec::write(Product::Ram, "CreateUser")
        .errors(&[
            &code::INVALID_EMAIL,
            &code::INVALID_MOBILE_PHONE,
            &code::ENTITY_ALREADY_EXISTS_USER,
            &code::LIMIT_EXCEEDED_USER,
        ])
        .stored_only(&["Email", "MobilePhone"]);

    fn validate(&self) -> Result<(), ApiError> {
        contact::email(self.email.as_deref(), &code::INVALID_EMAIL)?;
        contact::mobile_phone(self.mobile_phone.as_deref(), &code::INVALID_MOBILE_PHONE)
    }
}

impl Handle<CreateUser> for Ram {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreateUser>,
    ) -> Result<CreateUserReply, ApiError> {
        let user = UserRecord {
            account: call.scope().account.clone(),
            name: call.user_name.clone(),
            id: PrincipalId::generate(context.random.as_ref(), '2'),
            display_name: call.display_name.clone().unwrap_or_default(),
            email: call.email.clone().unwrap_or_default(),
            mobile_phone: call.mobile_phone.clone().unwrap_or_default(),
            comments: call.comments.clone().unwrap_or_default(),
            created_at: context.now,
            updated_at: context.now,
        };
        user.add(transaction).await?;
        Ok(CreateUserReply { user: UserView::made(&user) })
    }
}
