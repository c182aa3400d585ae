//! The program is killed in the middle of writes, again and again: what it had acknowledged is
//! there, what it had not is there as a whole or not at all, and nothing is left on the disk.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rolecall_crypto::sign::Credentials;

use crate::harness::{Answer, Dice, Object, Request, Scheme, Server, poll, rounds};

const BUCKET: &str = "crash";
const WRITERS: usize = 4;
/// The keys of each writer.
const KEYS: usize = 6;
/// The longest that the program runs before it is killed, in milliseconds.
const LIFE_MILLISECONDS: usize = 120;

/// An object's bytes: a number, again and again, and their length in each of the files that they
/// are in. A small object is in none of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    number: usize,
    parts: Vec<usize>,
}

impl State {
    fn bytes(&self, length: usize) -> Vec<u8> {
        self.number.to_le_bytes().into_iter().cycle().take(length).collect()
    }

    fn whole(&self) -> Vec<u8> {
        self.parts.iter().flat_map(|length| self.bytes(*length)).collect()
    }

    fn files(&self) -> usize {
        self.parts.iter().filter(|length| **length > 70_000).count()
    }
}

/// What is known of a key.
#[derive(Debug, Clone, Default)]
struct Known {
    /// What was acknowledged last.
    is: Option<State>,
    /// What it may be instead: its write was not answered. One at the most.
    may_be: Vec<Option<State>>,
}

/// One who writes keys of its own, until it is not answered.
struct Writer<'a> {
    address: &'a str,
    root: &'a Credentials,
    dice: Dice,
}

impl Writer<'_> {
    fn run(&self, known: &mut BTreeMap<String, Known>, over: &AtomicBool) -> usize {
        let mut keys: Vec<_> = known.iter_mut().collect();
        let mut acknowledged = 0;
        while !over.load(Ordering::SeqCst) {
            let at = self.dice.below(keys.len());
            let (key, known) = &mut keys[at];
            let next = self.choose();
            known.may_be = vec![next.clone()];
            let Some(answer) = self.write(key, next.as_ref()) else { break };
            assert!(answer.status < 300, "{answer:?}");
            **known = Known { is: next, may_be: Vec::new() };
            acknowledged += 1;
        }
        acknowledged
    }

    fn choose(&self) -> Option<State> {
        let number = self.dice.below(usize::MAX);
        let parts = match self.dice.below(8) {
            0 | 1 => return None,
            2..=4 => vec![1 + self.dice.below(9_000)],
            5 | 6 => vec![300_000 + self.dice.below(200_000)],
            _ => vec![110_000, 80_000],
        };
        Some(State { number, parts })
    }

    fn write(&self, key: &str, next: Option<&State>) -> Option<Answer> {
        let Some(state) = next else { return self.send("DELETE", key, &[], Vec::new()) };
        if let [length] = state.parts.as_slice() {
            return self.send("PUT", key, &[], state.bytes(*length));
        }
        let begun = self.send("POST", key, &[("uploads", "")], Vec::new())?;
        let id = between(&begun.text(), "UploadId").remove(0);
        let mut parts = String::new();
        for (index, length) in state.parts.iter().enumerate() {
            let number = (index + 1).to_string();
            let query = [("partNumber", number.as_str()), ("uploadId", &id)];
            let sent = self.send("PUT", key, &query, state.bytes(*length))?;
            let etag = sent.head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
            let etag = etag.trim_matches('"');
            let names = format!("<PartNumber>{number}</PartNumber><ETag>{etag}</ETag>");
            parts.extend(["<Part>", &names, "</Part>"]);
        }
        let document = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        self.send("POST", key, &[("uploadId", &id)], document.into_bytes())
    }

    fn send(
        &self,
        method: &str,
        key: &str,
        query: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Option<Answer> {
        asked(self.root, method, key, query, body).try_send(self.address)
    }
}

fn asked(
    root: &Credentials,
    method: &str,
    key: &str,
    query: &[(&str, &str)],
    body: Vec<u8>,
) -> Request {
    let object = Object::new(Scheme::OssV1Query, root, method, (BUCKET, key));
    Request { body, ..Object { query, ..object }.sign() }
}

/// The texts of all elements of a name.
fn between(text: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let inner = text.split(&open).skip(1).filter_map(|rest| rest.split_once(&close));
    inner.map(|(inner, _)| inner.to_owned()).collect()
}

