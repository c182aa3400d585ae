//! Trust policies: reading them, and asking whom they name.

use rolecall_api::ApiError;
use rolecall_policy::{Document, DocumentKind, Statement, Trustee, TrusteeKind};
use rolecall_store::Transaction;

use crate::ram::code;
use crate::record::{RoleRecord, UserRecord};

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
                let refusal = Document::refuse_trustee(text, number, trustee, "does not exist");
                return Err(malformed(refusal.to_string()));
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
