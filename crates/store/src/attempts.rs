//! Changes that are tried again where another transaction was faster.

use crate::{Revision, StoreError, Transaction};

/// How often a change is tried.
const MAX_ATTEMPTS: u32 = 64;

/// The tries of one change, up to 64. Each begins a transaction of its own.
#[derive(Debug)]
pub struct Attempts {
    left: u32,
}

impl Default for Attempts {
    fn default() -> Self {
        Self { left: MAX_ATTEMPTS }
    }
}

impl Attempts {
    /// All of them.
    pub fn new() -> Self {
        Self::default()
    }

    /// Commits a try. Nothing where another transaction was faster on the same records: the change
    /// is to be worked out anew. [`StoreError::Conflict`] where that was the last try.
    pub async fn commit(
        &mut self,
        transaction: Transaction,
    ) -> Result<Option<Revision>, StoreError> {
        self.left = self.left.saturating_sub(1);
        match transaction.commit().await {
            Err(StoreError::Conflict) if self.left > 0 => Ok(None),
            outcome => outcome.map(Some),
        }
    }
}
