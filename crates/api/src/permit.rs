//! Permission as a value.

use std::ops::Deref;

use rolecall_policy::Allowed;

use crate::{Authorize, Scope};

/// A call that was authorized. Handlers take nothing else, so that every handler runs after the
/// decision: only `rolecall-policy` can make the proof that opens a permit.
#[derive(Debug)]
pub struct Permit<O> {
    operation: O,
    scope: Scope,
}

/// The proof is for other checks than the operation needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proof of permission is for another call")]
pub struct PermitError;

impl<O: Authorize> Permit<O> {
    /// Joins a call with the proof that each of its checks was allowed.
    pub fn new(operation: O, scope: Scope, proof: &Allowed) -> Result<Self, PermitError> {
        if operation.needs(&scope) != proof.checks() {
            return Err(PermitError);
        }
        Ok(Self { operation, scope })
    }

    /// Whose resources, and where.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl<O> Deref for Permit<O> {
    type Target = O;

    fn deref(&self) -> &O {
        &self.operation
    }
}
