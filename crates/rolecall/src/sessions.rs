//! `rolecall sessions`: which sessions there are, and taking them back.

use std::process::ExitCode;

use serde_json::Value;

use crate::cli::{ListSessions, RevokeSessions};
use crate::control;
use crate::failure::Failure;
use crate::folder;

/// The columns of the list: the field of a session, and how wide it is printed.
const COLUMNS: &[(&str, usize)] =
    &[("SessionId", 32), ("Expiration", 20), ("Arn", 0), ("AssumedBy", 0)];

/// Prints the sessions that are good now, one in a line.
#[expect(clippy::print_stdout, reason = "the answer to the person who asked")]
pub(crate) fn list(arguments: &ListSessions) -> Result<ExitCode, Failure> {
    let folder = folder::locate(&arguments.data)?;
    let mut marker = None;
    loop {
        let mut parameters = vec![("MaxItems", "1000")];
        let named = [
            ("RoleName", arguments.role.as_deref()),
            ("InstanceId", arguments.instance.as_deref()),
            ("Marker", marker.as_deref()),
        ];
        parameters.extend(named.into_iter().filter_map(|(name, text)| Some((name, text?))));
        let reply = control::call(&folder, "Sts", "ListSessions", &parameters)?;
        for session in reply.get("Sessions").and_then(Value::as_array).into_iter().flatten() {
            println!("{}", line(session));
        }
        marker = reply.get("Marker").and_then(Value::as_str).map(str::to_owned);
        if marker.is_none() {
            return Ok(ExitCode::SUCCESS);
        }
    }
}

fn line(session: &Value) -> String {
    let cell = |(name, width): &(&str, usize)| {
        let text = session.get(name).and_then(Value::as_str).unwrap_or("-");
        format!("{text:width$}")
    };
    COLUMNS.iter().map(cell).collect::<Vec<_>>().join("  ")
}

/// Takes sessions back, and says up to when.
#[expect(clippy::print_stdout, reason = "the answer to the person who asked")]
pub(crate) fn revoke(arguments: &RevokeSessions) -> Result<ExitCode, Failure> {
    let folder = folder::locate(&arguments.data)?;
    let whose = &arguments.whose;
    let named = [
        ("SessionId", whose.session.as_deref()),
        ("RoleName", whose.role.as_deref()),
        ("InstanceId", whose.instance.as_deref()),
        ("IssuedBefore", arguments.issued_before.as_deref()),
    ];
    let parameters: Vec<_> =
        named.into_iter().filter_map(|(name, text)| Some((name, text?))).collect();
    let reply = control::call(&folder, "Sts", "RevokeSessions", &parameters)?;
    let until = reply.get("IssuedBefore").and_then(Value::as_str).unwrap_or_default();
    match &whose.session {
        Some(session) => println!("session {session} is taken back"),
        None => println!("sessions made before {until} are taken back"),
    }
    Ok(ExitCode::SUCCESS)
}
