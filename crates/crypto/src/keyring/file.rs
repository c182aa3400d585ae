//! Root keys on disk: one file for each version, `root-00000001.key`, of 64 hexadecimal digits and
//! a line feed.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::KEY_LENGTH;
use crate::hash::hex;

const PREFIX: &str = "root-";
const SUFFIX: &str = ".key";
const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// The bits of a mode that let anyone but the owner in.
const OTHERS: u32 = 0o077;

/// The length of a key file, in bytes.
const FILE_LENGTH: usize = 2 * KEY_LENGTH + 1;

/// A root key and its version.
pub(super) type VersionedRoot = (u32, Zeroizing<[u8; KEY_LENGTH]>);

/// Why the keys on disk could not be used. It names paths and never holds a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyRingError {
    /// A file or directory could not be read or made.
    #[error("cannot {attempt} {}: {source}", .path.display())]
    Io {
        /// What was attempted.
        attempt: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Others than the owner may read or write.
    #[error("{} has mode {mode:o}; take others' access away with chmod go=", .path.display())]
    Mode {
        /// The file or directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Somebody else owns it.
    #[error("{} belongs to user {owner}, and this process runs as user {user}", .path.display())]
    Owner {
        /// The file or directory.
        path: PathBuf,
        /// The user id that owns it.
        owner: u32,
        /// The user id of this process.
        user: u32,
    },
    /// What should be a key file or a directory is something else.
    #[error("{} is not {expected}", .path.display())]
    Kind {
        /// The path.
        path: PathBuf,
        /// What was expected.
        expected: &'static str,
    },
    /// A key file does not hold a key.
    #[error("{} does not hold a root key", .0.display())]
    Content(PathBuf),
    /// The directory holds no key, or can hold no further one.
    #[error("{} holds {what}", .path.display())]
    Versions {
        /// The directory.
        path: PathBuf,
        /// What is wrong with the versions in it.
        what: &'static str,
    },
}

impl KeyRingError {
    pub(super) fn empty(path: &Path) -> Self {
        Self::Versions { path: path.to_owned(), what: "no root key" }
    }

    pub(super) fn exhausted(path: &Path) -> Self {
        Self::Versions { path: path.to_owned(), what: "the last possible version of the key" }
    }
}

/// Makes the directory when it is not there, and checks that it is ours alone.
pub(super) fn make_directory(path: &Path) -> Result<(), KeyRingError> {
    match DirBuilder::new().mode(DIRECTORY_MODE).create(path) {
        Ok(()) => {
            // The umask may have taken bits away from the owner too.
            fs::set_permissions(path, Permissions::from_mode(DIRECTORY_MODE))
                .map_err(failed("set the mode of", path))?;
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(source) => return Err(failed("make the directory", path)(source)),
    }
    let metadata = fs::symlink_metadata(path).map_err(failed("look at", path))?;
    if !metadata.is_dir() {
        return Err(KeyRingError::Kind { path: path.to_owned(), expected: "a directory" });
    }
    check_access(path, metadata.mode(), metadata.uid(), user()?)
}

/// Reads all versions, the newest last.
pub(super) fn read_all(directory: &Path) -> Result<Vec<VersionedRoot>, KeyRingError> {
    let mut roots = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed("list", directory))? {
        let entry = entry.map_err(failed("list", directory))?;
        if let Some(version) = entry.file_name().to_str().and_then(version_of) {
            roots.push((version, read(&entry.path())?));
        }
    }
    roots.sort_unstable_by_key(|(version, _)| *version);
    Ok(roots)
}

/// Writes a new version: the file appears whole or not at all, and never over another one.
pub(super) fn create(
    directory: &Path,
    version: u32,
    root: &[u8; KEY_LENGTH],
) -> Result<(), KeyRingError> {
    let path = directory.join(format!("{PREFIX}{version:08}{SUFFIX}"));
    let temporary = directory.join(format!(".{PREFIX}{version:08}.{}.new", std::process::id()));
    let written = write(&temporary, root).and_then(|()| {
        // Linking, unlike renaming, fails when another process was first.
        fs::hard_link(&temporary, &path).map_err(failed("create", &path))
    });
    let removed = fs::remove_file(&temporary).map_err(failed("remove", &temporary));
    written.and(removed)?;
    let sync = || File::open(directory)?.sync_all();
    sync().map_err(failed("sync", directory))
}

fn write(path: &Path, root: &[u8; KEY_LENGTH]) -> Result<(), KeyRingError> {
    let mut text = Zeroizing::new(hex(root));
    text.push('\n');
    let write = || {
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path)?;
        file.set_permissions(Permissions::from_mode(FILE_MODE))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(failed("write", path))
}

fn read(path: &Path) -> Result<Zeroizing<[u8; KEY_LENGTH]>, KeyRingError> {
    let link = fs::symlink_metadata(path).map_err(failed("look at", path))?;
    if !link.is_file() {
        return Err(KeyRingError::Kind { path: path.to_owned(), expected: "a regular file" });
    }
    let file = File::open(path).map_err(failed("open", path))?;
    let metadata = file.metadata().map_err(failed("look at", path))?;
    check_access(path, metadata.mode(), metadata.uid(), user()?)?;
    let mut text = Zeroizing::new(Vec::with_capacity(FILE_LENGTH + 1));
    let limit = u64::try_from(FILE_LENGTH + 1).unwrap_or(u64::MAX);
    file.take(limit).read_to_end(&mut text).map_err(failed("read", path))?;
    parse(&text).ok_or_else(|| KeyRingError::Content(path.to_owned()))
}

fn parse(text: &[u8]) -> Option<Zeroizing<[u8; KEY_LENGTH]>> {
    let digits = text.strip_suffix(b"\n")?;
    if digits.len() != 2 * KEY_LENGTH {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let mut root = Zeroizing::new([0; KEY_LENGTH]);
    let (pairs, _) = digits.as_chunks::<2>();
    for (byte, [high, low]) in root.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(root)
}

/// The version in the name of a key file.
fn version_of(name: &str) -> Option<u32> {
    let version = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok()?;
    (version > 0).then_some(version)
}

fn check_access(path: &Path, mode: u32, owner: u32, user: u32) -> Result<(), KeyRingError> {
    if owner != user {
        return Err(KeyRingError::Owner { path: path.to_owned(), owner, user });
    }
    if mode & OTHERS != 0 {
        return Err(KeyRingError::Mode { path: path.to_owned(), mode: mode & 0o7777 });
    }
    Ok(())
}

/// The user that this process acts as. The standard library does not tell; the kernel does, also
/// to a process that it does not let be dumped, whose `/proc/self` belongs to root.
fn user() -> Result<u32, KeyRingError> {
    const PATH: &str = "/proc/self/status";
    let path = Path::new(PATH);
    let status = fs::read_to_string(path).map_err(failed("read", path))?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("Uid:")?.split_whitespace().nth(1)?.parse().ok())
        .ok_or_else(|| KeyRingError::Kind { path: path.to_owned(), expected: "a process status" })
}

fn failed(attempt: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KeyRingError {
    let path = path.to_owned();
    move |source| KeyRingError::Io { attempt, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_key_is_one() {
        let whole = "0123456789abcdef".repeat(4);
        assert_eq!(parse(format!("{whole}\n").as_bytes()).unwrap()[..2], [0x01, 0x23]);
        let wrong = [
            String::new(),
            "\n".to_owned(),
            whole.clone(),
            format!("{whole}0\n"),
            format!("{}\n", whole.replace('f', "g")),
            format!("{whole}\n\n"),
        ];
        for text in wrong {
            assert!(parse(text.as_bytes()).is_none(), "{text:?}");
        }
    }

    #[test]
    fn names_of_key_files() {
        assert_eq!(version_of("root-00000012.key"), Some(12));
        for name in [".root-00000001.7.new", "root-.key", "root-0.key", "root-x.key", "root-1.bak"]
        {
            assert_eq!(version_of(name), None, "{name}");
        }
    }

    #[test]
    fn access_of_others_and_other_owners_are_refused() {
        let path = Path::new("/keys");
        for mode in [0o100_600, 0o100_400, 0o40_700] {
            assert!(check_access(path, mode, 7, 7).is_ok());
        }
        for bit in [0o001, 0o002, 0o004, 0o010, 0o020, 0o040] {
            let refused = check_access(path, 0o600 | bit, 7, 7);
            assert!(matches!(refused, Err(KeyRingError::Mode { .. })), "{bit:o}");
        }
        let refused = check_access(path, 0o600, 8, 7);
        assert!(matches!(refused, Err(KeyRingError::Owner { owner: 8, user: 7, .. })));
        assert!(user().is_ok());
    }
}
