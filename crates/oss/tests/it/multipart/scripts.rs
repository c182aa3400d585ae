//! Random scripts of requests against a model: whatever the order, the service answers as the model
//! does, and in the end there are the model's objects, and no bytes beside them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{LEAST, abort, begin, complete, complete_all, initiate, list_parts, part};
use crate::support::{Answer, Request, World, cases, get, put, request};

/// A step of a script. Uploads are named by their ordinal among all that were begun.
#[derive(Debug, Clone)]
enum Step {
    Initiate {
        key: usize,
    },
    /// `astray`: under another key than the upload's.
    Part {
        upload: usize,
        astray: bool,
        number: u64,
        size: usize,
    },
    /// A part of the first bytes of an object; without a number of them, of all.
    Copy {
        upload: usize,
        astray: bool,
        number: u64,
        source: usize,
        first: Option<usize>,
    },
    Complete {
        upload: usize,
        astray: bool,
        named: Named,
    },
    Abort {
        upload: usize,
        astray: bool,
    },
    List {
        upload: usize,
        astray: bool,
    },
    Put {
        key: usize,
    },
    Delete {
        key: usize,
    },
}

/// Which parts are named.
#[derive(Debug, Clone, Copy)]
enum Named {
    All,
    /// Those of odd numbers.
    Odd,
    /// The last one first.
    Reversed,
    /// The first with another's `ETag`.
    Forged,
    /// One that there is not.
    Absent,
    /// None, for the header.
    ByHeader,
}

const KEYS: [&str; 2] = ["k", "k/l"];

/// Lengths of parts, on both sides of the least that a part before another may have.
const SIZES: [usize; 4] = [0, 1, LEAST - 1, LEAST];

fn step() -> impl Strategy<Value = Step> {
    let (upload, key, number) = (0..4_usize, 0..KEYS.len(), 1..4_u64);
    let astray = prop::bool::weighted(0.1);
    let named = prop::sample::select(vec![
        Named::All,
        Named::All,
        Named::Odd,
        Named::Reversed,
        Named::Forged,
        Named::Absent,
        Named::ByHeader,
    ]);
    prop_oneof![
        3 => key.clone().prop_map(|key| Step::Initiate { key }),
        3 => (upload.clone(), astray, number.clone(), key.clone(), prop::option::of(1..LEAST))
            .prop_map(|(upload, astray, number, source, first)| {
                Step::Copy { upload, astray, number, source, first }
            }),
        8 => (upload.clone(), astray, number, prop::sample::select(SIZES.to_vec()))
            .prop_map(|(upload, astray, number, size)| {
                Step::Part { upload, astray, number, size }
            }),
        4 => (upload.clone(), astray, named)
            .prop_map(|(upload, astray, named)| Step::Complete { upload, astray, named }),
        1 => (upload.clone(), astray)
            .prop_map(|(upload, astray)| Step::Abort { upload, astray }),
        1 => (upload, astray).prop_map(|(upload, astray)| Step::List { upload, astray }),
        1 => key.clone().prop_map(|key| Step::Put { key }),
        1 => key.prop_map(|key| Step::Delete { key }),
    ]
}

/// An upload as the model has it.
struct Upload {
    id: String,
    key: usize,
    /// By number. Absent: it has ended.
    parts: Option<BTreeMap<u64, Vec<u8>>>,
}

#[derive(Default)]
struct Model {
    uploads: Vec<Upload>,
    /// By key: the bytes, and in how many runs they were sent.
    objects: BTreeMap<usize, (Vec<u8>, usize)>,
}

