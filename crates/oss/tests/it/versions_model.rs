//! Versions against a naive model: a list of what was done to each key, in the order of time.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{Answer, Element, World, get, put, request};

/// What may be done. Keys and versions are numbers that are taken modulo how many there are.
#[derive(Debug, Clone)]
enum Step {
    Put(usize),
    Delete(usize),
    DeleteVersion(usize, usize),
    Enable,
    Suspend,
}

const KEYS: [&str; 3] = ["a", "a/b", "a\0b"];

/// A version of a key: its id, and the number that is its body or `None` of a delete marker.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    id: String,
    body: Option<u32>,
}

/// The state of a bucket: of each key all versions, the newest last.
#[derive(Debug, Default)]
struct Model {
    versioning: Option<bool>,
    keys: [Vec<Kept>; KEYS.len()],
    /// Every id that there ever was.
    seen: Vec<(usize, String)>,
}

impl Model {
    fn add(&mut self, key: usize, id: &str, body: Option<u32>) {
        if self.versioning != Some(true) {
            assert_eq!(id, "null");
            self.keys[key].retain(|kept| kept.id != "null");
        }
        assert!(self.keys[key].iter().all(|kept| kept.id != id), "{id} is used again");
        self.keys[key].push(Kept { id: id.to_owned(), body });
        self.seen.push((key, id.to_owned()));
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..KEYS.len()).prop_map(Step::Put),
        3 => (0..KEYS.len()).prop_map(Step::Delete),
        5 => (0..KEYS.len(), any::<usize>()).prop_map(|(key, at)| Step::DeleteVersion(key, at)),
        2 => Just(Step::Enable),
        1 => Just(Step::Suspend),
    ]
}

fn id_of(answer: &Answer) -> String {
    answer.header("x-oss-version-id").unwrap_or("null").to_owned()
}

async fn take(world: &World, model: &mut Model, number: u32, step: Step) {
    match step {
        Step::Put(key) => {
            let answer = world.send(put("bucket", KEYS[key], number.to_string())).await;
            answer.assert_status(200);
            assert_eq!(answer.header("x-oss-version-id").is_some(), model.versioning.is_some());
            model.add(key, &id_of(&answer), Some(number));
        }
        Step::Delete(key) => {
            let answer = world.send(request("DELETE", "bucket", KEYS[key])).await;
            answer.assert_status(204);
            if model.versioning.is_some() {
                assert_eq!(answer.header("x-oss-delete-marker"), Some("true"));
                model.add(key, &id_of(&answer), None);
            } else {
                model.keys[key].clear();
            }
        }
        Step::DeleteVersion(key, at) => {
            // Mostly one that is there, sometimes one that was there or never was.
            let kept = &model.keys[key];
            let id = match at % (kept.len() + 2) {
                0 => "null".to_owned(),
                1 => model
                    .seen
                    .get(at % model.seen.len().max(1))
                    .map_or_else(|| "null".to_owned(), |(_, id)| id.clone()),
                at => kept[at - 2].id.clone(),
            };
            let asked = request("DELETE", "bucket", KEYS[key]).query("versionId", &id);
            let answer = world.send(asked).await;
            answer.assert_status(204);
            let was_marker = kept.iter().any(|kept| kept.id == id && kept.body.is_none());
            let told = answer.header("x-oss-delete-marker") == Some("true");
            assert_eq!(told, was_marker);
            model.keys[key].retain(|kept| kept.id != id);
        }
        Step::Enable => {
            world.set_versioning("bucket", "Enabled").await;
            model.versioning = Some(true);
        }
        Step::Suspend if model.versioning.is_some() => {
            world.set_versioning("bucket", "Suspended").await;
            model.versioning = Some(false);
        }
        Step::Suspend => {}
    }
}

