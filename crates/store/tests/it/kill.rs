//! A process that writes is killed, again and again, and what it had acknowledged is there.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rolecall_crypto::{KeyRing, RecordSealer};
use rolecall_store::{Sealer, Store};
use rolecall_testkit::store_suite::Item;
use rolecall_types::{Random, SeededRandom, SystemRandom};

use crate::engine::{Engine, IN_MEMORY, ON_DISK};

const CYCLES: usize = 20;
/// Set for the process that is to be killed: the folder of its store.
const FOLDER: &str = "ROLECALL_STORE_KILL_FOLDER";
/// Set for it too: whether its store lives on disk.
const ON_DISK_TOO: &str = "ROLECALL_STORE_KILL_ON_DISK";

fn open(engine: Engine, folder: &OsStr) -> Store {
    let ring = KeyRing::generate(&SeededRandom::new(1));
    let sealer: Arc<dyn Sealer> = Arc::new(RecordSealer::new(&ring));
    let random = Arc::new(SystemRandom);
    let backend = engine.open(Path::new(folder), sealer.clone(), random.clone()).unwrap();
    Store::new(backend, sealer, random)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Runs as a test that passes at once, and as the victim when it is told so.
#[test]
fn victim() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let on_disk = std::env::var_os(ON_DISK_TOO).is_some();
    let store = open(if on_disk { ON_DISK } else { IN_MEMORY }, &folder);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &store;
            scope.spawn(move || block_on(write(store, thread)));
        }
    });
}

async fn write(store: &Store, thread: u64) {
    let name = thread.to_string();
    loop {
        let mut transaction = store.begin().await.unwrap();
        let last = transaction.get::<Item>(&[&name, "last"]).await.unwrap();
        let number = last.map_or(1, |item| item.number + 1);
        transaction.put_at(&[&name, "last"], &Item { number }).unwrap();
        let row = (number % 50).to_string();
        transaction.put_at(&[&name, "row", &row], &Item { number }).unwrap();
        transaction.commit().await.unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "acknowledged {thread} {number}").unwrap();
        out.flush().unwrap();
    }
}

/// The seal hides values, on the disk too; keys are in the clear.
#[test]
fn no_value_can_be_read_from_the_file() {
    for engine in [IN_MEMORY, ON_DISK] {
        let folder = tempfile::tempdir().unwrap();
        let store = open(engine, folder.path().as_os_str());
        block_on(async {
            let mut transaction = store.begin().await.unwrap();
            transaction.put_at(&["shown"], &Item { number: 4_815_162_342 }).unwrap();
            transaction.commit().await.unwrap();
        });
        drop(store);
        let file = std::fs::read(folder.path().join("store.redb")).unwrap();
        let holds = |text: &[u8]| file.windows(text.len()).any(|window| window == text);
        assert!(holds(b"shown"));
        for hidden in [&b"4815162342"[..], b"\"number\"", b"\"revision\""] {
            assert!(!holds(hidden), "{} is in the file", hidden.escape_ascii());
        }
    }
}

#[test]
fn what_was_acknowledged_survives_being_killed() {
    survives(IN_MEMORY, false);
}

#[test]
fn what_was_acknowledged_by_a_store_on_disk_survives_being_killed() {
    survives(ON_DISK, true);
}

fn survives(engine: Engine, on_disk: bool) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("store");
    let random = SeededRandom::new(5);
    let mut acknowledged = [0; 4];
    for cycle in 0..CYCLES {
        let mut victim = Command::new(std::env::current_exe().unwrap());
        victim.args(["--exact", "kill::victim", "--nocapture"]).env(FOLDER, &folder);
        if on_disk {
            victim.env(ON_DISK_TOO, "1");
        }
        let mut victim = victim.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
        let mut byte = [0];
        random.fill(&mut byte);
        let mut left = u32::from(byte[0] % 40) + 1;
        while let Some(line) = lines.next().transpose().unwrap() {
            let Some(numbers) = line.split_once("acknowledged ").map(|(_, numbers)| numbers) else {
                continue;
            };
            let (thread, number) = numbers.split_once(' ').unwrap();
            acknowledged[thread.parse::<usize>().unwrap()] = number.parse().unwrap();
            left = left.saturating_sub(1);
            if left == 0 {
                victim.kill().unwrap();
            }
        }
        victim.wait().unwrap();
        assert_eq!(left, 0, "cycle {cycle}: the victim ended by itself");
        check(engine, &folder, &mut acknowledged, cycle);
    }
    assert!(acknowledged.iter().sum::<u64>() > CYCLES as u64);
}

fn check(engine: Engine, folder: &Path, acknowledged: &mut [u64; 4], cycle: usize) {
    let store = open(engine, folder.as_os_str());
    let reader = block_on(store.read()).unwrap();
    for (thread, acknowledged) in acknowledged.iter_mut().enumerate() {
        let name = thread.to_string();
        let last = block_on(reader.get::<Item>(&[&name, "last"])).unwrap();
        let last = last.map_or(0, |item| item.number);
        // One commit of each thread may have been in flight.
        assert!(
            last == *acknowledged || last == *acknowledged + 1,
            "cycle {cycle}, thread {thread}: {last} is there, {acknowledged} was acknowledged"
        );
        let rows = block_on(reader.all::<Item>(&[&name, "row"])).unwrap();
        let rows: Vec<u64> = rows.into_iter().map(|(_, item)| item.number).collect();
        let expected = last.saturating_sub(49).max(1)..=last;
        assert_eq!(rows.len() as u64, last.min(50));
        assert!(rows.iter().all(|row| expected.contains(row)), "half a transaction");
        *acknowledged = last;
    }
}
