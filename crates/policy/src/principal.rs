//! Who asks, as far as trust policies and bucket policies need to know.

use rolecall_types::{AccountId, PrincipalId, RoleName, SessionName, UserName};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalFacts {
    /// The account to which the caller belongs; for a service, a federated caller or nobody, the
    /// account that owns the resource.
    pub account: AccountId,
    /// What the caller is.
    pub kind: PrincipalKind,
}

/// What a caller is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalKind {
    /// The account itself.
    Root,
    /// A RAM user.
    User {
        /// The user's name.
        name: UserName,
        /// The user's id, the UID of bucket policies.
        id: PrincipalId,
    },
    /// A session of a RAM role.
    Role {
        /// The role's name.
        name: RoleName,
        /// The role's id. No policy names a role by it.
        id: PrincipalId,
        /// The session's name.
        session: SessionName,
    },
    /// A trusted service, by its host, such as `ecs.aliyuncs.com`.
    Service(String),
    /// A user of an identity provider, by the provider's name, such as
    /// `acs:ram::<account>:saml-provider/<name>`.
    Federated(String),
    /// Somebody who did not sign the request.
    Anonymous,
}
