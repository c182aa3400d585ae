//! The system policies: a constant table, parsed once.
//!
//! Names are the vendor's; the documents are written here, to the same effect. A name of this table
//! is reserved in every spelling.

use std::sync::{Arc, LazyLock};

use rolecall_policy::{Bound, Document, DocumentKind, PolicyType, Source};

mod table;

use table::TABLE;

/// When every system policy was made and last changed, as answers say it: the version of the API.
pub const CREATE_DATE: &str = "2015-05-01T00:00:00Z";

/// The one version of every system policy.
pub const VERSION: &str = "v1";

/// A system policy.
#[derive(Debug)]
pub struct SystemPolicy {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Its document.
    pub document: &'static str,
    pub(crate) bound: Bound,
}

/// The system policy of this name, letter for letter.
pub fn find(name: &str) -> Option<&'static SystemPolicy> {
    all().binary_search_by_key(&name, |policy| policy.name).ok().and_then(|at| all().get(at))
}

/// Every system policy, in the order of their names.
pub fn all() -> &'static [SystemPolicy] {
    &POLICIES
}

/// The system policy of this name in lower case, as keys of records have it.
pub(crate) fn find_folded(folded: &str) -> Option<&'static SystemPolicy> {
    all().iter().find(|policy| policy.name.eq_ignore_ascii_case(folded))
}

static POLICIES: LazyLock<Vec<SystemPolicy>> =
    LazyLock::new(|| TABLE.iter().copied().map(parsed).collect());

#[expect(clippy::expect_used, reason = "the table is a constant, and a test reads all of it")]
fn parsed(
    (name, description, document): (&'static str, &'static str, &'static str),
) -> SystemPolicy {
    let source = Source {
        policy_type: PolicyType::System,
        name: name.to_owned(),
        version: VERSION.to_owned(),
    };
    let parsed = Document::parse(DocumentKind::Identity, document)
        .expect("INVARIANT: every document of the table is valid");
    let bound = Bound::of_document(Arc::new(source), Arc::new(parsed));
    SystemPolicy { name, description, document, bound }
}

#[cfg(test)]
mod tests {
    use rolecall_policy::{Check, Context, Decision, PolicySet, Resource};
    use rolecall_types::PolicyName;

    use super::*;

    #[test]
    fn the_table_is_sorted_and_named_well() {
        assert!(all().is_sorted_by(|one, next| one.name < next.name));
        for policy in all() {
            assert!(PolicyName::new(policy.name).is_ok(), "{}", policy.name);
            assert_eq!(find(policy.name).map(|found| found.name), Some(policy.name));
            let folded = policy.name.to_ascii_lowercase();
            assert_eq!(find_folded(&folded).map(|found| found.name), Some(policy.name));
        }
        assert!(find("administratoraccess").is_none());
        assert!(find_folded("mine").is_none());
    }

    fn check(name: &str, action: &str) -> Decision {
        let policy = find(name).unwrap();
        let set = PolicySet::of([policy.bound.clone()]);
        let (resource, context) = (Resource::Any, Context::new());
        set.decide(&Check { action, resource: &resource, context: &context, principal: None })
    }

    #[test]
    fn policies_allow_what_they_say_and_no_more() {
        let pairs = [
            ("ReadOnlyAccess", "oss:GetObject", "oss:PutObject"),
            ("ReadOnlyAccess", "ram:ListRoles", "sts:AssumeRole"),
            ("AliyunECSReadOnlyAccess", "ecs:DescribeInstances", "ecs:RunInstances"),
            ("AliyunOSSReadOnlyAccess", "oss:ListObjects", "oss:DeleteObject"),
            ("AliyunRAMReadOnlyAccess", "ram:GetRole", "ram:PassRole"),
            ("AliyunVPCReadOnlyAccess", "vpc:DescribeVpcs", "vpc:CreateVpc"),
            ("AliyunSLBReadOnlyAccess", "slb:DescribeLoadBalancers", "slb:CreateLoadBalancer"),
            ("AliyunRDSReadOnlyAccess", "rds:DescribeDBInstances", "rds:CreateDBInstance"),
            (
                "AliyunActionTrailReadOnlyAccess",
                "actiontrail:LookupEvents",
                "actiontrail:DeleteTrail",
            ),
            ("AliyunEIPReadOnlyAccess", "vpc:DescribeEipAddresses", "vpc:ReleaseEipAddress"),
            ("AliyunEIPFullAccess", "vpc:AssociateEipAddress", "vpc:DeleteVpc"),
            ("AliyunKMSReadOnlyAccess", "kms:ListKeys", "kms:GetSecretValue"),
            ("PowerUserAccess", "ecs:RunInstances", "ram:CreateUser"),
            ("PowerUserAccess", "ram:ListRoles", "ram:PassRole"),
            ("PowerUserAccess", "bss:QueryBill", "bss:ModifyAccount"),
        ];
        for (name, allowed, refused) in pairs {
            assert_eq!(check(name, allowed), Decision::Allow, "{name} {allowed}");
            assert_eq!(check(name, refused), Decision::ImplicitDeny, "{name} {refused}");
        }
        assert_eq!(check("AliyunECSFullAccess", "ram:PassRole"), Decision::ImplicitDeny);
        assert_eq!(check("AdministratorAccess", "ram:PassRole"), Decision::Allow);
    }
}
