//! The tests with real clients.

use std::path::Path;

use crate::run::{TaskError, run};

/// Installs the clients into a folder of their own and runs their tests.
pub(crate) fn check(root: &Path) -> Result<(), TaskError> {
    run(root, "cargo", &["build", "--locked", "--package", "rolecall"])?;
    run(root, "bash", &["tests/clients/run.sh"])
}
