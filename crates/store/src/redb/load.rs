//! Opening the file: everything in it is read and checked before anything is believed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use imbl::OrdSet;
use redb::backends::InMemoryBackend;
use redb::{
    Builder, Database, DatabaseError, ReadableDatabase, ReadableTable, StorageBackend,
    TableDefinition,
};
use rolecall_types::Random;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::census::Census;
use super::device::{Device, Failure, FirstFailure, OpenStorage};
use crate::space::Space;
use crate::stored::Stored;
use crate::{Key, Revision, Sealer, StoreError, UnsealError};

/// Under each key the revision of its last write (8 bytes, the highest first) and the sealed value.
pub(super) const RECORDS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("records");
/// Where the sealed head is, which tells the revision of the file and more about its records. No
/// key encodes to this, and none sorts before it.
pub(super) const HEAD: &[u8] = &[0x00, 0x00];
/// What damage is called that is in no record.
pub(super) const FILE_NAME: &str = "store.redb";
/// What redb may hold in memory of the file of a store that lives in memory itself. Nothing is read
/// twice but what it must write over.
pub(super) const CACHE_BYTES: usize = 16 * 1024 * 1024;

/// What seals the head, and the records when they are checked.
pub(super) struct Vault {
    pub(super) sealer: Arc<dyn Sealer>,
    pub(super) random: Arc<dyn Random>,
}

impl Vault {
    pub(super) fn seal_head(&self, head: &impl Serialize) -> Result<Vec<u8>, StoreError> {
        let source =
            |source| StoreError::Json { key: "census".to_owned(), source: Arc::new(source) };
        let json = serde_json::to_vec(head).map_err(source)?;
        Ok(self.sealer.seal(&*self.random, HEAD, &json))
    }

    fn open_head<T: DeserializeOwned>(&self, sealed: &[u8]) -> Result<T, StoreError> {
        let damaged = |reason: String| StoreError::damaged("census", reason);
        let json = self.sealer.open(HEAD, sealed);
        let json = json.map_err(|UnsealError(reason)| damaged(reason))?;
        serde_json::from_slice(&json).map_err(|error| damaged(error.to_string()))
    }
}

/// A file that has been found good.
pub(super) struct Loaded {
    pub(super) space: Space,
    pub(super) census: Census,
    pub(super) open: Open,
    pub(super) storage: OpenStorage,
}

/// An open database, and what failed first below it.
pub(super) struct Open {
    pub(super) database: Database,
    pub(super) failure: FirstFailure,
}

/// Why a database could not be opened, and what failed first below it.
pub(super) struct Refused {
    pub(super) error: StoreError,
    pub(super) failure: Option<Failure>,
}

/// Makes an empty store on empty storage, with a sealed head.
pub(super) fn create(
    storage: &(dyn Fn() -> std::io::Result<Box<dyn StorageBackend>> + Send),
    head: &[u8],
) -> Result<(), StoreError> {
    let storage = storage().map_err(|source| StoreError::io("create the store's file", source))?;
    let database = Builder::new()
        .create_with_backend(Device::new(storage, FirstFailure::default()))
        .map_err(|error| redb_error("create the store's file", error.into()))?;
    let write = || -> Result<(), redb::Error> {
        let transaction = database.begin_write()?;
        transaction.open_table(RECORDS)?.insert(HEAD, head)?;
        transaction.commit()?;
        Ok(())
    };
    write().map_err(|error| redb_error("write the first head", error))?;
    database.close().map_err(|error| redb_error("close the new store", error.into()))
}

/// Opens a store and checks all of it.
pub(super) fn load(storage: OpenStorage, vault: &Vault) -> Result<Loaded, StoreError> {
    let opened = open(&storage, CACHE_BYTES).map_err(|refused| refused.error);
    let read = opened.and_then(|open| {
        let (space, census) = guarded(|| read(&open.database, vault))?;
        Ok((open, space, census))
    });
    match read {
        Ok((open, space, census)) => Ok(Loaded { space, census, open, storage }),
        Err(error @ StoreError::Damaged { .. }) => Err(named(&storage, vault).unwrap_or(error)),
        Err(error) => Err(error),
    }
}

