//! Audit records that have no outcome yet.

use rolecall_api::{ApiError, code};
use rolecall_types::{RequestId, explain};

use crate::audit::{AuditError, AuditRecord, Outcome};
use crate::gate::{outcome, unrecorded};
use crate::{Context, Gate};

/// The outcome of a call whose caller went away in the middle: the name that the object service has
/// for it.
const ABANDONED: &str = "RequestTimeout";

/// A record that is closed on every way out: by [`close`](Self::close), and without it when the
/// caller goes away or the work panics.
pub struct OpenRecord<'a> {
    gate: &'a Gate,
    /// What is still to be written; nothing when it is closed.
    rest: Option<Rest<'a>>,
}

enum Rest<'a> {
    /// The line that closes a record whose first line is written.
    Closing(&'a RequestId),
    /// All of it, in one line. In a box, for who holds it is a future, which should be small.
    Whole(Box<AuditRecord<'a>>),
}

impl std::fmt::Debug for OpenRecord<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenRecord").field("open", &self.rest.is_some()).finish_non_exhaustive()
    }
}

impl Gate {
    /// Opens the record of a call, which must not run if this fails. Nothing else makes what writes
    /// a closing line, so that none is without the line before.
    ///
    /// Of a call that only reads nothing has changed when it is over: one line tells all then, and
    /// is written before the answer.
    pub(crate) fn open_record<'a>(
        &'a self,
        context: &'a Context,
        record: AuditRecord<'a>,
    ) -> Result<OpenRecord<'a>, ApiError> {
        let rest = if record.writes {
            self.parts.audit.open(&record).map_err(unrecorded)?;
            Rest::Closing(&context.request_id)
        } else {
            Rest::Whole(Box::new(record))
        };
        Ok(OpenRecord { gate: self, rest: Some(rest) })
    }
}

impl OpenRecord<'_> {
    fn end(&mut self, outcome: &Outcome) -> Result<(), AuditError> {
        let audit = &self.gate.parts.audit;
        match self.rest.take() {
            Some(Rest::Whole(record)) => audit.whole(&record, outcome)?,
            Some(Rest::Closing(request_id)) => audit.close(request_id, outcome),
            None => {}
        }
        Ok(())
    }

    /// Closes the record with the outcome of the call, and gives that back. A call of which one
    /// line tells all is not answered where that cannot be written.
    pub fn close<T>(mut self, result: Result<T, ApiError>) -> Result<T, ApiError> {
        self.end(&outcome(result.as_ref().err())).map_err(unrecorded).and(result)
    }
}

impl Drop for OpenRecord<'_> {
    fn drop(&mut self) {
        if self.rest.is_none() {
            return;
        }
        let name = if std::thread::panicking() {
            ApiError::new(&code::INTERNAL_ERROR).name()
        } else {
            ABANDONED.to_owned()
        };
        if let Err(error) = self.end(&Outcome { error_code: Some(name), denial: None }) {
            tracing::error!(cause = explain(&error), "cannot record a call that broke off");
        }
    }
}
