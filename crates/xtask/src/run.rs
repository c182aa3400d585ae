//! Other programs.

use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus};

/// A command did not do what it is for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskError {
    /// A program cannot be started.
    #[error("cannot start `{program}`: {source}; is it installed?")]
    Start {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// A program failed.
    #[error("`{command}` failed with {status}")]
    Failed {
        /// The program with its arguments.
        command: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// A file cannot be read or written.
    #[error("cannot {attempted} `{path}`: {source}")]
    File {
        /// What was tried.
        attempted: &'static str,
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The workspace cannot be described.
    #[error("cannot read the workspace: {0}")]
    Workspace(#[from] cargo_metadata::Error),
    /// A rule of the house is broken.
    #[error("{0}")]
    Untidy(String),
}

/// Runs a program to its end, with our own input and output.
pub(crate) fn run(folder: &Path, program: &str, arguments: &[&str]) -> Result<(), TaskError> {
    println!("$ {program} {}", arguments.join(" "));
    let status = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .status()
        .map_err(|source| TaskError::Start { program: program.to_owned(), source })?;
    if status.success() {
        return Ok(());
    }
    Err(TaskError::Failed { command: format!("{program} {}", arguments.join(" ")), status })
}
