//! `rolecall explain`: why a call was denied, and what would allow it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::ExitCode;

use rolecall_gate::Diagnosis;
use serde_json::Value;

use crate::cli::Explain;
use crate::control::{self, Request, Response};
use crate::failure::Failure;
use crate::folder;

/// The most that is read from standard input, in bytes: a line of the audit trail is far shorter.
const MAX_INPUT_BYTES: u64 = 1 << 20;

/// How every message begins; no request id does.
const MESSAGE_PREFIX: &str = "AQE";

/// The shortest text that can be a message. Request ids have 36 characters at most.
const MIN_MESSAGE: usize = 40;

/// What a person has in hand of a denial.
enum Denial {
    Message(String),
    RequestId(String),
    Recorded(Box<Diagnosis>),
}

/// Prints why a call was denied.
#[expect(clippy::print_stdout, reason = "the answer to the person who asked")]
pub(crate) fn explain(arguments: &Explain) -> Result<ExitCode, Failure> {
    let folder = folder::locate(&arguments.data)?;
    let mut text = arguments.denial.clone();
    if text == "-" {
        text.clear();
        let read = std::io::stdin().take(MAX_INPUT_BYTES).read_to_string(&mut text);
        read.map_err(|source| Failure::System { attempted: "read standard input", source })?;
    }
    let diagnosis = match recognize(text.trim())? {
        Denial::Recorded(diagnosis) => *diagnosis,
        Denial::RequestId(id) => look_up(&folder, &id)?,
        Denial::Message(message) => match control::ask(&folder, &Request::Explain { message })? {
            Response::Diagnosis(diagnosis) => *diagnosis,
            other => return Err(control::unexpected(&other)),
        },
    };
    println!("{diagnosis}");
    Ok(ExitCode::SUCCESS)
}

fn recognize(text: &str) -> Result<Denial, Failure> {
    if text.starts_with('{') {
        let unread = |_| {
            Failure::Question("this is neither an answer nor a record: it is no JSON".to_owned())
        };
        return of_json(&serde_json::from_str(text).map_err(unread)?);
    }
    // An answer of the object service, in XML.
    let between = |text: &str, open: &str, close: &str| {
        let (_, rest) = text.split_once(open)?;
        Some(rest.split_once(close)?.0.to_owned())
    };
    let (open, close) = ("<EncodedDiagnosticMessage>", "</EncodedDiagnosticMessage>");
    if let Some(message) = between(text, open, close) {
        return Ok(Denial::Message(message));
    }
    Ok(if text.starts_with(MESSAGE_PREFIX) && text.len() >= MIN_MESSAGE {
        Denial::Message(text.to_owned())
    } else {
        Denial::RequestId(text.to_owned())
    })
}

/// What an answer or a record of the audit trail says of a denial.
fn of_json(value: &Value) -> Result<Denial, Failure> {
    if let Some(denial) = value.pointer("/outcome/denial") {
        return recorded(denial.clone()).map(Denial::Recorded);
    }
    let text = |path: &str| value.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let message = text("/AccessDeniedDetail/EncodedDiagnosticMessage")
        .or_else(|| text("/accessDeniedDetail/EncodedDiagnosticMessage"));
    let found = message.map(Denial::Message);
    let id = || text("/requestId").or_else(|| text("/RequestId")).map(Denial::RequestId);
    found.or_else(id).ok_or_else(|| {
        Failure::Question("this says neither a diagnostic message nor a request id".to_owned())
    })
}

fn recorded(denial: Value) -> Result<Box<Diagnosis>, Failure> {
    serde_json::from_value(denial).map(Box::new).map_err(|error| {
        Failure::Question(format!("the record of the denial cannot be read: {error}"))
    })
}

/// Finds what the audit trail says of a request.
fn look_up(folder: &Path, id: &str) -> Result<Diagnosis, Failure> {
    let path = folder.join("audit.jsonl");
    let unread = |source: std::io::Error| Failure::File {
        attempted: "read the audit trail in",
        path: path.clone(),
        source: source.into(),
    };
    let mut outcome = None;
    let mut trail = BufReader::new(File::open(&path).map_err(unread)?);
    let mut bytes = Vec::new();
    while trail.read_until(b'\n', &mut bytes).map_err(unread)? > 0 {
        // A line may be cut, within a character too, where the machine lost power; others follow.
        let line = String::from_utf8_lossy(&bytes).into_owned();
        bytes.clear();
        if !line.contains(id) {
            continue;
        }
        let Ok(mut record) = serde_json::from_str::<Value>(&line) else { continue };
        if record.get("requestId").and_then(Value::as_str) == Some(id) {
            outcome = record.get_mut("outcome").map(Value::take).or(outcome);
        }
    }
    let Some(mut outcome) = outcome else {
        return Err(Failure::Question(format!(
            "`{id}` is neither a diagnostic message nor a request in the audit trail"
        )));
    };
    if let Some(denial) = outcome.get_mut("denial") {
        return recorded(denial.take()).map(|diagnosis| *diagnosis);
    }
    let ended = outcome.get("errorCode").and_then(Value::as_str).unwrap_or("success");
    Err(Failure::Question(format!("no policy denied request {id}; it ended with {ended}")))
}
