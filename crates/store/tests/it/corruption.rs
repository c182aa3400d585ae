//! Bits that rot, sectors that vanish, files that are cut, pages that come back from the past:
//! each is found when the store is opened, or has done no harm.

use std::collections::BTreeMap;
use std::sync::Arc;

use rolecall_store::{Backend, Revision, Sealer, Store, StoreError};
use rolecall_testkit::store_suite::{Item, PlainSealer};
use rolecall_types::{Random, SeededRandom};

use crate::disk::{Disk, SECTOR};
use crate::engine::{Engine, IN_MEMORY, ON_DISK};

const RECORDS: u64 = 300;
const PAGE: usize = 4096;
/// Of each file with each seed.
const MUTATIONS: usize = 300;

/// The file as it is after a clean end and after a kill, an older state of it, and what it holds.
struct Files {
    engine: Engine,
    closed: Vec<u8>,
    killed: Vec<u8>,
    older: Vec<u8>,
    revision: Revision,
    content: Vec<(String, u64)>,
}

fn sealer() -> Arc<dyn Sealer> {
    Arc::new(PlainSealer)
}

fn store_on(backend: Arc<dyn Backend>) -> Store {
    Store::new(backend, sealer(), Arc::new(SeededRandom::new(3)))
}

async fn files(engine: Engine) -> Files {
    let disk = Disk::default();
    let random = Arc::new(SeededRandom::new(1));
    let store = store_on(engine.create(&disk, sealer(), random).unwrap());
    let mut older = Vec::new();
    for number in 0..RECORDS + 40 {
        if number == RECORDS {
            older = disk.bytes();
        }
        let mut transaction = store.begin().await.unwrap();
        let name = (number % RECORDS).to_string();
        transaction.put_at(&["account", &name], &Item { number }).unwrap();
        transaction.commit().await.unwrap();
    }
    let (killed, revision) = (disk.bytes(), store.revision());
    let content = content(&store).await.unwrap();
    drop(store);
    Files { engine, closed: disk.bytes(), killed, older, revision, content }
}

async fn content(store: &Store) -> Result<Vec<(String, u64)>, StoreError> {
    let items = store.read().await?.all::<Item>(&[]).await?;
    Ok(items.into_iter().map(|(key, item)| (key.to_string(), item.number)).collect())
}

/// Opens a file and reads all of it: its content, or the key and reason of the damage.
async fn check(
    engine: Engine,
    bytes: Vec<u8>,
    acknowledged: Revision,
) -> Result<Vec<(String, u64)>, String> {
    let disk = Disk::with(bytes);
    let random = Arc::new(SeededRandom::new(2));
    let opened = engine.reopen(&disk, acknowledged, sealer(), random);
    let content = match opened {
        Ok(backend) => content(&store_on(backend)).await,
        Err(error) => Err(error),
    };
    match content {
        Ok(content) => Ok(content),
        Err(StoreError::Damaged { key, reason }) => Err(format!("{key}: {reason}")),
        Err(error) => panic!("damage must be called damage: {error:?}"),
    }
}

fn below(random: &SeededRandom, limit: usize) -> usize {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    usize::try_from(u64::from_be_bytes(bytes)).unwrap() % limit
}

/// One random mutation, and what it was.
fn mutate(bytes: &mut Vec<u8>, older: &[u8], random: &SeededRandom) -> String {
    let length = bytes.len();
    // The first page holds redb's two headers: a tenth of the mutations go there.
    let limit = if below(random, 10) == 0 { PAGE } else { length };
    let at = below(random, limit);
    match below(random, 10) {
        0..=3 => {
            bytes[at] ^= 1 << below(random, 8);
            format!("bit flipped in byte {at}")
        }
        4 | 5 => {
            let sector = at / SECTOR * SECTOR;
            bytes[sector..sector + SECTOR].fill(0);
            format!("sector zeroed at {sector}")
        }
        6 => {
            bytes.truncate(at);
            format!("cut to {at} bytes")
        }
        7 => {
            let (one, other) = (at / PAGE * PAGE, below(random, length) / PAGE * PAGE);
            let page = bytes[one..one + PAGE].to_vec();
            bytes.copy_within(other..other + PAGE, one);
            bytes[other..other + PAGE].copy_from_slice(&page);
            format!("pages swapped at {one} and {other}")
        }
        8 => {
            let page = (at.min(older.len() - PAGE)) / PAGE * PAGE;
            bytes[page..page + PAGE].copy_from_slice(&older[page..page + PAGE]);
            format!("older page at {page}")
        }
        _ => {
            let end = (at + below(random, 64)).min(length);
            random.fill(&mut bytes[at..end]);
            format!("random bytes from {at} to {end}")
        }
    }
}

#[tokio::test]
async fn no_mutation_of_a_closed_file_is_read_as_a_wrong_answer() {
    let files = files(IN_MEMORY).await;
    let found = check_mutations(&files, &files.closed, 7).await;
    let named = found.iter().filter(|damage| damage.starts_with("item/")).count();
    assert!(named > MUTATIONS / 50, "only {named} of {} named a record", found.len());
}

#[tokio::test]
async fn nor_does_another_seed_do_that() {
    let files = files(IN_MEMORY).await;
    check_mutations(&files, &files.closed, 8).await;
}

