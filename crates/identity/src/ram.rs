//! RAM 2015-05-01: roles, policies, users and their AccessKeys, groups, tags, how users sign in.

use std::sync::Arc;

use rolecall_api::{ApiError, Scope, code as common};
use rolecall_crypto::KeyRing;
use rolecall_gate::{Caller, Context};
use rolecall_store::Transaction;
use rolecall_types::{AccountId, Arn, GroupName, PolicyName, Timestamp, UserName};

use crate::SignIns;
use crate::record::{
    Attachment, GroupRecord, HolderKind, Membership, PolicyRecord, PolicyType, UserRecord,
    VersionId,
};
use crate::system_policy::{self, SystemPolicy};

mod attach_policy_to_role;
mod attach_policy_to_user;
pub mod code;
mod create_access_key;
mod create_policy;
mod create_policy_version;
mod create_role;
mod create_user;
mod decode_diagnostic_message;
mod delete_access_key;
mod delete_policy;
mod delete_policy_version;
mod delete_role;
mod delete_user;
mod detach_policy_from_role;
mod detach_policy_from_user;
mod get_access_key_last_used;
mod get_policy;
mod get_policy_version;
mod get_role;
mod get_user;
mod list_access_keys;
mod list_entities_for_policy;
mod list_policies;
mod list_policies_for_role;
mod list_policies_for_user;
mod list_policy_versions;
mod list_roles;
mod list_users;
mod set_default_policy_version;
mod update_access_key;
mod update_role;
mod view;

mod add_user_to_group;
mod attach_policy_to_group;
mod contact;
mod create_group;
mod delete_group;
mod detach_policy_from_group;
mod get_group;
mod list_groups;
mod list_groups_for_user;
mod list_policies_for_group;
mod list_tag_resources;
mod list_users_for_group;
mod remove_user_from_group;
mod tag_resources;
mod tagged;
mod untag_resources;
mod update_group;
mod update_policy_description;
mod update_user;

mod bind_mfa_device;
mod change_password;
mod clear_account_alias;
mod create_login_profile;
mod create_virtual_mfa_device;
mod delete_login_profile;
mod delete_virtual_mfa_device;
mod get_account_alias;
mod get_login_profile;
mod get_password_policy;
mod get_security_preference;
mod get_user_mfa_info;
mod list_virtual_mfa_devices;
mod login_view;
mod set_account_alias;
mod set_password_policy;
mod set_security_preference;
mod unbind_mfa_device;
mod update_login_profile;

pub use attach_policy_to_role::{AttachPolicyToRole, AttachPolicyToRoleReply};
pub use attach_policy_to_user::{AttachPolicyToUser, AttachPolicyToUserReply};
pub use create_access_key::{CreateAccessKey, CreateAccessKeyReply, CreatedAccessKeyView};
pub use create_policy::{CreatePolicy, CreatePolicyReply};
pub use create_policy_version::{CreatePolicyVersion, CreatePolicyVersionReply};
pub use create_role::{CreateRole, CreateRoleReply};
pub use create_user::{CreateUser, CreateUserReply};
pub use decode_diagnostic_message::{
    AuthConditionView, AuthPrincipalView, DecodeDiagnosticMessage, DecodeDiagnosticMessageReply,
    DecodedDiagnosticMessageView, MatchedPolicyView,
};
pub use delete_access_key::{DeleteAccessKey, DeleteAccessKeyReply};
pub use delete_policy::{DeletePolicy, DeletePolicyReply};
pub use delete_policy_version::{DeletePolicyVersion, DeletePolicyVersionReply};
pub use delete_role::{DeleteRole, DeleteRoleReply};
pub use delete_user::{DeleteUser, DeleteUserReply};
pub use detach_policy_from_role::{DetachPolicyFromRole, DetachPolicyFromRoleReply};
pub use detach_policy_from_user::{DetachPolicyFromUser, DetachPolicyFromUserReply};
pub use get_access_key_last_used::{
    AccessKeyLastUsedView, GetAccessKeyLastUsed, GetAccessKeyLastUsedReply,
};
pub use get_policy::{GetPolicy, GetPolicyReply};
pub use get_policy_version::{GetPolicyVersion, GetPolicyVersionReply};
pub use get_role::{GetRole, GetRoleReply};
pub use get_user::{GetUser, GetUserReply};
pub use list_access_keys::{ListAccessKeys, ListAccessKeysReply};
pub use list_entities_for_policy::{
    GroupHolderView, ListEntitiesForPolicy, ListEntitiesForPolicyReply, RoleHolderView,
    UserHolderView,
};
pub use list_policies::{ListPolicies, ListPoliciesReply};
pub use list_policies_for_role::{ListPoliciesForRole, ListPoliciesForRoleReply};
pub use list_policies_for_user::{ListPoliciesForUser, ListPoliciesForUserReply};
pub use list_policy_versions::{ListPolicyVersions, ListPolicyVersionsReply};
pub use list_roles::{ListRoles, ListRolesReply};
pub use list_users::{ListUsers, ListUsersReply};
pub use set_default_policy_version::{SetDefaultPolicyVersion, SetDefaultPolicyVersionReply};
pub use update_access_key::{UpdateAccessKey, UpdateAccessKeyReply};
pub use update_role::{UpdateRole, UpdateRoleReply};
pub use view::{
    AccessKeyView, AttachedPolicyView, GroupView, PolicyVersionView, PolicyView, RoleView, UserView,
};

