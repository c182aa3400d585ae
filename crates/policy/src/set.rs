//! Documents of one layer, compiled.

use std::sync::Arc;

use crate::{Check, Document, Explanation};

/// What a set of documents says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// A statement allows and none denies.
    Allow,
    /// A statement denies.
    ExplicitDeny,
    /// No statement matches.
    ImplicitDeny,
}

/// Whose policy it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PolicyType {
    /// The vendor's.
    System,
    /// The account's own.
    Custom,
}

/// Where a document comes from, for explanations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Whose policy it is.
    pub policy_type: PolicyType,
    /// The policy's name.
    pub name: String,
    /// The policy's version, such as `v1`.
    pub version: String,
}

/// Documents of one layer, compiled.
#[derive(Debug)]
pub struct PolicySet;

impl PolicySet {
    /// Compiles documents.
    pub fn compile(documents: impl IntoIterator<Item = (Arc<Source>, Arc<Document>)>) -> Self {
        documents.into_iter().for_each(drop);
        Self
    }

    /// Decides a check.
    pub fn decide(&self, _check: &Check<'_>) -> Decision {
        Decision::ImplicitDeny
    }

    /// Decides a check and says why.
    pub fn explain(&self, _check: &Check<'_>) -> Explanation {
        Explanation {}
    }

    /// Whether there is no statement.
    pub fn is_empty(&self) -> bool {
        true
    }
}
