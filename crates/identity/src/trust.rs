//! Trust policies: reading them, and asking whom they trust.

use rolecall_api::ApiError;
use rolecall_gate::RoleEntry;
use rolecall_policy::{
    Check, Context, Decision, Document, DocumentKind, PrincipalFacts, PrincipalKind, Resource,
    Statement, Trustee, TrusteeKind,
};
use rolecall_store::Transaction;
use rolecall_types::Arn;

use crate::ram::code;
use crate::record::{RoleRecord, UserRecord};

/// The service that wears the roles of instances.
pub const ECS_SERVICE: &str = "ecs.aliyuncs.com";

/// What every trust policy is about.
pub(crate) const ASSUME_ROLE: &str = "sts:AssumeRole";

/// Whether a service, such as `ecs.aliyuncs.com`, may wear a role at some time: conditions on the
/// time of the request are met by none. Issuing asks again, with the time.
pub fn role_trusts_service(role: &RoleEntry, service: &str) -> bool {
    trusts_service(role, service, &Context::new())
}

/// Whether a service may wear a role in this context.
pub(crate) fn trusts_service(role: &RoleEntry, service: &str, context: &Context) -> bool {
    let resource = Resource::Named(Arn::role(&role.account, role.name.as_str()));
    let principal = PrincipalFacts {
        account: role.account.clone(),
        kind: PrincipalKind::Service(service.to_owned()),
    };
    let check =
        Check { action: ASSUME_ROLE, resource: &resource, context, principal: Some(&principal) };
    role.trust.decide(&check) == Decision::Allow
}

/// Reads a document that was given; the refusal names the statement and the element at fault.
pub(crate) fn document(kind: DocumentKind, text: &str) -> Result<Document, ApiError> {
    Document::parse(kind, text).map_err(|error| malformed(error.to_string()))
}

/// Refuses a trust policy that names a user or a role which does not exist. Whole accounts are not
/// looked for: they may be anywhere. Nor are identity providers, which no operation here uses.
pub(crate) async fn find_trustees(
    transaction: &mut Transaction,
    text: &str,
) -> Result<(), ApiError> {
    let document = document(DocumentKind::Trust, text)?;
    for (statement, number) in document.statements().zip(1_usize..) {
        for trustee in statement.principals() {
            if !exists(transaction, trustee).await? {
                let name = trustee.text();
                return Err(malformed(format!(
                    "statement {number}, Principal: `{name}` does not exist"
                )));
            }
        }
    }
    Ok(())
}

/// The kinds of principal that a trust policy names: the values of the condition key
/// `ram:TrustedPrincipalTypes`. Source: the condition keys of RAM.
pub(crate) fn principal_types(text: &str) -> Vec<&'static str> {
    let Ok(document) = Document::parse(DocumentKind::Trust, text) else { return Vec::new() };
    let mut types: Vec<_> = document
        .statements()
        .flat_map(Statement::principals)
        .filter_map(|trustee| match trustee.kind() {
            TrusteeKind::Account(_) | TrusteeKind::User(..) | TrusteeKind::Role(..) => Some("RAM"),
            TrusteeKind::Service => Some("Service"),
            TrusteeKind::Federated(..) => Some("Federated"),
            TrusteeKind::Everybody | TrusteeKind::Uid | TrusteeKind::Session(..) => None,
        })
        .collect();
    types.sort_unstable();
    types.dedup();
    types
}

async fn exists(transaction: &mut Transaction, trustee: &Trustee) -> Result<bool, ApiError> {
    Ok(match trustee.kind() {
        TrusteeKind::User(account, name) => {
            UserRecord::get(transaction, account, name).await?.is_some()
        }
        TrusteeKind::Role(account, name) => {
            RoleRecord::get(transaction, account, name).await?.is_some()
        }
        TrusteeKind::Account(_)
        | TrusteeKind::Service
        | TrusteeKind::Federated(..)
        | TrusteeKind::Everybody
        | TrusteeKind::Uid
        | TrusteeKind::Session(..) => true,
    })
}

fn malformed(reason: String) -> ApiError {
    ApiError::of(&code::MALFORMED_POLICY_DOCUMENT, reason)
}
