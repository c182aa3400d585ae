//! `rolecall control-policy`: the policy that bounds every user and role of the account.

use std::process::ExitCode;

use crate::cli::{Data, SetControlPolicy};
use crate::control::{self, ControlPolicy, Request, Response};
use crate::failure::Failure;
use crate::folder;

/// Prints the document, or says that there is none.
#[expect(clippy::print_stdout, reason = "the answer to the person who asked")]
pub(crate) fn get(data: &Data) -> Result<ExitCode, Failure> {
    match ask(data, ControlPolicy::Get)? {
        Some(document) => println!("{}", document.trim_end()),
        None => println!("the account has no control policy"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Sets the document that a file holds.
#[expect(clippy::print_stdout, reason = "the answer to the person who asked")]
pub(crate) fn set(arguments: &SetControlPolicy) -> Result<ExitCode, Failure> {
    let document = folder::read_text(&arguments.file)?;
    ask(&arguments.data, ControlPolicy::Set(document))?;
    println!("the control policy binds every user and role from the next request on");
    Ok(ExitCode::SUCCESS)
}

/// Takes the document away.
#[expect(clippy::print_stdout, reason = "the answer to the person who asked")]
pub(crate) fn clear(data: &Data) -> Result<ExitCode, Failure> {
    ask(data, ControlPolicy::Clear)?;
    println!("no control policy binds the account any more");
    Ok(ExitCode::SUCCESS)
}

fn ask(data: &Data, wanted: ControlPolicy) -> Result<Option<String>, Failure> {
    match control::ask(&folder::locate(data)?, &Request::ControlPolicy(wanted))? {
        Response::ControlPolicy(document) => Ok(document),
        other => Err(control::unexpected(&other)),
    }
}