pub use add_user_to_group::{AddUserToGroup, AddUserToGroupReply};
pub use attach_policy_to_group::{AttachPolicyToGroup, AttachPolicyToGroupReply};
pub use create_group::{CreateGroup, CreateGroupReply};
pub use delete_group::{DeleteGroup, DeleteGroupReply};
pub use detach_policy_from_group::{DetachPolicyFromGroup, DetachPolicyFromGroupReply};
pub use get_group::{GetGroup, GetGroupReply};
pub use list_groups::{ListGroups, ListGroupsReply};
pub use list_groups_for_user::{JoinedGroupView, ListGroupsForUser, ListGroupsForUserReply};
pub use list_policies_for_group::{ListPoliciesForGroup, ListPoliciesForGroupReply};
pub use list_tag_resources::{ListTagResources, ListTagResourcesReply, TaggedView};
pub use list_users_for_group::{ListUsersForGroup, ListUsersForGroupReply, MemberView};
pub use remove_user_from_group::{RemoveUserFromGroup, RemoveUserFromGroupReply};
pub use tag_resources::{TagResources, TagResourcesReply};
pub use tagged::ResourceType;
pub use untag_resources::{UntagResources, UntagResourcesReply};
pub use update_group::{UpdateGroup, UpdateGroupReply};
pub use update_policy_description::{UpdatePolicyDescription, UpdatePolicyDescriptionReply};
pub use update_user::{UpdateUser, UpdateUserReply};

pub use bind_mfa_device::{BindMfaDevice, BindMfaDeviceReply};
pub use change_password::{ChangePassword, ChangePasswordReply};
pub use clear_account_alias::{ClearAccountAlias, ClearAccountAliasReply};
pub use create_login_profile::{CreateLoginProfile, CreateLoginProfileReply};
pub use create_virtual_mfa_device::{
    CreateVirtualMfaDevice, CreateVirtualMfaDeviceReply, CreatedMfaDeviceView,
};
pub use delete_login_profile::{DeleteLoginProfile, DeleteLoginProfileReply};
pub use delete_virtual_mfa_device::{DeleteVirtualMfaDevice, DeleteVirtualMfaDeviceReply};
pub use get_account_alias::{GetAccountAlias, GetAccountAliasReply};
pub use get_login_profile::{GetLoginProfile, GetLoginProfileReply};
pub use get_password_policy::{GetPasswordPolicy, GetPasswordPolicyReply};
pub use get_security_preference::{GetSecurityPreference, GetSecurityPreferenceReply};
pub use get_user_mfa_info::{GetUserMfaInfo, GetUserMfaInfoReply, UserMfaDeviceView};
pub use list_virtual_mfa_devices::{
    ListVirtualMfaDevices, ListVirtualMfaDevicesReply, MfaDeviceView, MfaUserView,
};
pub use login_view::{
    AccessKeyPreferenceView, LoginProfilePreferenceView, LoginProfileView, MfaPreferenceView,
    PasswordPolicyView, PublicKeyPreferenceView, SecurityPreferenceView,
};
pub use set_account_alias::{SetAccountAlias, SetAccountAliasReply};
pub use set_password_policy::{SetPasswordPolicy, SetPasswordPolicyReply};
pub use set_security_preference::{SetSecurityPreference, SetSecurityPreferenceReply};
pub use unbind_mfa_device::{UnbindMfaDevice, UnbindMfaDeviceReply, UnboundMfaDeviceView};
pub use update_login_profile::{UpdateLoginProfile, UpdateLoginProfileReply};

