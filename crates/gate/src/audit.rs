//! The audit port: what may change something is recorded before it is decided, and closed with its
//! outcome; what only reads is recorded with its outcome, before it is answered, and so is what is
//! refused before it is known what it needs.

use std::net::IpAddr;

use rolecall_api::codec::Tree;
use rolecall_types::{RequestId, Timestamp};
use serde::Serialize;
use serde_json::Value;

/// What is recorded of a call: one line of JSON. Secret parameters are masked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditRecord<'a> {
    /// What the answer is known by.
    pub request_id: &'a RequestId,
    /// When the call came.
    pub event_time: Timestamp,
    /// The product, as `Ram`.
    pub service_name: &'a str,
    /// The operation.
    pub event_name: &'a str,
    /// Whether it may change anything.
    pub writes: bool,
    /// Who called.
    pub principal: String,
    /// For a session whose role was assumed: who did so, at the beginning of the chain.
    pub assumed_by: Option<&'a str>,
    /// Whom an identity provider vouched for, where one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<AuditOrigin<'a>>,
    /// The AccessKey that was used.
    pub access_key_id: Option<&'a str>,
    /// The address that the call came from.
    pub source_ip_address: IpAddr,
    /// The checks that the call had to pass: action and resource. None where it was refused before.
    pub checks: Vec<String>,
    /// The parameters; null where the call was refused before they were read.
    pub request_parameters: Recorded<'a>,
}

/// Parameters as a record shows them.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(untagged)]
pub enum Recorded<'a> {
    /// Those of a call.
    Call(&'a Tree<'a>),
    /// Those of what an operator does by other means; none of them is secret.
    Deed(&'a Value),
}

/// The user of an identity provider behind a call.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditOrigin<'a> {
    /// The provider's own name.
    pub issuer: &'a str,
    /// The provider's name for its user.
    pub subject: &'a str,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Nothing, or the error code.
    pub error_code: Option<String>,
    /// Why policies denied the call: a [`Diagnosis`](crate::Diagnosis), which names the layer and
    /// the statement that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denial: Option<Value>,
}

/// The record could not be written, so the call must not run.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the audit record")]
pub struct AuditError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Where audit records go.
pub trait Audit: Send + Sync + 'static {
    /// Records a call before it is decided. If this fails, the call fails.
    fn open(&self, record: &AuditRecord<'_>) -> Result<(), AuditError>;

    /// Records a call with its outcome. It is answered only if this succeeds.
    fn whole(&self, record: &AuditRecord<'_>, outcome: &Outcome) -> Result<(), AuditError> {
        self.open(record)?;
        self.close(record.request_id, outcome);
        Ok(())
    }

    /// Records the outcome of a call that was opened. It cannot undo the call, and so cannot fail
    /// it.
    fn close(&self, request_id: &RequestId, outcome: &Outcome);
}
