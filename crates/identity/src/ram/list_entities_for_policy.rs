//! `ram:ListEntitiesForPolicy`: lists who holds a policy.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{GroupName, PolicyName, PrincipalId, RoleName, UserName, time};
use serde::{Deserialize, Serialize};

use super::{Policy, Ram, code, policy_arn};
use crate::record::{
    Attachment, GroupRecord, HolderKind, PolicyType, RoleRecord, UserRecord, named_by_record,
};

/// Lists who holds a policy.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListEntitiesForPolicy {
    /// The policy's name.
    pub policy_name: PolicyName,
    /// `System` or `Custom`.
    #[api(choices("System", "Custom"))]
    pub policy_type: PolicyType,
}

/// Who holds a policy.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListEntitiesForPolicyReply {
    /// Groups.
    #[api(item = "Group")]
    pub groups: Vec<GroupHolderView>,
    /// Roles.
    #[api(item = "Role")]
    pub roles: Vec<RoleHolderView>,
    /// Users.
    #[api(item = "User")]
    pub users: Vec<UserHolderView>,
}

/// A group that holds the policy.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GroupHolderView {
    /// Its name.
    pub group_name: GroupName,
    /// Remarks.
    pub comments: String,
    /// Since when it holds the policy.
    pub attach_date: String,
}

/// A role that holds the policy.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RoleHolderView {
    /// Its ARN, in lower case.
    pub arn: String,
    /// Its name.
    pub role_name: RoleName,
    /// Its id.
    pub role_id: PrincipalId,
    /// What it is for.
    pub description: String,
    /// Since when it holds the policy.
    pub attach_date: String,
}

/// A user that holds the policy.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UserHolderView {
    /// Its name.
    pub user_name: UserName,
    /// Its id.
    pub user_id: PrincipalId,
    /// The name to show.
    pub display_name: String,
    /// Since when it holds the policy.
    pub attach_date: String,
}

impl Authorize for ListEntitiesForPolicy {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let policy = policy_arn(scope, self.policy_type, &self.policy_name);
        vec![Need::on("ram:ListEntitiesForPolicy", policy)]
    }
}

impl Operation for ListEntitiesForPolicy {
    type Reply = ListEntitiesForPolicyReply;
    const SPEC: Spec =
        Spec::read(Product::Ram, "ListEntitiesForPolicy").errors(&[&code::ENTITY_NOT_EXIST_POLICY]);
}

impl Handle<ListEntitiesForPolicy> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ListEntitiesForPolicy>,
    ) -> Result<ListEntitiesForPolicyReply, ApiError> {
        let (account, policy) = (&call.scope().account, &call.policy_name);
        Policy::find(transaction, account, call.policy_type, policy).await?;
        let (mut groups, mut roles, mut users) = (Vec::new(), Vec::new(), Vec::new());
        let folded = policy.folded();
        for held in Attachment::holders(transaction, account, call.policy_type, &folded).await? {
            let attach_date = time::seconds(held.attached_at);
            match held.holder {
                HolderKind::Group => {
                    let group =
                        named_by_record::<GroupRecord>(transaction, account, &held.holder_name);
                    let group = group.await?;
                    groups.push(GroupHolderView {
                        group_name: group.name,
                        comments: group.comments,
                        attach_date,
                    });
                }
                HolderKind::Role => {
                    let role =
                        named_by_record::<RoleRecord>(transaction, account, &held.holder_name);
                    let role = role.await?;
                    roles.push(RoleHolderView {
                        arn: role.arn(),
                        role_name: role.name,
                        role_id: role.id,
                        description: role.description,
                        attach_date,
                    });
                }
                HolderKind::User => {
                    let user =
                        named_by_record::<UserRecord>(transaction, account, &held.holder_name);
                    let user = user.await?;
                    users.push(UserHolderView {
                        user_name: user.name,
                        user_id: user.id,
                        display_name: user.display_name,
                        attach_date,
                    });
                }
            }
        }
        Ok(ListEntitiesForPolicyReply { groups, roles, users })
    }
}