/// Handles RAM's calls. Beside the records and the context of a call it needs what checks
/// passwords, whose failed tries count although the call fails, and the keys that open diagnostic
/// messages.
#[derive(Debug, Clone)]
pub struct Ram {
    sign_ins: Arc<SignIns>,
    key_ring: Arc<KeyRing>,
}

impl Ram {
    /// Handles RAM's calls with these checks of passwords, and opens messages with these keys.
    pub fn new(sign_ins: Arc<SignIns>, key_ring: Arc<KeyRing>) -> Self {
        Self { sign_ins, key_ring }
    }
}

rolecall_gate::product! {
    /// Handles every operation of RAM that is served.
    RamHandlers:
        CreateRole, GetRole, ListRoles, UpdateRole, DeleteRole,
        CreatePolicy, GetPolicy, ListPolicies, DeletePolicy,
        CreatePolicyVersion, GetPolicyVersion, ListPolicyVersions, SetDefaultPolicyVersion,
        DeletePolicyVersion,
        AttachPolicyToRole, DetachPolicyFromRole, ListPoliciesForRole,
        AttachPolicyToUser, DetachPolicyFromUser, ListPoliciesForUser, ListEntitiesForPolicy,
        CreateUser, GetUser, ListUsers, DeleteUser,
        CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey,
        GetAccessKeyLastUsed,
        CreateGroup, GetGroup, ListGroups, UpdateGroup, DeleteGroup,
        AddUserToGroup, RemoveUserFromGroup, ListGroupsForUser, ListUsersForGroup,
        AttachPolicyToGroup, DetachPolicyFromGroup, ListPoliciesForGroup,
        UpdateUser, UpdatePolicyDescription,
        TagResources, UntagResources, ListTagResources,
        CreateLoginProfile, GetLoginProfile, UpdateLoginProfile, DeleteLoginProfile,
        ChangePassword, SetPasswordPolicy, GetPasswordPolicy,
        CreateVirtualMfaDevice, ListVirtualMfaDevices, DeleteVirtualMfaDevice,
        BindMfaDevice, UnbindMfaDevice, GetUserMfaInfo,
        SetSecurityPreference, GetSecurityPreference,
        SetAccountAlias, GetAccountAlias, ClearAccountAlias,
        DecodeDiagnosticMessage,
}

/// A user as RAM checks it.
fn user_arn(scope: &Scope, name: &UserName) -> Arn {
    Arn::ram(scope.account.as_str(), format!("user/{name}"))
}

/// A group as RAM checks it.
fn group_arn(scope: &Scope, name: &GroupName) -> Arn {
    Arn::ram(scope.account.as_str(), format!("group/{name}"))
}

/// A policy as RAM checks it: system policies belong to `system`.
fn policy_arn(scope: &Scope, policy_type: PolicyType, name: &PolicyName) -> Arn {
    let account = match policy_type {
        PolicyType::System => "system",
        PolicyType::Custom => scope.account.as_str(),
    };
    Arn::ram(account, format!("policy/{name}"))
}

