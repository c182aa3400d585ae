//! The coverage page: what is served, computed from the declarations.

use std::fs;
use std::path::Path;

use crate::run::TaskError;

/// Where the page stands.
const PAGE: &str = "docs/reference/coverage.md";

/// Writes the page, or with `--check` says whether it is current.
pub(crate) fn page(root: &Path, arguments: &[String]) -> Result<(), TaskError> {
    let file = root.join(PAGE);
    let page = rolecall::reference::coverage();
    if arguments.iter().any(|argument| argument == "--check") {
        if fs::read_to_string(&file).is_ok_and(|current| current == page) {
            return Ok(());
        }
        return Err(TaskError::Untidy(format!("{PAGE} is stale; run `cargo xtask coverage`")));
    }
    fs::write(&file, page).map_err(|source| TaskError::File {
        attempted: "write",
        path: PAGE.to_owned(),
        source,
    })
}
