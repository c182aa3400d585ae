//! `rolecall status`: what a running server is, and what it has been told to do amiss.

use std::process::ExitCode;

use rolecall_types::time;

use crate::cli::ShowStatus;
use crate::control::{self, Report, Request, Response};
use crate::failure::Failure;
use crate::{faults, folder};

/// Prints it, for a person or as JSON.
#[expect(clippy::print_stdout, reason = "the answer to the person who asked")]
pub(crate) fn show(arguments: &ShowStatus) -> Result<ExitCode, Failure> {
    let report = match control::ask(&folder::locate(&arguments.data)?, &Request::Report)? {
        Response::Report(report) => report,
        other => return Err(control::unexpected(&other)),
    };
    if arguments.json {
        let text = serde_json::to_string_pretty(&report);
        println!("{}", text.map_err(|error| Failure::Conversation(error.into()))?);
        return Ok(ExitCode::SUCCESS);
    }
    let Report { status, real_instances, clock_offset_seconds, faults, scrub } = *report;
    println!("endpoint   {}", status.endpoint);
    println!("account    {}", status.account_id);
    println!("region     {}", status.region);
    println!("instances  {real_instances} real on this machine");
    println!("clock      {clock_offset_seconds} seconds ahead");
    match faults.as_slice() {
        [] => println!("faults     none"),
        faults => {
            println!("faults");
            for state in faults {
                println!("  {}", faults::line(state));
            }
        }
    }
    let pass = match scrub.last_pass {
        Some(at) => format!("all objects were read by {}", time::seconds(at)),
        None => "not all objects were read yet".to_owned(),
    };
    println!("rot        {} found; {pass}", scrub.rotten);
    for finding in &scrub.findings {
        println!("  {finding}");
    }
    Ok(ExitCode::SUCCESS)
}
