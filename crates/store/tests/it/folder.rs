//! The folder of a store: modes, the lock, and what is missing from it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use rolecall_store::{Revision, Store, StoreError};
use rolecall_testkit::store_suite::{Item, PlainSealer};
use rolecall_types::SeededRandom;

use crate::engine::{Engine, IN_MEMORY, ON_DISK};

const ENGINES: [Engine; 2] = [IN_MEMORY, ON_DISK];

fn open(engine: Engine, folder: &Path) -> Result<Store, StoreError> {
    let random = Arc::new(SeededRandom::new(1));
    let backend = engine.open(folder, Arc::new(PlainSealer), random.clone())?;
    Ok(Store::new(backend, Arc::new(PlainSealer), random))
}

async fn put(store: &Store, number: u64) -> Result<Revision, StoreError> {
    let mut transaction = store.begin().await?;
    transaction.put_at(&["a"], &Item { number })?;
    transaction.commit().await
}

fn check_damaged(engine: Engine, folder: &Path, expected: &str) {
    match open(engine, folder) {
        Err(StoreError::Damaged { key, reason }) => {
            let damage = format!("{key}: {reason}");
            assert!(damage.starts_with(expected), "{damage}");
        }
        outcome => panic!("expected `{expected}`, got {outcome:?}"),
    }
}

#[tokio::test]
async fn a_store_is_found_again_with_what_it_had() {
    for engine in ENGINES {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("deep/store");
        for number in 1..=3 {
            let store = open(engine, &folder).unwrap();
            assert_eq!(store.revision(), Revision::new(number - 1));
            assert_eq!(put(&store, number).await.unwrap(), Revision::new(number));
        }
        let store = open(engine, &folder).unwrap();
        let item = store.read().await.unwrap().get::<Item>(&["a"]).await.unwrap();
        assert_eq!(item, Some(Item { number: 3 }));
        // The log of changes is not kept over a restart: a follower must read anew.
        let error = store.watch(Revision::new(1)).next().await.unwrap_err();
        assert!(matches!(error, StoreError::Compacted { oldest } if oldest == Revision::new(3)));
    }
}

#[tokio::test]
async fn folder_and_files_are_the_owners_alone() {
    for engine in ENGINES {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("store");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        drop(open(engine, &folder).unwrap());
        for loosened in [false, true] {
            if loosened {
                fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
                for entry in fs::read_dir(&folder).unwrap() {
                    let path = entry.unwrap().path();
                    fs::set_permissions(path, Permissions::from_mode(0o666)).unwrap();
                }
                drop(open(engine, &folder).unwrap());
            }
            assert_eq!(mode(&folder), 0o700);
            let mut names = Vec::new();
            for entry in fs::read_dir(&folder).unwrap() {
                let entry = entry.unwrap();
                assert_eq!(mode(&entry.path()), 0o600, "{entry:?}");
                names.push(entry.file_name().into_string().unwrap());
            }
            names.sort();
            assert_eq!(names, ["store.lock", "store.mark", "store.redb"]);
        }
    }
}

#[tokio::test]
async fn a_second_start_on_the_same_folder_is_refused() {
    for engine in ENGINES {
        let folder = tempfile::tempdir().unwrap();
        let first = open(engine, folder.path()).unwrap();
        let error = open(engine, folder.path()).unwrap_err();
        assert!(matches!(&error, StoreError::AlreadyOpen { path } if path == folder.path()));
        assert!(error.to_string().contains("another process has it open"));
        put(&first, 1).await.unwrap();
        drop(first);
        assert!(open(engine, folder.path()).is_ok());
    }
}

#[tokio::test]
async fn a_file_that_is_gone_empty_or_foreign_is_not_taken_for_a_new_store() {
    for engine in ENGINES {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("store");
        put(&open(engine, &folder).unwrap(), 1).await.unwrap();
        let file = folder.join("store.redb");
        let whole = fs::read(&file).unwrap();

        fs::write(&file, b"").unwrap();
        check_damaged(engine, &folder, "store.redb: the file is empty");
        fs::write(&file, b"something else altogether").unwrap();
        check_damaged(engine, &folder, "store.redb: ");
        fs::remove_file(&file).unwrap();
        check_damaged(engine, &folder, "store.redb: the file is missing");

        // A start that was cut off while it made the file is begun again.
        let fresh = parent.path().join("fresh");
        fs::create_dir(&fresh).unwrap();
        fs::write(fresh.join("store.redb.new"), &whole[..whole.len() / 2]).unwrap();
        assert_eq!(open(engine, &fresh).unwrap().revision(), Revision::ZERO);
    }
}

#[tokio::test]
async fn an_old_copy_is_refused_until_the_mark_is_deleted() {
    for engine in ENGINES {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.redb");
        put(&open(engine, folder.path()).unwrap(), 1).await.unwrap();
        let old = fs::read(&file).unwrap();
        put(&open(engine, folder.path()).unwrap(), 2).await.unwrap();
        fs::write(&file, old).unwrap();
        check_damaged(
            engine,
            folder.path(),
            "store.redb: it ends at revision 1, but 2 was acknowledged",
        );
        // A refused start has not made the old copy acceptable.
        check_damaged(
            engine,
            folder.path(),
            "store.redb: it ends at revision 1, but 2 was acknowledged",
        );
        fs::remove_file(folder.path().join("store.mark")).unwrap();
        assert_eq!(open(engine, folder.path()).unwrap().revision(), Revision::new(1));
        // From then on it is what was acknowledged.
        fs::remove_file(file).unwrap();
        check_damaged(engine, folder.path(), "store.redb: the file is missing");
    }
}

#[tokio::test]
async fn a_damaged_mark_is_no_reason_to_refuse() {
    for engine in ENGINES {
        let folder = tempfile::tempdir().unwrap();
        put(&open(engine, folder.path()).unwrap(), 1).await.unwrap();
        let mark = folder.path().join("store.mark");
        for bytes in [&b""[..], b"short", b"sixteen bytes!!!", b"longer than sixteen bytes"] {
            fs::write(&mark, bytes).unwrap();
            assert_eq!(open(engine, folder.path()).unwrap().revision(), Revision::new(1));
        }
    }
}

#[tokio::test]
async fn a_store_that_lived_in_memory_opens_on_disk_and_not_the_other_way_round() {
    let folder = tempfile::tempdir().unwrap();
    for number in 1..=3 {
        put(&open(IN_MEMORY, folder.path()).unwrap(), number).await.unwrap();
    }
    // Before anything is written there is nothing to go back from.
    drop(open(ON_DISK, folder.path()).unwrap());
    drop(open(IN_MEMORY, folder.path()).unwrap());

    let store = open(ON_DISK, folder.path()).unwrap();
    assert_eq!(store.revision(), Revision::new(3));
    let item = store.read().await.unwrap().get::<Item>(&["a"]).await.unwrap();
    assert_eq!(item, Some(Item { number: 3 }));
    assert_eq!(put(&store, 4).await.unwrap(), Revision::new(4));
    drop(store);
    check_damaged(IN_MEMORY, folder.path(), "census: missing field `secret`");
    let store = open(ON_DISK, folder.path()).unwrap();
    let item = store.read().await.unwrap().get::<Item>(&["a"]).await.unwrap();
    assert_eq!(item, Some(Item { number: 4 }));
}
