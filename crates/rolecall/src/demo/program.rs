//! The demo's hold on a program inside an instance.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::failure::Failure;

/// The user that a root's demo runs its programs as.
const ORDINARY_USER: &str = "nobody";

/// A running program inside an instance; it ends when dropped.
pub(crate) struct Program {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Program {
    /// Starts the reader inside an instance, as an ordinary user.
    pub(crate) fn start(program: &Path, data: &Path, instance: &str) -> Result<Self, Failure> {
        let failed = |source| Failure::System { attempted: "start the program", source };
        let mut command = Command::new(program);
        command.arg("exec").arg("--data").arg(data);
        if nix::unistd::geteuid().is_root() {
            command.args(["--user", ORDINARY_USER]);
        }
        command.arg(instance).arg("--").arg(program).arg("demo-reader");
        // Its own start would leave it where the demo was started, which it may not enter.
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Failure::Story("the program has no input or output".to_owned()));
        };
        Ok(Self { child, input, output: BufReader::new(output) })
    }

    /// Tells the program to do something, and returns its answer.
    pub(crate) fn tell(&mut self, command: &str) -> Result<String, Failure> {
        let failed = |source| Failure::System { attempted: "speak with the program", source };
        writeln!(self.input, "{command}").map_err(failed)?;
        let mut answer = String::new();
        if self.output.read_line(&mut answer).map_err(failed)? == 0 {
            return Err(Failure::Story(format!("the program ended at `{command}`")));
        }
        Ok(answer.trim_end().to_owned())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
