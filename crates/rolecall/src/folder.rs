//! The data folder: where it is, and what stands where in it.

use std::fs::{self, DirBuilder, Permissions};
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::cli::Data;
use crate::failure::Failure;

/// The folder that was given, or the user's own.
pub(crate) fn locate(data: &Data) -> Result<PathBuf, Failure> {
    if let Some(folder) = &data.folder {
        return std::path::absolute(folder).map_err(|source| Failure::Folder {
            attempted: "find",
            path: folder.clone(),
            source,
        });
    }
    variable("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".local/share")))
        .map(|folder| folder.join("rolecall"))
        .ok_or(Failure::NoDataFolder)
}

/// Makes the folder where it is missing, for its owner alone whatever the umask, and refuses one
/// that others can enter.
pub(crate) fn prepare(folder: &Path) -> Result<(), Failure> {
    let fail =
        |attempted| move |source| Failure::Folder { attempted, path: folder.to_owned(), source };
    if !folder.exists() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail("make"))?;
        return fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(fail("close"));
    }
    let mode = fs::metadata(folder).map_err(fail("look at"))?.permissions().mode();
    if mode & 0o077 != 0 {
        let source = std::io::Error::other(format!(
            "its mode is {:o}, so that others can enter it; run: chmod 700",
            mode & 0o777
        ));
        return Err(Failure::Folder { attempted: "trust", path: folder.to_owned(), source });
    }
    Ok(())
}

/// The most bytes of a text that a person names a file for; limit ours.
const MAX_TEXT_BYTES: u64 = 8 << 20;

/// The text of a file that was named on the command line.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let fail = |source: Box<dyn std::error::Error + Send + Sync>| Failure::File {
        attempted: "read",
        path: path.to_owned(),
        source,
    };
    let file = fs::File::open(path).map_err(|error| fail(error.into()))?;
    let mut text = String::new();
    let limit = MAX_TEXT_BYTES.saturating_add(1);
    let read = file.take(limit).read_to_string(&mut text).map_err(|error| fail(error.into()))?;
    if u64::try_from(read).is_ok_and(|read| read > MAX_TEXT_BYTES) {
        return Err(fail("it is longer than 8 MiB".into()));
    }
    Ok(text)
}

/// A variable of the environment that is not empty.
#[expect(clippy::disallowed_methods, reason = "configuration is read here, once")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// The secret of the root AccessKey, from the environment only: arguments can be listed by others.
#[expect(clippy::disallowed_methods, reason = "configuration is read here, once")]
pub(crate) fn root_secret() -> Option<rolecall_types::Secret<String>> {
    let secret = std::env::var("ROLECALL_ROOT_ACCESS_KEY_SECRET").ok();
    secret.filter(|text| !text.is_empty()).map(rolecall_types::Secret::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_others_can_enter_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("data");
        prepare(&folder).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        prepare(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        let error = prepare(&folder).unwrap_err();
        assert!(rolecall_types::explain(&error).contains("chmod 700"));
    }
}
