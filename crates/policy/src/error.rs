//! Why a document was refused.

/// Why a document was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct PolicyError {
    statement: Option<usize>,
    element: Option<String>,
    reason: String,
}

impl PolicyError {
    /// The number of the statement at fault, from 1.
    pub fn statement(&self) -> Option<usize> {
        self.statement
    }

    /// The element at fault, such as `Condition`.
    pub fn element(&self) -> Option<&str> {
        self.element.as_deref()
    }
}