/// After a kill, redb repairs before it opens, and refuses what it cannot repair: here the damage
/// is found all the same, but the record behind it has no name.
#[tokio::test]
async fn no_mutation_of_a_killed_file_is_read_as_a_wrong_answer() {
    let files = files(IN_MEMORY).await;
    check_mutations(&files, &files.killed, 9).await;
}

#[tokio::test]
async fn nor_does_another_seed_there() {
    let files = files(IN_MEMORY).await;
    check_mutations(&files, &files.killed, 10).await;
}

/// A store on disk names fewer records, for it believes the file's structure and no census.
#[tokio::test]
async fn no_mutation_of_a_file_is_read_as_a_wrong_answer_by_a_store_on_disk() {
    let files = files(ON_DISK).await;
    check_mutations(&files, &files.closed, 11).await;
    check_mutations(&files, &files.killed, 12).await;
}

/// Mutates a file again and again; the damage that was found.
async fn check_mutations(files: &Files, original: &[u8], seed: u64) -> Vec<String> {
    // The engine's own panics are expected and caught; a thousand backtraces help nobody.
    std::panic::set_hook(Box::new(|_| ()));
    let random = SeededRandom::new(seed);
    let mut wrong = Vec::new();
    let mut found = Vec::new();
    for index in 0..MUTATIONS {
        let mut bytes = original.to_vec();
        let what = mutate(&mut bytes, &files.older, &random);
        match check(files.engine, bytes, files.revision).await {
            Ok(content) if content == files.content => {}
            Ok(_) => wrong.push(format!("{index}: {what}")),
            Err(damage) => found.push(damage),
        }
    }
    let _ = std::panic::take_hook();
    assert_eq!(wrong, Vec::<String>::new());
    let count = found.len();
    assert!(count > MUTATIONS / 4, "only {count} of {MUTATIONS} mutations were found");
    found
}

#[tokio::test]
async fn an_older_file_is_not_taken_for_the_present_one() {
    for engine in [IN_MEMORY, ON_DISK] {
        let files = files(engine).await;
        let present = check(engine, files.killed.clone(), files.revision).await;
        assert_eq!(present, Ok(files.content.clone()));
        let error = check(engine, files.older.clone(), files.revision).await.unwrap_err();
        assert!(error.contains("revision 300, but 340 was acknowledged"), "{error}");
    }
}

/// Edits single records in a file that is otherwise sound, as a thief with the file would.
#[tokio::test]
async fn a_single_record_lost_moved_changed_or_taken_back_is_named() {
    use redb::ReadableDatabase;
    const TABLE: redb::TableDefinition<&[u8], &[u8]> = redb::TableDefinition::new("records");
    type Records = BTreeMap<Vec<u8>, Vec<u8>>;
    /// What is done to the records, in a word and in deed, and the damage that must be found.
    type Edit<'a> = (&'a str, &'a dyn Fn(&mut Records), &'a str);

    let files = files(IN_MEMORY).await;
    let open = |bytes: &[u8]| {
        let disk = Disk::with(bytes.to_vec());
        let database = redb::Builder::new().create_with_backend(disk.clone()).unwrap();
        (disk, database)
    };
    let read = |bytes: &[u8]| -> Records {
        let (_, database) = open(bytes);
        let table = database.begin_read().unwrap().open_table(TABLE).unwrap();
        let entries = redb::ReadableTable::iter(&table).unwrap().map(Result::unwrap);
        entries.map(|(key, value)| (key.value().to_vec(), value.value().to_vec())).collect()
    };
    let older = read(&files.older);
    let key = |name: &str| rolecall_store::Key::of::<Item>(&["account", name]).as_bytes().to_vec();

    let edits: [Edit<'_>; 7] = [
        ("nothing", &|_| (), ""),
        ("lost", &|records| drop(records.remove(&key("7"))), "item/account/7: the record is miss"),
        (
            "taken back",
            &|records| drop(records.insert(key("9"), older[&key("9")].clone())),
            "item/account/9: the record is an older one",
        ),
        (
            "moved",
            &|records| {
                let value = records.remove(&key("50")).unwrap();
                records.insert(key("51"), value);
            },
            "item/account/51: the checksum differs",
        ),
        (
            "changed",
            &|records| *records.get_mut(&key("52")).unwrap().last_mut().unwrap() ^= 1,
            "item/account/52: the checksum differs",
        ),
        (
            "another revision",
            &|records| *records.get_mut(&key("53")).unwrap().first_mut().unwrap() ^= 1,
            "item/account/53: the record is an older one",
        ),
        ("no census", &|records| drop(records.remove(&vec![0, 0])), "census: it is missing"),
    ];
    for (what, edit, expected) in edits {
        let mut records = read(&files.closed);
        edit(&mut records);
        let (disk, database) = open(&files.closed);
        let transaction = database.begin_write().unwrap();
        {
            let mut table = transaction.open_table(TABLE).unwrap();
            table.retain(|_, _| false).unwrap();
            for (key, value) in &records {
                table.insert(&**key, &**value).unwrap();
            }
        }
        transaction.commit().unwrap();
        drop(database);
        match check(files.engine, disk.bytes(), files.revision).await {
            Ok(content) => {
                assert_eq!((content, expected), (files.content.clone(), ""), "{what}");
            }
            Err(damage) => {
                assert!(!expected.is_empty() && damage.starts_with(expected), "{what}: {damage}");
            }
        }
    }
}
