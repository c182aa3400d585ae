//! How answers show roles, policies, users, groups and keys.

use rolecall_api::Shape;
use rolecall_types::{GroupName, PolicyName, PrincipalId, RoleName, Timestamp, UserName, time};
use serde::Serialize;

use crate::record::{
    AccessKeyRecord, Attachment, GroupRecord, PolicyRecord, PolicyType, PolicyVersion, RoleRecord,
    UserRecord, VersionId,
};
use crate::system_policy::{self, SystemPolicy};
use crate::tag::{Tag, TagView};

/// A role.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RoleView {
    /// Its ARN, in lower case.
    pub arn: String,
    /// Its name, as it was given.
    pub role_name: RoleName,
    /// Its id.
    pub role_id: PrincipalId,
    /// What it is for.
    pub description: String,
    /// Its trust policy, as it was given. Not in lists.
    pub assume_role_policy_document: Option<String>,
    /// The longest session that `AssumeRole` gives, in seconds.
    pub max_session_duration: u32,
    /// Kept and answered; there is no console to log in to.
    pub allow_console_login: bool,
    /// `<RoleName>@role.<account>.onaliyunservice.com`. In `GetRole` alone.
    pub role_principal_name: Option<String>,
    /// Whether a service owns it; none does. In `GetRole` alone.
    pub is_service_linked_role: Option<bool>,
    /// When it was made.
    pub create_date: String,
    /// When it was last changed. Not where it was just made.
    pub update_date: Option<String>,
    /// Its tags. In lists alone.
    #[api(item = "Tag")]
    pub tags: Option<Vec<TagView>>,
}

impl RoleView {
    /// A role that was just made.
    pub(super) fn made(role: &RoleRecord) -> Self {
        Self {
            arn: role.arn(),
            role_name: role.name.clone(),
            role_id: role.id.clone(),
            description: role.description.clone(),
            assume_role_policy_document: Some(role.trust_policy.clone()),
            max_session_duration: role.max_session_seconds,
            allow_console_login: role.allow_console_login,
            role_principal_name: None,
            is_service_linked_role: None,
            create_date: time::seconds(role.created_at),
            update_date: None,
            tags: None,
        }
    }

    /// A role that was changed.
    pub(super) fn changed(role: &RoleRecord) -> Self {
        Self { update_date: Some(time::seconds(role.updated_at)), ..Self::made(role) }
    }

    /// A role with all that there is to say.
    pub(super) fn whole(role: &RoleRecord) -> Self {
        let (name, account) = (&role.name, &role.account);
        Self {
            role_principal_name: Some(format!("{name}@role.{account}.onaliyunservice.com")),
            is_service_linked_role: Some(false),
            ..Self::changed(role)
        }
    }

    /// A role in a list.
    pub(super) fn listed(role: &RoleRecord) -> Self {
        let tags = Some(role.tags.iter().map(TagView::from).collect());
        Self { assume_role_policy_document: None, tags, ..Self::changed(role) }
    }
}

/// A policy.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyView {
    /// Its name, as it was given.
    pub policy_name: String,
    /// `System` or `Custom`.
    pub policy_type: PolicyType,
    /// What it is for.
    pub description: String,
    /// The version that binds.
    pub default_version: String,
    /// The document of that version. In `GetPolicy` alone.
    pub policy_document: Option<String>,
    /// How many users, groups and roles of the account hold it. Not where it was just made.
    pub attachment_count: Option<usize>,
    /// When it was made.
    pub create_date: String,
    /// When it was last changed. Not where it was just made.
    pub update_date: Option<String>,
    /// Its tags. In lists alone.
    #[api(item = "Tag")]
    pub tags: Option<Vec<TagView>>,
}

impl PolicyView {
    /// A policy that was just made.
    pub(super) fn made(policy: &PolicyRecord) -> Self {
        Self {
            policy_name: policy.name.to_string(),
            policy_type: PolicyType::Custom,
            description: policy.description.clone(),
            default_version: policy.default.id.to_string(),
            policy_document: None,
            attachment_count: None,
            create_date: time::seconds(policy.created_at),
            update_date: None,
            tags: None,
        }
    }

    /// A custom policy that was changed.
    pub(super) fn changed(policy: &PolicyRecord) -> Self {
        Self { update_date: Some(time::seconds(policy.updated_at)), ..Self::made(policy) }
    }

    /// A custom policy and the number of its holders.
    pub(super) fn custom(policy: &PolicyRecord, attachment_count: usize) -> Self {
        Self { attachment_count: Some(attachment_count), ..Self::changed(policy) }
    }

    /// A system policy and the number of its holders in the account.
    pub(super) fn system(policy: &SystemPolicy, attachment_count: usize) -> Self {
        Self {
            policy_name: policy.name.to_owned(),
            policy_type: PolicyType::System,
            description: policy.description.to_owned(),
            default_version: system_policy::VERSION.to_owned(),
            policy_document: None,
            attachment_count: Some(attachment_count),
            create_date: system_policy::CREATE_DATE.to_owned(),
            update_date: Some(system_policy::CREATE_DATE.to_owned()),
            tags: None,
        }
    }

