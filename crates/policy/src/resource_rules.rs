//! What a resource itself says of who may use it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::PolicySet;

/// What a resource itself says of who may use it, as far as it is in force: its own policy and its
/// access control lists. The default says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct ResourceRules<'a> {
    /// Its own policy: a bucket policy or a trust policy.
    pub policy: Option<&'a PolicySet>,
    /// The access control list that grants the check to everybody, if one does. It counts where no
    /// policy says anything, and only with [`Combine::Or`](crate::Combine::Or).
    pub acl: Option<AclGrant>,
    /// What block public access leaves without force. No decision looks at it; explanations do.
    pub blocked: Option<Blocked<'a>>,
}

impl<'a> ResourceRules<'a> {
    /// The rules of a resource that has a policy and no access control list.
    pub fn of_policy(policy: Option<&'a PolicySet>) -> Self {
        Self { policy, ..Self::default() }
    }
}

/// What a resource would grant to everybody, were it not for block public access.
#[derive(Debug, Clone, Copy)]
pub struct Blocked<'a> {
    /// Where it is switched on.
    pub at: BlockedAt,
    /// The statements of the resource's policy that are public.
    pub policy: Option<&'a PolicySet>,
    /// The access control list that would grant the check.
    pub acl: Option<AclGrant>,
}

/// Where block public access is switched on; of several, the widest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BlockedAt {
    /// For all buckets of the account.
    Account,
    /// For this bucket.
    Bucket,
}

/// An access control list that grants something to everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AclGrant {
    /// Whose list it is.
    pub of: AclOf,
    /// What it grants.
    pub access: PublicAccess,
}

/// Whose access control list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AclOf {
    /// The bucket's.
    Bucket,
    /// The object's, which goes before the bucket's.
    Object,
}

/// What everybody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PublicAccess {
    /// Read objects.
    PublicRead,
    /// Read, write and delete objects.
    PublicReadWrite,
}

impl fmt::Display for BlockedAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "the account",
            Self::Bucket => "the bucket",
        })
    }
}

impl fmt::Display for AclGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = match self.of {
            AclOf::Bucket => "bucket",
            AclOf::Object => "object",
        };
        let access = match self.access {
            PublicAccess::PublicRead => "public-read",
            PublicAccess::PublicReadWrite => "public-read-write",
        };
        write!(f, "the {of} ACL {access}")
    }
}
