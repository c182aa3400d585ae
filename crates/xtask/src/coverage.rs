//! The reference pages, computed from the declarations: what is served, and the errors.

use std::fs;
use std::path::Path;

use crate::run::TaskError;

/// The pages and where they stand.
fn pages() -> [(&'static str, String); 2] {
    [
        ("docs/reference/coverage.md", rolecall::reference::coverage()),
        ("docs/reference/errors.md", rolecall::reference::errors()),
    ]
}

/// Writes the pages, or with `--check` says whether they are current.
pub(crate) fn page(root: &Path, arguments: &[String]) -> Result<(), TaskError> {
    let check = arguments.iter().any(|argument| argument == "--check");
    for (name, page) in pages() {
        let file = root.join(name);
        if !check {
            fs::write(&file, page).map_err(|source| {
                let path = name.to_owned();
                TaskError::File { attempted: "write", path, source }
            })?;
        } else if fs::read_to_string(&file).map_or(true, |current| current != page) {
            return Err(TaskError::Untidy(format!("{name} is stale; run `cargo xtask coverage`")));
        }
    }
    Ok(())
}
