//! What carries tags, as `TagResources` and its siblings name it.

use rolecall_api::{ApiError, Kind, Scope, Shape, code as common};
use rolecall_store::Transaction;
use rolecall_types::{AccountId, Arn, NameError, PolicyName, RoleName, TextRule};
use serde::{Deserialize, Serialize};

use crate::record::{PolicyRecord, RoleRecord};
use crate::tag::Tag;

/// The kinds of resource that carry tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResourceType {
    /// Roles.
    Role,
    /// Custom policies.
    Policy,
}

impl Shape for ResourceType {
    const KIND: Kind = Kind::Text(TextRule::length(1, 64));
}

impl ResourceType {
    /// The word on the wire, and in the names that RAM checks.
    fn as_str(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Policy => "policy",
        }
    }

    /// A resource of this kind as RAM checks it.
    pub(super) fn arn(self, scope: &Scope, name: &str) -> Arn {
        Arn::ram(scope.account.as_str(), format!("{}/{name}", self.as_str()))
    }

    /// Refuses texts that no resource of this kind can be called.
    pub(super) fn validate(self, names: &[String]) -> Result<(), ApiError> {
        names.iter().try_for_each(|name| {
            match self {
                Self::Role => RoleName::RULE.check(name),
                Self::Policy => PolicyName::RULE.check(name),
            }
            .map_err(misnamed)
        })
    }
}

/// A role or a custom policy.
pub(super) enum Tagged {
    Role(Box<RoleRecord>),
    Policy(Box<PolicyRecord>),
}

impl Tagged {
    /// A resource that must be there: a role whatever its case, a policy letter for letter.
    pub(super) async fn find(
        transaction: &mut Transaction,
        account: &AccountId,
        kind: ResourceType,
        name: &str,
    ) -> Result<Self, ApiError> {
        Ok(match kind {
            ResourceType::Role => {
                let name = RoleName::new(name).map_err(misnamed)?;
                Self::Role(Box::new(RoleRecord::find(transaction, account, &name).await?))
            }
            ResourceType::Policy => {
                let name = PolicyName::new(name).map_err(misnamed)?;
                Self::Policy(Box::new(PolicyRecord::find(transaction, account, &name).await?))
            }
        })
    }

    /// Its name, as it was given.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Role(role) => role.name.as_str(),
            Self::Policy(policy) => policy.name.as_str(),
        }
    }

    /// Its tags.
    pub(super) fn tags(&self) -> &[Tag] {
        match self {
            Self::Role(role) => &role.tags,
            Self::Policy(policy) => &policy.tags,
        }
    }

    /// Its tags, to be changed.
    pub(super) fn tags_mut(&mut self) -> &mut Vec<Tag> {
        match self {
            Self::Role(role) => &mut role.tags,
            Self::Policy(policy) => &mut policy.tags,
        }
    }

    /// Writes it back.
    pub(super) fn put(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        match self {
            Self::Role(role) => role.put(transaction),
            Self::Policy(policy) => policy.put(transaction),
        }
    }
}

fn misnamed(error: NameError) -> ApiError {
    let code = match error {
        NameError::Length { .. } => &common::INVALID_PARAMETER_LENGTH,
        NameError::Characters => &common::INVALID_PARAMETER_CHARACTERS,
    };
    ApiError::of(code, "ResourceNames")
}