/// Looks at every key, and takes what is there for what is known.
fn check(server: &Server, known: &mut BTreeMap<String, Known>) {
    let mut sizes = BTreeMap::new();
    for (key, known) in known.iter_mut() {
        let answer = server.send(&asked(&server.root, "GET", key, &[], Vec::new()));
        let is = |state: Option<&State>| match state {
            None => answer.status == 404,
            Some(state) => answer.status == 200 && answer.body == state.whole(),
        };
        if !is(known.is.as_ref()) {
            let other = known.may_be.pop();
            let other = other.filter(|other| is(other.as_ref()));
            known.is =
                other.unwrap_or_else(|| panic!("{key}: {} is none that may be", answer.status));
        }
        known.may_be.clear();
        if let Some(state) = &known.is {
            sizes.insert(key.clone(), state.parts.iter().sum::<usize>().to_string());
        }
    }
    let listed = server.send(&asked(&server.root, "GET", "", &[("list-type", "2")], Vec::new()));
    let (keys, listed_sizes) = (between(&listed.text(), "Key"), between(&listed.text(), "Size"));
    let listed: BTreeMap<_, _> = keys.into_iter().zip(listed_sizes).collect();
    assert_eq!(listed, sizes, "the listing is of other objects");
}

/// Gives up the uploads that nobody will complete.
fn abort_uploads(server: &Server) {
    let listed = server.send(&asked(&server.root, "GET", "", &[("uploads", "")], Vec::new()));
    let (keys, ids) = (between(&listed.text(), "Key"), between(&listed.text(), "UploadId"));
    for (key, id) in keys.iter().zip(&ids) {
        let aborted = asked(&server.root, "DELETE", key, &[("uploadId", id)], Vec::new());
        assert_eq!(server.send(&aborted).status, 204);
    }
}

fn files(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let count = |path: &Path| if path.is_dir() { files(path) } else { 1 };
    entries.map(|entry| count(&entry.unwrap().path())).sum()
}

/// Waits until the disk holds the files of the objects and no other.
fn settles(server: &Server, known: &BTreeMap<String, Known>) {
    let blobs = server.data().join("oss/blobs");
    let expected: usize = known.values().flat_map(|known| &known.is).map(State::files).sum();
    let found = || (files(&blobs.join("blobs")), files(&blobs.join("incoming")));
    let settled = poll(|| found() == (expected, 0));
    assert!(settled, "{:?} files for {expected}", found());
}

#[test]
fn objects_survive_being_killed() {
    let mut server = Server::start();
    let root = server.root.clone();
    let made = asked(&root, "PUT", "", &[], Vec::new());
    assert_eq!(server.send(&made).status, 200);
    let mut known: Vec<BTreeMap<String, Known>> = (0..WRITERS)
        .map(|writer| (0..KEYS).map(|key| (format!("{writer}-{key}"), Known::default())).collect())
        .collect();
    let dice = Dice::new(11);
    let (mut acknowledged, mut undecided) = (0, 0);
    for _ in 0..rounds(5) {
        let (over, address) = (AtomicBool::new(false), server.address.clone());
        let seeds: Vec<_> = known.iter().map(|_| dice.below(usize::MAX) as u64).collect();
        acknowledged += thread::scope(|scope| {
            let (over, address, root) = (&over, address.as_str(), &root);
            let writers: Vec<_> = known
                .iter_mut()
                .zip(seeds)
                .map(|(known, seed)| {
                    let writer = Writer { address, root, dice: Dice::new(seed) };
                    scope.spawn(move || writer.run(known, over))
                })
                .collect();
            let life = 5 + dice.below(LIFE_MILLISECONDS) as u64;
            thread::sleep(Duration::from_millis(life));
            server.kill();
            over.store(true, Ordering::SeqCst);
            writers.into_iter().map(|writer| writer.join().unwrap()).sum::<usize>()
        });
        server.start_again();
        undecided +=
            known.iter().flat_map(BTreeMap::values).filter(|it| !it.may_be.is_empty()).count();
        let mut all: BTreeMap<String, Known> = known.iter_mut().flat_map(std::mem::take).collect();
        check(&server, &mut all);
        abort_uploads(&server);
        settles(&server, &all);
        for (key, state) in all {
            let writer: usize = key.split('-').next().unwrap().parse().unwrap();
            known[writer].insert(key, state);
        }
    }
    println!("{acknowledged} writes acknowledged, {undecided} cut");
    assert!(undecided > 0 && acknowledged > 0);
}