/// Opens the database and lets redb check the file's structure.
pub(super) fn open(storage: &OpenStorage, cache_bytes: usize) -> Result<Open, Refused> {
    let builder = &mut Builder::new();
    open_with(storage, builder.set_cache_size(cache_bytes).set_check_integrity_on_open(true))
}

/// Opens the database; redb checks the file's structure only where it was not closed.
pub(super) fn open_unchecked(
    storage: impl FnOnce() -> std::io::Result<Box<dyn StorageBackend>>,
    cache_bytes: usize,
) -> Result<Open, Refused> {
    open_with(storage, Builder::new().set_cache_size(cache_bytes))
}

fn open_with(
    storage: impl FnOnce() -> std::io::Result<Box<dyn StorageBackend>>,
    builder: &Builder,
) -> Result<Open, Refused> {
    let failure = FirstFailure::default();
    let open = || {
        let attempted = "open the store's file";
        let storage = storage().map_err(|source| StoreError::io(attempted, source))?;
        let length = storage.len().map_err(|source| StoreError::io(attempted, source))?;
        if length == 0 {
            // redb would make a new database of it.
            return Err(StoreError::damaged(FILE_NAME, "the file is empty"));
        }
        builder
            .create_with_backend(Device::new(storage, Arc::clone(&failure)))
            .map_err(|error| open_error(attempted, error))
    };
    let opened = guarded(open);
    let first = failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match opened {
        Ok(database) => Ok(Open { database, failure }),
        Err(error) => Err(Refused { error, failure: first }),
    }
}

/// Reads and unseals the head alone.
pub(super) fn read_head<T: DeserializeOwned>(
    database: &Database,
    vault: &Vault,
) -> Result<T, StoreError> {
    let sealed = || -> Result<Option<Vec<u8>>, redb::Error> {
        let table = database.begin_read()?.open_table(RECORDS)?;
        Ok(table.get(HEAD)?.map(|guard| guard.value().to_vec()))
    };
    let sealed = sealed().map_err(|error| redb_error("read the census", error))?;
    vault.open_head(&sealed.ok_or_else(|| StoreError::damaged("census", "it is missing"))?)
}

/// Runs a step that a damaged file may panic in.
pub(super) fn guarded<T>(step: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason");
        Err(StoreError::damaged(FILE_NAME, format!("the storage engine panicked: {text}")))
    })
}

/// An error of the engine as ours; what it calls corrupted is damaged.
pub(super) fn redb_error(attempted: &'static str, error: redb::Error) -> StoreError {
    use redb::Error;
    match error {
        Error::Corrupted(reason) => StoreError::damaged(FILE_NAME, reason),
        Error::TableDoesNotExist(_)
        | Error::TableTypeMismatch { .. }
        | Error::TableIsMultimap(_)
        | Error::TypeDefinitionChanged { .. }
        | Error::UpgradeRequired(_)
        | Error::RepairAborted => StoreError::damaged(FILE_NAME, error.to_string()),
        Error::DatabaseAlreadyOpen | Error::LockProtocolMismatch => {
            StoreError::AlreadyOpen { path: FILE_NAME.into() }
        }
        Error::Io(source) => StoreError::io(attempted, source),
        Error::PreviousIo => StoreError::Stopped { reason: error.to_string() },
        Error::DatabaseClosed => StoreError::Closed,
        error => StoreError::Redb { attempted, source: Arc::new(error) },
    }
}

