//! `rolecall scrub`: reads all objects of a running server once, to find rot.

use std::process::ExitCode;

use crate::cli::Data;
use crate::control::{self, Request, Response};
use crate::failure::Failure;
use crate::folder;

/// Tells on standard error how far it has come, and on standard output what was found.
#[expect(clippy::print_stdout, reason = "the answer to the person who asked")]
pub(crate) fn scrub(data: &Data) -> Result<ExitCode, Failure> {
    let folder = folder::locate(data)?;
    let mut count = (0, 0);
    let heard = control::ask_and_hear(&folder, &Request::Scrub, |response| {
        let Response::Scrubbing { objects, bytes } = response else { return true };
        count = (*objects, *bytes);
        tell(*objects, *bytes);
        false
    })?;
    let Response::Scrubbed(report) = heard else { return Err(control::unexpected(&heard)) };
    for finding in &report.findings {
        println!("{finding}");
    }
    let (objects, bytes) = count;
    println!("{objects} objects and {bytes} bytes read, {} rotten", report.rotten);
    Ok(if report.rotten == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[expect(clippy::print_stderr, reason = "the command line's own voice")]
fn tell(objects: u64, bytes: u64) {
    eprintln!("{objects} objects, {bytes} bytes so far");
}
