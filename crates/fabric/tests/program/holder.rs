//! The tests' stand-in for the `rolecall` binary: a holder, or a command inside an instance, which
//! may be a virtual machine.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use rolecall_fabric::{Command, HolderRef, MachineSpec, exec, exec_machine, holder};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next() {
        Some(name) if name == holder::SUBCOMMAND => holder::main(),
        Some(name) if name == "exec" => run(None, arguments),
        Some(name) if name == "machine" => {
            let spec = arguments.next().and_then(|text| text.into_string().ok());
            match spec.and_then(|text| serde_json::from_str(&text).ok()) {
                Some(spec) => run(Some(spec), arguments),
                None => ExitCode::from(2),
            }
        }
        _ => ExitCode::from(2),
    }
}

/// `exec HOLDER-AS-JSON USER-OR-EMPTY PROGRAM ARGUMENT…`, or `machine SPEC-AS-JSON` and the same.
fn run(machine: Option<MachineSpec>, mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
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
    let error = match machine {
        None => exec(&holder, command),
        Some(spec) => exec_machine(&holder, command, &spec),
    };
    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    let _written = writeln!(std::io::stderr(), "{error}: {source}");
    ExitCode::from(125)
}
