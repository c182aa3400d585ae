//! The audit trail in a file: one line of JSON for each call and one for its outcome; a call that
//! only reads has both in one line.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rolecall_gate::{Audit, AuditError, AuditRecord, Outcome};
use rolecall_types::RequestId;
use serde::Serialize;

/// Appends records to a file that only its owner can read. A record is with the system when
/// [`Audit::open`] returns: it survives the process, not a loss of power.
#[derive(Debug)]
pub(crate) struct AuditFile {
    file: File,
    /// Whether the last line is cut, so that the next must begin a new one.
    torn: AtomicBool,
}

/// The line that closes a record.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Closing<'a> {
    request_id: &'a RequestId,
    outcome: &'a Outcome,
}

/// The line of a call that only read.
#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    record: &'a AuditRecord<'a>,
    outcome: &'a Outcome,
}

impl AuditFile {
    /// Opens the file, making it where it is missing.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        // The line before may be cut, by a full disk or a loss of power.
        let torn = AtomicBool::new(file.metadata()?.len() > 0);
        Ok(Self { file, torn })
    }

    /// Appends a line in one call, which the system keeps whole among others: no lock is needed.
    fn append(&self, record: &impl Serialize) -> io::Result<()> {
        let mut line = Vec::with_capacity(1_024);
        if self.torn.swap(false, Ordering::AcqRel) {
            line.push(b'\n');
        }
        serde_json::to_writer(&mut line, record)?;
        line.push(b'\n');
        let written = (&self.file).write(&line);
        if written.as_ref().is_ok_and(|written| *written == line.len()) {
            return Ok(());
        }
        self.torn.store(true, Ordering::Release);
        written.and(Err(io::Error::from(io::ErrorKind::WriteZero)))
    }
}

impl Audit for AuditFile {
    fn open(&self, record: &AuditRecord<'_>) -> Result<(), AuditError> {
        self.append(record).map_err(|error| AuditError(error.into()))
    }

    fn whole(&self, record: &AuditRecord<'_>, outcome: &Outcome) -> Result<(), AuditError> {
        self.append(&Whole { record, outcome }).map_err(|error| AuditError(error.into()))
    }

    fn close(&self, request_id: &RequestId, outcome: &Outcome) {
        if let Err(error) = self.append(&Closing { request_id, outcome }) {
            tracing::error!(%error, %request_id, "cannot close an audit record");
        }
    }
}
