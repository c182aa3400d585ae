//! The audit trail in a file: one line of JSON for each call and one for its outcome.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rolecall_gate::{Audit, AuditError, AuditRecord, Outcome};
use rolecall_types::RequestId;
use serde_json::json;

/// Appends records to a file that only its owner can read. A record is with the system when
/// [`Audit::open`] returns: it survives the process, not a loss of power.
#[derive(Debug)]
pub(crate) struct AuditFile(Mutex<File>);

impl AuditFile {
    /// Opens the file, making it where it is missing.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        Ok(Self(Mutex::new(file)))
    }

    fn append(&self, line: &serde_json::Value) -> io::Result<()> {
        let mut text = line.to_string();
        text.push('\n');
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(text.as_bytes())
    }
}

impl Audit for AuditFile {
    fn open(&self, record: &AuditRecord<'_>) -> Result<(), AuditError> {
        let line = serde_json::to_value(record).map_err(|error| AuditError(error.into()))?;
        self.append(&line).map_err(|error| AuditError(error.into()))
    }

    fn close(&self, request_id: &RequestId, outcome: &Outcome) {
        let line = json!({ "requestId": request_id, "outcome": outcome });
        if let Err(error) = self.append(&line) {
            tracing::error!(%error, %request_id, "cannot close an audit record");
        }
    }
}
