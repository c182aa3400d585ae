use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use rolecall_types::SeededRandom;
use tempfile::TempDir;

use super::*;
use crate::record::{RecordSealer, SealError};

fn place() -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("keys");
    (parent, directory)
}

fn open(directory: &Path) -> Result<KeyRing, KeyRingError> {
    KeyRing::open_or_create(directory, &SeededRandom::new(5))
}

fn key_file(directory: &Path) -> PathBuf {
    directory.join("root-00000001.key")
}

#[test]
fn a_ring_opens_again_as_it_was() {
    let (_parent, directory) = place();
    let sealed =
        RecordSealer::new(&open(&directory).unwrap()).seal(&SeededRandom::new(1), b"k", b"v");
    let again = KeyRing::open_or_create(&directory, &SeededRandom::new(6)).unwrap();
    assert_eq!(RecordSealer::new(&again).open(b"k", &sealed).unwrap(), b"v");
    let names: Vec<_> = fs::read_dir(&directory).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["root-00000001.key"], "nothing temporary is left behind");
}

#[test]
fn the_newest_version_seals_and_older_ones_open() {
    let (_parent, directory) = place();
    let random = SeededRandom::new(7);
    let first = RecordSealer::new(&open(&directory).unwrap());
    let old = first.seal(&random, b"k", b"old");
    let second = RecordSealer::new(&KeyRing::rotate(&directory, &random).unwrap());
    let new = second.seal(&random, b"k", b"new");
    assert_eq!(second.open(b"k", &old).unwrap(), b"old");
    assert_eq!(second.open(b"k", &new).unwrap(), b"new");
    assert_eq!(first.open(b"k", &new), Err(SealError::UnknownKey(2)));
    fs::remove_file(key_file(&directory)).unwrap();
    let without = RecordSealer::new(&open(&directory).unwrap());
    assert_eq!(without.open(b"k", &old), Err(SealError::UnknownKey(1)));
    assert_eq!(without.open(b"k", &new).unwrap(), b"new");
}

#[test]
fn no_purpose_shares_a_key() {
    let keys = KeyVersion::derive(1, &[7; KEY_LENGTH]);
    let again = KeyVersion::derive(2, &[7; KEY_LENGTH]);
    let tag = |key: &hmac::Key| hmac::sign(key, b"x").as_ref().to_vec();
    assert_eq!(tag(&keys.session_secret), tag(&again.session_secret));
    assert_ne!(tag(&keys.session_secret), tag(&keys.metadata_token));
    let seal = |key: &aead::LessSafeKey| {
        let mut body = b"x".to_vec();
        crate::record::seal_in_place(key, [0; 12], b"", &mut body);
        body
    };
    assert_ne!(seal(&keys.record), seal(&keys.session));
}

#[test]
fn access_of_others_is_refused() {
    let modes = [0o604, 0o640, 0o620, 0o601, 0o666, 0o644];
    for mode in modes {
        let (_parent, directory) = place();
        open(&directory).unwrap();
        fs::set_permissions(key_file(&directory), fs::Permissions::from_mode(mode)).unwrap();
        let refused = open(&directory).unwrap_err();
        assert!(matches!(refused, KeyRingError::Mode { .. }), "{mode:o}: {refused}");
        assert!(refused.to_string().contains("chmod"), "{refused}");
        assert!(matches!(
            KeyRing::rotate(&directory, &SeededRandom::new(1)),
            Err(KeyRingError::Mode { .. })
        ));

        let (_parent, directory) = place();
        open(&directory).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(mode | 0o100)).unwrap();
        let refused = open(&directory).unwrap_err();
        assert!(matches!(refused, KeyRingError::Mode { .. }), "{mode:o}: {refused}");
    }
}

#[test]
fn what_is_no_key_is_refused_and_never_replaced() {
    let (_parent, directory) = place();
    open(&directory).unwrap();
    fs::write(key_file(&directory), "short\n").unwrap();
    assert!(matches!(open(&directory), Err(KeyRingError::Content(_))));
    assert_eq!(fs::read_to_string(key_file(&directory)).unwrap(), "short\n");

    fs::remove_file(key_file(&directory)).unwrap();
    symlink("/dev/zero", key_file(&directory)).unwrap();
    assert!(matches!(open(&directory), Err(KeyRingError::Kind { .. })));

    let (parent, directory) = place();
    symlink(parent.path(), &directory).unwrap();
    assert!(matches!(open(&directory), Err(KeyRingError::Kind { .. })));

    let (_parent, directory) = place();
    fs::write(&directory, "").unwrap();
    assert!(matches!(open(&directory), Err(KeyRingError::Kind { .. })));
    let missing = directory.join("keys");
    assert!(matches!(open(&missing), Err(KeyRingError::Io { .. })));
}

#[test]
fn a_key_that_is_there_is_not_overwritten() {
    let (_parent, directory) = place();
    open(&directory).unwrap();
    let before = fs::read(key_file(&directory)).unwrap();
    let refused = file::create(&directory, 1, &[1; KEY_LENGTH]);
    assert!(matches!(refused, Err(KeyRingError::Io { .. })));
    assert_eq!(fs::read(key_file(&directory)).unwrap(), before);
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
}
