//! Permission as a value.

use std::ops::Deref;

use rolecall_policy::{Allowed, Need};

use crate::{Authorize, Scope};

/// A call that was authorized. Handlers take nothing else, so that every handler runs after the
/// decision: only `rolecall-policy` can make the proof that opens a permit.
#[derive(Debug)]
pub struct Permit<O> {
    /// It stands in one place: the widest operations have hundreds of bytes, and futures hold them.
    operation: Box<O>,
    scope: Scope,
}

/// The proof is for other checks than the operation needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proof of permission is for another call")]
pub struct PermitError;

impl<O: Authorize> Permit<O> {
    /// Joins a call with the proof that each of its checks was allowed. Beside what the operation
    /// said of itself, the gate may have told a check more of the resource, such as its tags.
    pub fn new(operation: Box<O>, scope: Scope, proof: &Allowed) -> Result<Self, PermitError> {
        let (asked, proven) = (operation.needs(&scope), proof.checks());
        let same = |(asked, proven): (&Need, &Need)| {
            asked.action == proven.action
                && asked.resource == proven.resource
                && proven.context.starts_with(&asked.context)
        };
        if asked.len() != proven.len() || !asked.iter().zip(proven).all(same) {
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
