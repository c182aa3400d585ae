//! The control policy of an account: one document, set by the operator, that bounds what every user
//! and role of the account may do. It gives nothing, and does not bind the account itself.
//!
//! It stands for the control policies of a resource directory, which another account sets there:
//! no operation of the account's own can change it. Source: "Policy evaluation process" of the RAM
//! pages.

use rolecall_policy::{Document, DocumentKind, PolicyError};
use rolecall_store::{Attempts, Revision, Store, StoreError};
use rolecall_types::{AccountId, Timestamp};

use crate::record::ControlPolicyRecord;

/// Why a control policy was not set.
#[derive(Debug, thiserror::Error)]
pub enum ControlPolicyError {
    /// The document breaks the grammar of control policies.
    #[error("{0}")]
    Document(#[from] PolicyError),
    /// The store failed.
    #[error("cannot keep the control policy")]
    Store(#[from] StoreError),
}

/// The control policy of an account; `None` where there is none, and everything may be allowed.
pub async fn control_policy(
    store: &Store,
    account: &AccountId,
) -> Result<Option<ControlPolicyRecord>, StoreError> {
    store.read().await?.get(&[account.as_str()]).await
}

/// Sets the control policy of an account, or takes it away. It binds the next request once the
/// views show the revision that is returned.
pub async fn set_control_policy(
    store: &Store,
    account: &AccountId,
    document: Option<&str>,
    now: Timestamp,
) -> Result<Revision, ControlPolicyError> {
    if let Some(document) = document {
        Document::parse(DocumentKind::Control, document)?;
    }
    let mut attempts = Attempts::new();
    loop {
        let mut transaction = store.begin().await?;
        match document {
            Some(document) => transaction.put(&ControlPolicyRecord {
                account: account.clone(),
                document: document.to_owned(),
                set_at: now,
            })?,
            None => transaction.delete::<ControlPolicyRecord>(&[account.as_str()]),
        }
        if let Some(revision) = attempts.commit(transaction).await? {
            return Ok(revision);
        }
    }
}
