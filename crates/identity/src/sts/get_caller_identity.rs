//! `sts:GetCallerIdentity`: tells callers who they are.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Caller, Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::AccountId;
use serde::{Deserialize, Serialize};

use super::Sts;

/// Tells who calls. Whoever has credentials may ask, even where a policy denies it.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
pub struct GetCallerIdentity {}

/// Who called.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetCallerIdentityReply {
    /// `Account`, `RAMUser` or `AssumedRoleUser`.
    pub identity_type: String,
    /// The account.
    pub account_id: AccountId,
    /// The account's id, the user's, or `<role id>:<session name>`.
    pub principal_id: String,
    /// The user's id, or the account's. Not for sessions.
    pub user_id: Option<String>,
    /// The caller's ARN. That of a session begins with `assumed-role`, unlike in `AssumeRole`.
    pub arn: String,
    /// The role's id. For sessions alone.
    pub role_id: Option<String>,
}

impl Authorize for GetCallerIdentity {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        vec![Need::any("sts:GetCallerIdentity")]
    }
}

impl Operation for GetCallerIdentity {
    type Reply = GetCallerIdentityReply;
    const SPEC: Spec = Spec::read(Product::Sts, "GetCallerIdentity");
}

impl Handle<GetCallerIdentity> for Sts {
    async fn handle(
        &self,
        context: &Context,
        _transaction: &mut Transaction,
        call: &Permit<GetCallerIdentity>,
    ) -> Result<GetCallerIdentityReply, ApiError> {
        let account = &call.scope().account;
        let (identity_type, principal_id, user_id, role_id) = match &context.caller {
            // The gate lets nobody without credentials through to this operation.
            Caller::Anonymous | Caller::Federated(_) | Caller::Root(_) => {
                ("Account", account.to_string(), Some(account.to_string()), None)
            }
            Caller::User(user) => ("RAMUser", user.id.to_string(), Some(user.id.to_string()), None),
            Caller::Session(session) => {
                let role_id = session.claims.role_id.to_string();
                let principal_id = format!("{role_id}:{}", session.claims.session_name);
                ("AssumedRoleUser", principal_id, None, Some(role_id))
            }
        };
        Ok(GetCallerIdentityReply {
            identity_type: identity_type.to_owned(),
            account_id: account.clone(),
            principal_id,
            user_id,
            arn: context.caller.arn(),
            role_id,
        })
    }
}