/// What an upload's step is to answer.
type Expected = Result<u16, (u16, &'static str)>;

impl Model {
    /// The parts of an upload, if it has not ended and the request does not go astray.
    fn parts(&mut self, upload: usize, astray: bool) -> Option<&mut BTreeMap<u64, Vec<u8>>> {
        self.uploads.get_mut(upload).filter(|_| !astray)?.parts.as_mut()
    }

    /// How many runs of bytes there are.
    fn runs(&self) -> usize {
        let parts = self.uploads.iter().filter_map(|upload| upload.parts.as_ref());
        let parts = parts.flat_map(BTreeMap::values).filter(|bytes| !bytes.is_empty()).count();
        parts + self.objects.values().map(|(_, runs)| runs).sum::<usize>()
    }

    /// Copies a part. A range that its source does not have is that of all its bytes.
    fn copy(
        &mut self,
        upload: usize,
        astray: bool,
        number: u64,
        source: usize,
        first: Option<usize>,
    ) -> Expected {
        let source = self.objects.get(&source).map(|(bytes, _)| bytes.clone());
        let Some(parts) = self.parts(upload, astray) else { return GONE };
        let Some(mut bytes) = source else { return Err((404, "NoSuchKey")) };
        bytes.truncate(first.filter(|first| *first <= bytes.len()).unwrap_or(bytes.len()));
        parts.insert(number, bytes);
        Ok(200)
    }

    /// Completes an upload by the parts that are named, each with its number and its bytes.
    fn complete(&mut self, upload: usize, named: &[(u64, Option<Vec<u8>>)]) -> Expected {
        let Some(Upload { parts: Some(parts), key, .. }) = self.uploads.get(upload) else {
            return Err((404, "NoSuchUpload"));
        };
        if named.is_empty() {
            return Err((400, "MalformedXML"));
        }
        if !named.windows(2).all(|pair| pair[0].0 < pair[1].0) {
            return Err((400, "InvalidPartOrder"));
        }
        if named.iter().any(|(number, bytes)| parts.get(number) != bytes.as_ref()) {
            return Err((400, "InvalidPart"));
        }
        let used: Vec<&Vec<u8>> = named.iter().filter_map(|(_, bytes)| bytes.as_ref()).collect();
        if used.iter().rev().skip(1).any(|bytes| bytes.len() < LEAST) {
            return Err((400, "EntityTooSmall"));
        }
        let runs = used.iter().filter(|bytes| !bytes.is_empty()).count();
        let object = (used.into_iter().flatten().copied().collect(), runs);
        self.objects.insert(*key, object);
        self.uploads[upload].parts = None;
        Ok(200)
    }
}

fn etag(bytes: &[u8]) -> String {
    use md5::Digest as _;
    let md5: [u8; 16] = md5::Md5::digest(bytes).into();
    format!("{:032x}", u128::from_be_bytes(md5))
}

/// The parts that a request names, by number and bytes; without bytes there is none such.
fn named(parts: &BTreeMap<u64, Vec<u8>>, how: Named) -> Vec<(u64, Option<Vec<u8>>)> {
    let mut all: Vec<_> =
        parts.iter().map(|(number, bytes)| (*number, Some(bytes.clone()))).collect();
    match how {
        Named::All | Named::ByHeader => {}
        Named::Odd => all.retain(|(number, _)| number % 2 == 1),
        Named::Reversed => all.reverse(),
        Named::Forged => {
            if let Some(first) = all.first_mut() {
                first.1 = Some(b"forged".to_vec());
            }
        }
        Named::Absent => all.push((5, Some(b"absent".to_vec()))),
    }
    all
}

/// Where a request about an upload goes: to its key, or astray, and its id.
fn place(model: &Model, upload: usize, astray: bool) -> (&'static str, String) {
    let known = model.uploads.get(upload);
    let (key, id) = known.map_or((0, "NONE"), |known| (known.key, known.id.as_str()));
    (KEYS[(key + usize::from(astray)) % KEYS.len()], id.to_owned())
}

const GONE: Expected = Err((404, "NoSuchUpload"));

/// The request of a step, and what it is to answer.
fn ask(model: &mut Model, index: usize, step: &Step) -> (Request, Expected) {
    match *step {
        Step::Initiate { key } => (initiate(KEYS[key]), Ok(200)),
        Step::Part { upload, astray, number, size } => {
            let (key, id) = place(model, upload, astray);
            let bytes = vec![u8::try_from(index).unwrap(); size];
            let asked = part(key, &id, number, bytes.clone());
            match model.parts(upload, astray) {
                Some(parts) => {
                    parts.insert(number, bytes);
                    (asked, Ok(200))
                }
                None => (asked, GONE),
            }
        }
        Step::Copy { upload, astray, number, source, first } => {
            let (key, id) = place(model, upload, astray);
            let source_name = format!("/bucket/{}", KEYS[source]);
            let mut asked = part(key, &id, number, "").header("x-oss-copy-source", &source_name);
            if let Some(first) = first {
                let range = format!("bytes=0-{}", first - 1);
                asked = asked.header("x-oss-copy-source-range", &range);
            }
            (asked, model.copy(upload, astray, number, source, first))
        }
        Step::Complete { upload, astray, named } => ask_to_complete(model, upload, astray, named),
        Step::Abort { upload, astray } => {
            let (key, id) = place(model, upload, astray);
            let going_on = model.parts(upload, astray).is_some();
            if going_on {
                model.uploads[upload].parts = None;
            }
            (abort(key, &id), if going_on { Ok(204) } else { GONE })
        }
        Step::List { upload, astray } => {
            let (key, id) = place(model, upload, astray);
            let expected = model.parts(upload, astray).map_or(GONE, |_| Ok(200));
            (list_parts(key, &id), expected)
        }
        Step::Put { key } => {
            model.objects.insert(key, (b"put".to_vec(), 1));
            (put("bucket", KEYS[key], "put"), Ok(200))
        }
        Step::Delete { key } => {
            model.objects.remove(&key);
            (request("DELETE", "bucket", KEYS[key]), Ok(204))
        }
    }
}

fn ask_to_complete(
    model: &mut Model,
    upload: usize,
    astray: bool,
    how: Named,
) -> (Request, Expected) {
    let (key, id) = place(model, upload, astray);
    let known = model.parts(upload, astray).map(|parts| named(parts, how));
    let list = known.clone().unwrap_or_else(|| vec![(1, Some(Vec::new()))]);
    let tag = |(number, bytes): &(u64, Option<Vec<u8>>)| (*number, etag(bytes.as_ref().unwrap()));
    let etags: Vec<_> = list.iter().map(tag).collect();
    let etags: Vec<_> = etags.iter().map(|(number, etag)| (*number, &**etag)).collect();
    let asked = match how {
        Named::ByHeader => complete_all(key, &id),
        _ => complete(key, &id, &etags),
    };
    let expected = known.map_or(GONE, |list| model.complete(upload, &list));
    (asked, expected)
}

async fn run(world: &World, script: &[Step]) {
    let mut model = Model::default();
    for (index, step) in script.iter().enumerate() {
        let (asked, expected) = ask(&mut model, index, step);
        if let Step::Initiate { key } = *step {
            let id = begin(world, asked).await;
            model.uploads.push(Upload { id, key, parts: Some(BTreeMap::new()) });
            continue;
        }
        let answer = world.send(asked).await;
        assert_eq!(outcome(&answer), expected, "step {index} of {script:#?}");
        assert_eq!(world.files().len(), model.runs(), "after step {index} of {script:#?}");
    }
    for (key, name) in KEYS.iter().enumerate() {
        let answer = world.send(get("bucket", name)).await;
        match model.objects.get(&key) {
            Some((bytes, _)) => assert!(answer.complete && answer.body == *bytes),
            None => answer.assert_error(404, "NoSuchKey"),
        }
        world.send(request("DELETE", "bucket", name)).await.assert_status(204);
    }
    for upload in model.uploads.iter().filter(|upload| upload.parts.is_some()) {
        world.send(abort(KEYS[upload.key], &upload.id)).await.assert_status(204);
    }
    assert_eq!(world.files().len(), 0);
}

fn outcome(answer: &Answer) -> Result<u16, (u16, &str)> {
    match answer.status {
        200..300 => Ok(answer.status),
        status => Err((status, Box::leak(answer.code().into_boxed_str()))),
    }
}

#[test]
fn whatever_the_script_the_service_answers_as_the_model() {
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(u32::try_from(cases(50)).unwrap())
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let scripts = prop::collection::vec(step(), 1..30);
    let outcome = runner.run(&scripts, |script| {
        runtime.block_on(run(&world, &script));
        Ok(())
    });
    outcome.unwrap();
}
