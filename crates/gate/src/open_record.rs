//! Audit records that have no outcome yet.

use rolecall_api::{ApiError, code};
use rolecall_types::RequestId;

use crate::Gate;
use crate::audit::{AuditRecord, Outcome};
use crate::gate::outcome;

/// The outcome of a call whose caller went away in the middle: the name that the object service has
/// for it.
const ABANDONED: &str = "RequestTimeout";

/// A record that is closed on every way out: by [`close`](Self::close), and without it when the
/// caller goes away or the work panics.
pub struct OpenRecord<'a> {
    gate: &'a Gate,
    request_id: &'a RequestId,
    /// What is written beside the outcome, where nothing was before.
    whole: Option<&'a AuditRecord<'a>>,
    closed: bool,
}

impl std::fmt::Debug for OpenRecord<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenRecord").field("request_id", &self.request_id).finish_non_exhaustive()
    }
}

impl Gate {
    /// Sees to it that the record of a call is closed. Every call of every protocol holds it while
    /// it runs.
    #[must_use]
    pub fn hold_record<'a>(&'a self, request_id: &'a RequestId) -> OpenRecord<'a> {
        OpenRecord { gate: self, request_id, whole: None, closed: false }
    }

    /// The same for a call of which one line tells all when it is over.
    pub(crate) fn hold_whole<'a>(&'a self, record: &'a AuditRecord<'a>) -> OpenRecord<'a> {
        OpenRecord { gate: self, request_id: record.request_id, whole: Some(record), closed: false }
    }
}

impl OpenRecord<'_> {
    /// Closes the record with the outcome of the call.
    pub fn close(mut self, error: Option<&ApiError>) {
        self.end(&outcome(error));
    }

    /// Leaves it to the caller to write the record.
    pub(crate) fn let_go(mut self) {
        self.closed = true;
    }

    fn end(&mut self, outcome: &Outcome) {
        self.closed = true;
        let audit = &self.gate.parts.audit;
        // What cannot be written in one piece is written as far as it goes: nobody is left to fail.
        if self.whole.is_none_or(|record| audit.whole(record, outcome).is_err()) {
            audit.close(self.request_id, outcome);
        }
    }
}

impl Drop for OpenRecord<'_> {
    fn drop(&mut self) {
        if self.closed {
            return;
        }
        let name = if std::thread::panicking() {
            ApiError::new(&code::INTERNAL_ERROR).name()
        } else {
            ABANDONED.to_owned()
        };
        self.end(&Outcome { error_code: Some(name), denial: None });
    }
}