async fn compare(world: &World, model: &Model) {
    for (key, versions) in KEYS.iter().zip(&model.keys) {
        let answer = world.send(get("bucket", key)).await;
        match versions.last() {
            Some(Kept { id, body: Some(body) }) => {
                assert_eq!(answer.body, body.to_string().as_bytes());
                assert_eq!(id_of(&answer), *id);
            }
            Some(Kept { id, body: None }) => {
                answer.assert_error(404, "NoSuchKey");
                assert_eq!(answer.header("x-oss-delete-marker"), Some("true"));
                assert_eq!(id_of(&answer), *id);
            }
            None => {
                answer.assert_error(404, "NoSuchKey");
                assert_eq!(answer.header("x-oss-delete-marker"), None);
            }
        }
    }
    for (key, id) in &model.seen {
        let answer = world.send(get("bucket", KEYS[*key]).query("versionId", id)).await;
        match model.keys[*key].iter().find(|kept| kept.id == *id) {
            Some(Kept { body: Some(body), .. }) => {
                assert_eq!(answer.body, body.to_string().as_bytes());
            }
            Some(Kept { body: None, .. }) => answer.assert_error(405, "MethodNotAllowed"),
            None => answer.assert_error(404, "NoSuchVersion"),
        }
    }
    let listed = world.send(request("GET", "bucket", "").query("encoding-type", "url")).await.xml();
    let visible = KEYS
        .iter()
        .zip(&model.keys)
        .filter(|(_, versions)| versions.last().is_some_and(|newest| newest.body.is_some()));
    assert_eq!(listed.all("Contents").count(), visible.count());
    compare_listings(world, model).await;
    let objects = model.keys.iter().flatten().filter(|kept| kept.body.is_some()).count();
    assert_eq!(world.files().len(), objects, "a blob for each object, and no other");
}

/// An entry of a listing: key, id, whether it is the newest of its key, whether it is an object.
type Entry = (String, String, bool, bool);

fn expected(model: &Model) -> Vec<Entry> {
    let mut keys: Vec<_> = KEYS.iter().zip(&model.keys).collect();
    keys.sort_unstable_by_key(|(key, _)| **key);
    let mut entries = Vec::new();
    for (key, versions) in keys {
        for (number, kept) in versions.iter().rev().enumerate() {
            let id = kept.id.clone();
            entries.push(((*key).to_owned(), id, number == 0, kept.body.is_some()));
        }
    }
    entries
}

async fn compare_listings(world: &World, model: &Model) {
    let expected = expected(model);
    for max_keys in [1, 2, 3, 1000] {
        let (mut objects, mut markers) = (Vec::new(), Vec::new());
        let (mut key_marker, mut version_marker) = (String::new(), String::new());
        loop {
            let page = request("GET", "bucket", "")
                .query("versions", "")
                .query("encoding-type", "url")
                .query("max-keys", &max_keys.to_string())
                .query("key-marker", &key_marker)
                .query("version-id-marker", &version_marker);
            let page = world.send(page).await.xml();
            let entry = |element: &Element, is_object| -> Entry {
                let latest = element.text("IsLatest") == "true";
                let id = element.text("VersionId").to_owned();
                (decoded(element.text("Key")), id, latest, is_object)
            };
            objects.extend(page.all("Version").map(|element| entry(element, true)));
            markers.extend(page.all("DeleteMarker").map(|element| entry(element, false)));
            let count = page.all("Version").count() + page.all("DeleteMarker").count();
            assert!(count <= max_keys);
            if page.text("IsTruncated") == "false" {
                break;
            }
            assert_eq!(count, max_keys, "a page that is not the last one is full");
            key_marker = decoded(page.text("NextKeyMarker"));
            page.text("NextVersionIdMarker").clone_into(&mut version_marker);
        }
        let of = |is_object: bool| -> Vec<Entry> {
            expected.iter().filter(|entry| entry.3 == is_object).cloned().collect()
        };
        assert_eq!(objects, of(true), "{max_keys} at once");
        assert_eq!(markers, of(false), "{max_keys} at once");
    }
}

fn decoded(text: &str) -> String {
    rolecall_crypto::decode_path(text).unwrap()
}

#[test]
fn a_bucket_keeps_what_the_model_keeps() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut runner = TestRunner::new(Config::with_cases(40));
    let steps = proptest::collection::vec(step(), 1..40);
    runner
        .run(&steps, |steps| {
            runtime.block_on(async {
                let world = World::new().await;
                let mut model = Model::default();
                for (number, step) in steps.into_iter().enumerate() {
                    take(&world, &mut model, u32::try_from(number).unwrap(), step).await;
                }
                compare(&world, &model).await;
                let empty = model.keys.iter().all(Vec::is_empty);
                let dropped = world.send(request("DELETE", "bucket", "")).await;
                assert_eq!(dropped.status == 204, empty, "{dropped:?}");
            });
            Ok(())
        })
        .unwrap();
}
