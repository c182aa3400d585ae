//! The program. All of it is in the library, so that tests and developer commands can use it.

use std::process::ExitCode;

fn main() -> ExitCode {
    rolecall::main()
}