fn open_error(attempted: &'static str, error: DatabaseError) -> StoreError {
    use std::io::ErrorKind::{InvalidData, UnexpectedEof};
    match error.into() {
        // Not a database at all, or one that ends too early.
        redb::Error::Io(error) if matches!(error.kind(), InvalidData | UnexpectedEof) => {
            StoreError::damaged(FILE_NAME, error.to_string())
        }
        error => redb_error(attempted, error),
    }
}

fn read(database: &Database, vault: &Vault) -> Result<(Space, Census), StoreError> {
    let mut census = None;
    let mut records = Vec::new();
    each(database, |key, value| {
        if key == HEAD {
            census = Some(vault.open_head::<Census>(value)?);
        } else {
            records.push(record(key, value, vault)?);
        }
        Ok(())
    })?;
    let census = census.ok_or_else(|| StoreError::damaged("census", "it is missing"))?;
    let space = Space::new(filled(&records), census.revision);
    drop(records);
    let found = census.recount(&space);
    if found == census {
        return Ok((space, census));
    }
    let culprit = census.culprit(&found, &space);
    let (key, reason) = culprit.map_or_else(
        || ("census".to_owned(), "the records are not those that were last written"),
        |(key, reason)| (key.to_string(), reason),
    );
    Err(StoreError::damaged(key, reason))
}

/// The set of records that stand in the order of their keys. What comes behind the last one of a
/// full node halves it, so that in order all nodes would stay half full: each second record goes
/// first, and those between them fill the halves.
fn filled(records: &[Stored]) -> OrdSet<Stored> {
    let mut set = OrdSet::new();
    for first in [0, 1] {
        set.extend(records.iter().skip(first).step_by(2).cloned());
    }
    set
}

/// Hands over each key and value of the file. None is copied here: the file may be larger than the
/// memory that is left beside what is made of it.
fn each(
    database: &Database,
    mut take: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut read = || -> Result<Result<(), StoreError>, redb::Error> {
        let table = database.begin_read()?.open_table(RECORDS)?;
        for entry in table.iter()? {
            let (key, value) = entry?;
            if let Err(error) = take(key.value(), value.value()) {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    };
    read().map_err(|error| redb_error("read the records", error))?
}

fn record(key: &[u8], value: &[u8], vault: &Vault) -> Result<Stored, StoreError> {
    let shown = || key.escape_ascii().to_string();
    let found = Key::from_bytes(Bytes::copy_from_slice(key));
    let key = found.ok_or_else(|| StoreError::damaged(shown(), "this is no key of the store"))?;
    let damaged = |reason: &str| StoreError::damaged(key.to_string(), reason);
    let (revision, value) =
        value.split_first_chunk().ok_or_else(|| damaged("it has no revision"))?;
    let revision = Revision::new(u64::from_be_bytes(*revision));
    vault.sealer.open(key.as_bytes(), value).map_err(|UnsealError(reason)| damaged(&reason))?;
    Ok(Stored::new(&key, revision, value))
}

/// Looks for the record behind damage that redb has found in the file's structure. Works on a
/// copy in memory, because redb repairs what it opens and would cover the traces.
fn named(storage: &OpenStorage, vault: &Vault) -> Option<StoreError> {
    let copy = || -> std::io::Result<InMemoryBackend> {
        let storage = storage()?;
        let length = storage.len()?;
        let copy = InMemoryBackend::new();
        copy.set_len(length)?;
        let mut block = vec![0; usize::try_from(length).map_err(std::io::Error::other)?];
        storage.read(0, &mut block)?;
        copy.write(0, &block)?;
        storage.close()?;
        Ok(copy)
    };
    let copy = copy().ok()?;
    let search = guarded(|| {
        let database = Builder::new()
            .create_with_backend(copy)
            .map_err(|error| open_error("look for the damaged record", error))?;
        read(&database, vault).map(drop)
    });
    match search {
        Err(error @ StoreError::Damaged { .. }) => {
            let StoreError::Damaged { key, .. } = &error else { return None };
            (key != FILE_NAME).then_some(error)
        }
        _ => None,
    }
}
