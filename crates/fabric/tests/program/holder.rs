//! The tests' stand-in for the `rolecall` binary: a holder, or a command inside an instance.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use rolecall_fabric::{Command, HolderRef, exec, holder};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next() {
        Some(name) if name == holder::SUBCOMMAND => holder::main(),
        Some(name) if name == "exec" => run(arguments),
        _ => ExitCode::from(2),
    }
}

/// `exec HOLDER-AS-JSON USER-OR-EMPTY PROGRAM ARGUMENT…`
fn run(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let mut next = || arguments.next().and_then(|argument| argument.into_string().ok());
    let holder = next().and_then(|text| serde_json::from_str::<HolderRef>(&text).ok());
    let (Some(holder), Some(user), Some(program)) = (holder, next(), next()) else {
        return ExitCode::from(2);
    };
    let command = Command {
        program: program.into(),
        arguments: arguments.collect(),
        user: Some(user).filter(|user| !user.is_empty()),
        environment: std::env::vars_os().collect(),
    };
    let error = exec(&holder, command);
    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    let _written = writeln!(std::io::stderr(), "{error}: {source}");
    ExitCode::from(125)
}
