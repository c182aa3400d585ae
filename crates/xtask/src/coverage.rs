//! The reference pages, computed from the declarations: what is served, who may call it, and the
//! errors.

use std::fs;
use std::path::Path;

use crate::run::TaskError;

/// The pages and where they stand.
fn pages() -> [(&'static str, String); 3] {
    [
        ("docs/reference/authorization.md", rolecall::reference::authorization()),
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

/// Where the vendor's operations and parameters are listed.
const VENDOR_LIST: &str = "crates/rolecall/src/reference/vendor.txt";

/// Writes the list of the vendor's operations from a folder of its metadata.
pub(crate) fn vendor(root: &Path, arguments: &[String]) -> Result<(), TaskError> {
    let Some(folder) = arguments.first() else {
        return Err(TaskError::Untidy("name the folder of the vendor's metadata".to_owned()));
    };
    let failed = |attempted, path: &Path| {
        let path = path.display().to_string();
        move |source| TaskError::File { attempted, path, source }
    };
    let mut lines = Vec::new();
    for product in sorted(Path::new(folder))? {
        let name = product.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = match name.as_str() {
            "actiontrail" => "ActionTrail".to_owned(),
            "rds" => name.to_ascii_uppercase(),
            _ => {
                let (first, rest) = name.split_at(1);
                format!("{}{rest}", first.to_ascii_uppercase())
            }
        };
        for file in sorted(&product)? {
            let text = fs::read_to_string(&file).map_err(failed("read", &file))?;
            let description = serde_json::from_str(&text)
                .map_err(|error| failed("parse", &file)(error.into()))?;
            lines.extend(rolecall::reference::digest(&name, &description));
        }
    }
    let file = root.join(VENDOR_LIST);
    fs::write(&file, lines.join("\n") + "\n").map_err(failed("write", &file))
}

fn sorted(folder: &Path) -> Result<Vec<std::path::PathBuf>, TaskError> {
    let failed = |source| {
        let path = folder.display().to_string();
        TaskError::File { attempted: "read", path, source }
    };
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    paths.sort();
    Ok(paths)
}
