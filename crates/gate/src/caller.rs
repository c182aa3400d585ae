//! Who calls.

use std::sync::Arc;

use rolecall_api::AccessDeniedDetail;
use rolecall_crypto::{Origin, Session};
use rolecall_policy::{
    self as policy, Decision, Layer, Need, PolicySet, PrincipalFacts, PrincipalKind, Resource,
    Verdict,
};
use rolecall_types::{AccountId, Arn, PrincipalId, SessionName, UserName};

use crate::federation::FederatedCaller;
use crate::snapshot::{RoleEntry, UserEntry};

/// A caller whose credentials were verified, or who has none.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Nobody: no credentials were sent.
    Anonymous,
    /// The account itself.
    Root(AccountId),
    /// A RAM user, by an AccessKey of its own.
    User(Arc<UserEntry>),
    /// A session of a role.
    Session(Arc<RoleSession>),
    /// Somebody whom an identity provider vouches for, in a call that takes on a role.
    Federated(Arc<FederatedCaller>),
}

/// A live session of a role that still exists.
#[derive(Debug)]
pub struct RoleSession {
    /// What the token says.
    pub claims: Session,
    /// The role as it is now.
    pub role: Arc<RoleEntry>,
    /// The session's name.
    pub name: SessionName,
    /// The session's policies; each of them must allow a call.
    pub policies: Vec<PolicySet>,
}

impl Caller {
    /// The caller's account.
    pub fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Anonymous => None,
            Self::Root(account) => Some(account),
            Self::User(user) => Some(&user.account),
            Self::Session(session) => Some(&session.claims.account),
            Self::Federated(federated) => Some(&federated.provider.account),
        }
    }

    /// Whether a resource is of the caller's account, or the vendor's, which are everybody's. What
    /// is known of others is not the caller's to learn. Nobody owns none.
    pub fn is_at_home(&self, resource: &Resource) -> bool {
        self.account().is_some_and(|own| match resource {
            Resource::Any => true,
            Resource::Named(arn) => arn.account == own.as_str() || arn.account == "system",
        })
    }

    /// The name of the RAM user who calls.
    pub fn user_name(&self) -> Option<&UserName> {
        match self {
            Self::User(user) => Some(&user.name),
            Self::Anonymous | Self::Root(_) | Self::Session(_) | Self::Federated(_) => None,
        }
    }

    /// The name that logs and `GetCallerIdentity` show.
    pub fn arn(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".to_owned(),
            Self::Root(account) => format!("acs:ram::{account}:root"),
            Self::User(user) => Arn::user_identity(&user.account, user.name.as_str()),
            Self::Session(session) => {
                let claims = &session.claims;
                let (role, name) = (&claims.role_name, &claims.session_name);
                Arn::assumed_role_identity(&claims.account, role, name)
            }
            Self::Federated(federated) => federated.provider.arn(),
        }
    }

    /// For a session whose role was assumed: who did so at the beginning of the chain.
    pub fn origin(&self) -> Option<&str> {
        match self {
            Self::Anonymous | Self::Root(_) | Self::User(_) | Self::Federated(_) => None,
            Self::Session(session) => session.claims.origin(),
        }
    }

    /// The value of the condition key `acs:PrincipalARN`: for a session, its role.
    pub fn principal_arn(&self) -> Option<String> {
        match self {
            Self::Anonymous | Self::Federated(_) => None,
            Self::Root(_) | Self::User(_) => Some(self.arn()),
            Self::Session(session) => {
                Some(Arn::role_identity(&session.claims.account, &session.claims.role_name))
            }
        }
    }

    /// What a trust policy or a bucket policy may name. `owner` is the account that nobody's call
    /// is decided in.
    pub fn facts(&self, owner: &AccountId) -> PrincipalFacts {
        let kind = match self {
            Self::Anonymous => PrincipalKind::Anonymous,
            Self::Root(_) => PrincipalKind::Root,
            Self::User(user) => {
                PrincipalKind::User { name: user.name.clone(), id: user.id.clone() }
            }
            Self::Session(session) => PrincipalKind::Role {
                name: session.role.name.clone(),
                id: session.role.id.clone(),
                session: session.name.clone(),
            },
            Self::Federated(federated) => PrincipalKind::Federated(federated.provider.arn()),
        };
        PrincipalFacts { account: self.account().unwrap_or(owner).clone(), kind }
    }

    /// The id of the user or role behind the call.
    pub fn principal_id(&self) -> Option<&PrincipalId> {
        match self {
            Self::Anonymous | Self::Root(_) | Self::Federated(_) => None,
            Self::User(user) => Some(&user.id),
            Self::Session(session) => Some(&session.claims.role_id),
        }
    }

    /// Whom an identity provider vouched for: the caller itself, or the origin of its session.
    pub fn vouched(&self) -> Option<&Origin> {
        match self {
            Self::Anonymous | Self::Root(_) | Self::User(_) => None,
            Self::Session(session) => session.claims.vouched.as_ref(),
            Self::Federated(federated) => Some(&federated.origin),
        }
    }

    /// The condition keys that it supplies.
    pub(crate) fn describe(&self, context: &mut policy::Context) {
        if let Some(arn) = self.principal_arn() {
            context.insert("acs:PrincipalARN", arn);
        }
        if let Self::Federated(federated) = self {
            for (key, value) in &federated.conditions {
                context.insert(key, value.as_str());
            }
        }
    }

    /// Why `need` was denied, as answers say it. The account itself and nobody get no detail. At a
    /// resource of another account it is the same whatever denied: else the answer would tell what
    /// is there, and whom it names.
    pub fn denied_detail(&self, need: &Need, verdict: &Verdict) -> Option<AccessDeniedDetail> {
        let (principal_type, display_name) = match self {
            Self::Anonymous | Self::Root(_) => return None,
            Self::User(user) => ("SubUser", user.id.as_str().to_owned()),
            Self::Session(session) => {
                let claims = &session.claims;
                ("AssumedRoleUser", format!("{}:{}", claims.role_name, claims.session_name))
            }
            Self::Federated(federated) => ("Federated", federated.provider.arn()),
        };
        let at_home = self.is_at_home(&need.resource);
        let policy_type = match verdict.layer {
            _ if !at_home => "AccountLevelIdentityBasedPolicy",
            // An access control list never denies.
            Layer::Root | Layer::Identity | Layer::Acl => "AccountLevelIdentityBasedPolicy",
            Layer::Control => "ControlPolicy",
            Layer::Session => "SessionPolicy",
            Layer::ResourceGroup => "ResourceGroupLevelIdentityBasedPolicy",
            // The vendor's pages have no word for a bucket policy.
            Layer::Resource if need.action.starts_with("oss:") => "ResourceBasedPolicy",
            Layer::Resource => "AssumeRolePolicy",
        };
        let explicit = at_home && matches!(verdict.decision, Decision::ExplicitDeny);
        Some(AccessDeniedDetail {
            auth_action: need.action.to_owned(),
            auth_principal_type: principal_type.to_owned(),
            auth_principal_owner_id: self.account().map(ToString::to_string).unwrap_or_default(),
            auth_principal_display_name: display_name,
            no_permission_type: if explicit { "ExplicitDeny" } else { "ImplicitDeny" }.to_owned(),
            policy_type: policy_type.to_owned(),
            encoded_diagnostic_message: None,
        })
    }
}