/// A policy that must be there, of either type.
enum Policy {
    System(&'static SystemPolicy),
    Custom(Box<PolicyRecord>),
}

impl Policy {
    async fn find(
        transaction: &mut Transaction,
        account: &AccountId,
        policy_type: PolicyType,
        name: &PolicyName,
    ) -> Result<Self, ApiError> {
        match policy_type {
            PolicyType::System => system_policy::find(name.as_str())
                .map(Self::System)
                .ok_or_else(|| ApiError::new(&code::ENTITY_NOT_EXIST_POLICY)),
            PolicyType::Custom => {
                let record = PolicyRecord::find(transaction, account, name).await?;
                Ok(Self::Custom(Box::new(record)))
            }
        }
    }
}

/// The version that a parameter `VersionId` names.
fn version_id(text: &str) -> Result<VersionId, ApiError> {
    VersionId::parse(text).ok_or_else(|| ApiError::new(&code::INVALID_VERSION_ID))
}

/// A policy, which must be there, in the hands of a user, a group or a role that is.
async fn attachment(
    transaction: &mut Transaction,
    (holder, (account, holder_name)): (HolderKind, (AccountId, String)),
    (policy_type, policy): (PolicyType, &PolicyName),
    attached_at: Timestamp,
) -> Result<Attachment, ApiError> {
    Policy::find(transaction, &account, policy_type, policy).await?;
    let policy = policy.clone();
    Ok(Attachment { account, holder, holder_name, policy_type, policy, attached_at })
}

/// A user in a group, both of which must be there.
async fn membership(
    transaction: &mut Transaction,
    account: &AccountId,
    (user, group): (&UserName, &GroupName),
    joined_at: Timestamp,
) -> Result<Membership, ApiError> {
    let group = GroupRecord::find(transaction, account, group).await?;
    let user = UserRecord::find(transaction, account, user).await?;
    let (user, group) = (user.name.folded(), group.name.folded());
    Ok(Membership { account: account.clone(), user, group, joined_at })
}

/// The policies that a user, a group or a role holds, with what there is to say of each.
async fn attached_policies(
    transaction: &mut Transaction,
    account: &AccountId,
    holder: HolderKind,
    name: &str,
) -> Result<Vec<AttachedPolicyView>, ApiError> {
    let mut views = Vec::new();
    for held in Attachment::held(transaction, account, holder, name).await? {
        let policy = Policy::find(transaction, account, held.policy_type, &held.policy).await?;
        let (description, version) = match &policy {
            Policy::System(policy) => (policy.description, system_policy::VERSION.to_owned()),
            Policy::Custom(policy) => (&*policy.description, policy.default.id.to_string()),
        };
        views.push(AttachedPolicyView::new(&held, description, version));
    }
    Ok(views)
}

/// The user that a call is about, as RAM checks it: the one that it names, else the one that
/// calls. Where no user calls, the permission on all users is asked for.
fn caller_arn(scope: &Scope, named: Option<&UserName>) -> Arn {
    match named.or(scope.user.as_ref()) {
        Some(name) => user_arn(scope, name),
        None => Arn::ram(scope.account.as_str(), "user/*"),
    }
}

/// Whose keys a call is about: the user that it names, the user that calls, or the account itself
/// (`None`). A session of a role has no keys, and must name a user.
async fn key_owner(
    context: &Context,
    transaction: &mut Transaction,
    named: Option<&UserName>,
) -> Result<Option<UserName>, ApiError> {
    let name = match (named, &context.caller) {
        (Some(name), _) => name,
        (None, Caller::Root(_)) => return Ok(None),
        (None, Caller::User(user)) => &user.name,
        (None, Caller::Session(_) | Caller::Federated(_) | Caller::Anonymous) => {
            return Err(ApiError::of(&common::MISSING, "UserName"));
        }
    };
    let user = UserRecord::find(transaction, &context.scope.account, name).await?;
    Ok(Some(user.name))
}