    /// The same, with its tags.
    pub(super) fn tagged(self, tags: &[Tag]) -> Self {
        Self { tags: Some(tags.iter().map(TagView::from).collect()), ..self }
    }

    /// The same, with its document.
    pub(super) fn with_document(self, document: &str) -> Self {
        Self { policy_document: Some(document.to_owned()), ..self }
    }
}

/// A version of a policy.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyVersionView {
    /// Its number, `v1` and so on.
    pub version_id: String,
    /// Whether it is the one that binds.
    pub is_default_version: bool,
    /// The document, as it was given.
    pub policy_document: String,
    /// When it was made.
    pub create_date: String,
}

impl PolicyVersionView {
    /// A version of a custom policy whose default version is `default`.
    pub(super) fn custom(version: &PolicyVersion, default: VersionId) -> Self {
        Self {
            version_id: version.id.to_string(),
            is_default_version: version.id == default,
            policy_document: version.document.clone(),
            create_date: time::seconds(version.created_at),
        }
    }

    /// The one version of a system policy.
    pub(super) fn system(policy: &SystemPolicy) -> Self {
        Self {
            version_id: system_policy::VERSION.to_owned(),
            is_default_version: true,
            policy_document: policy.document.to_owned(),
            create_date: system_policy::CREATE_DATE.to_owned(),
        }
    }
}

/// A policy in the hands of a user, a group or a role.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AttachedPolicyView {
    /// The policy's name.
    pub policy_name: PolicyName,
    /// `System` or `Custom`.
    pub policy_type: PolicyType,
    /// What it is for.
    pub description: String,
    /// The version that binds.
    pub default_version: String,
    /// Since when it is attached.
    pub attach_date: String,
}

impl AttachedPolicyView {
    /// An attachment, and what there is to say of its policy.
    pub(super) fn new(attachment: &Attachment, description: &str, default_version: String) -> Self {
        Self {
            policy_name: attachment.policy.clone(),
            policy_type: attachment.policy_type,
            description: description.to_owned(),
            default_version,
            attach_date: time::seconds(attachment.attached_at),
        }
    }
}

/// A RAM user.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UserView {
    /// Its name, as it was given.
    pub user_name: UserName,
    /// Its id.
    pub user_id: PrincipalId,
    /// The name to show.
    pub display_name: String,
    /// Its e-mail address.
    pub email: String,
    /// Its telephone number.
    pub mobile_phone: String,
    /// Remarks.
    pub comments: String,
    /// When it was made.
    pub create_date: String,
    /// When it was last changed. Not where it was just made.
    pub update_date: Option<String>,
    /// When it last signed in to the console; empty where it never did. In `GetUser` alone.
    pub last_login_date: Option<String>,
}

impl UserView {
    /// A user that was just made.
    pub(super) fn made(user: &UserRecord) -> Self {
        Self {
            user_name: user.name.clone(),
            user_id: user.id.clone(),
            display_name: user.display_name.clone(),
            email: user.email.clone(),
            mobile_phone: user.mobile_phone.clone(),
            comments: user.comments.clone(),
            create_date: time::seconds(user.created_at),
            update_date: None,
            last_login_date: None,
        }
    }

    /// A user in a list.
    pub(super) fn listed(user: &UserRecord) -> Self {
        Self { update_date: Some(time::seconds(user.updated_at)), ..Self::made(user) }
    }

    /// A user with all that there is to say; it last signed in at this second of the Unix epoch.
    pub(super) fn whole(user: &UserRecord, signed_in_at: Option<i64>) -> Self {
        let at = signed_in_at.and_then(|second| Timestamp::from_second(second).ok());
        Self {
            last_login_date: Some(at.map(time::seconds).unwrap_or_default()),
            ..Self::listed(user)
        }
    }
}

/// A RAM group.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GroupView {
    /// Its name, as it was given.
    pub group_name: GroupName,
    /// Its id.
    pub group_id: PrincipalId,
    /// Remarks.
    pub comments: String,
    /// When it was made.
    pub create_date: String,
    /// When it was last changed. Not where it was just made.
    pub update_date: Option<String>,
}

impl GroupView {
    /// A group that was just made.
    pub(super) fn made(group: &GroupRecord) -> Self {
        Self {
            group_name: group.name.clone(),
            group_id: group.id.clone(),
            comments: group.comments.clone(),
            create_date: time::seconds(group.created_at),
            update_date: None,
        }
    }

    /// A group with all that there is to say.
    pub(super) fn whole(group: &GroupRecord) -> Self {
        Self { update_date: Some(time::seconds(group.updated_at)), ..Self::made(group) }
    }
}

/// An AccessKey without its secret.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AccessKeyView {
    /// Its public half.
    pub access_key_id: String,
    /// `Active` or `Inactive`.
    pub status: String,
    /// When it was made.
    pub create_date: String,
}

impl From<&AccessKeyRecord> for AccessKeyView {
    fn from(key: &AccessKeyRecord) -> Self {
        Self {
            access_key_id: key.id.to_string(),
            status: key.status().to_owned(),
            create_date: time::seconds(key.created_at),
        }
    }
}
