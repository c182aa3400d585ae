//! Listing against a model: a set of keys.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use proptest::prelude::*;
use rolecall_crypto::decode_path;
use tokio::runtime::Runtime;

use crate::support::{ACCOUNT, Element, Request, World, put, request};

/// What is asked of a listing.
#[derive(Debug, Clone)]
struct Asked {
    prefix: String,
    delimiter: String,
    after: String,
    max_keys: usize,
}

/// An entry: a key, or a common prefix.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Entry {
    Key(String),
    Common(String),
}

/// The page that a listing of `keys` must be: all there is, and how much of it.
fn model(keys: &BTreeSet<String>, asked: &Asked) -> (Vec<Entry>, bool) {
    let folded = |key: &String| {
        let rest = key.strip_prefix(&asked.prefix).unwrap();
        match rest.find(&asked.delimiter).filter(|_| !asked.delimiter.is_empty()) {
            Some(at) => {
                let end = asked.prefix.len() + at + asked.delimiter.len();
                (key.get(..end).unwrap().to_owned(), true)
            }
            None => (key.clone(), false),
        }
    };
    let all: BTreeSet<(String, bool)> = keys
        .iter()
        .filter(|key| key.starts_with(&asked.prefix))
        .map(folded)
        .filter(|(entry, _)| *entry > asked.after)
        .collect();
    let more = all.len() > asked.max_keys;
    let entry = |(name, common)| if common { Entry::Common(name) } else { Entry::Key(name) };
    (all.into_iter().take(asked.max_keys).map(entry).collect(), more)
}

fn list(version: u8, asked: &Asked) -> Request {
    let listing = request("GET", "bucket", "")
        .query("prefix", &asked.prefix)
        .query("delimiter", &asked.delimiter)
        .query("max-keys", &asked.max_keys.to_string())
        .query("encoding-type", "url");
    match version {
        1 => listing.query("marker", &asked.after),
        _ => listing.query("list-type", "2").query("start-after", &asked.after),
    }
}

fn decoded(element: &Element, name: &str) -> String {
    decode_path(element.text(name)).unwrap()
}

fn entries(document: &Element) -> Vec<Entry> {
    let keys = document.all("Contents").map(|it| Entry::Key(decoded(it, "Key")));
    let common = document.all("CommonPrefixes").map(|it| Entry::Common(decoded(it, "Prefix")));
    let mut entries: Vec<_> = keys.chain(common).collect();
    entries.sort_by_key(|entry| match entry {
        Entry::Key(name) | Entry::Common(name) => name.clone(),
    });
    entries
}

/// Reads one page of either version and compares it with the model; returns where it goes on.
async fn check_page(
    world: &World,
    keys: &BTreeSet<String>,
    asked: &Asked,
    version: u8,
    token: Option<&str>,
) -> Option<String> {
    let request = list(version, asked);
    let request = match token {
        Some(token) => request.query("continuation-token", token),
        None => request,
    };
    let document = world.send(request).await.xml();
    assert_eq!(document.name, "ListBucketResult");
    let (expected, more) = model(keys, asked);
    assert_eq!(entries(&document), expected, "{asked:?} of {keys:?}");
    assert_eq!(document.text("IsTruncated"), more.to_string());
    assert_eq!(document.text("EncodingType"), "url");
    assert_eq!(decoded(&document, "Prefix"), asked.prefix);
    assert_eq!(decoded(&document, "Delimiter"), asked.delimiter);
    assert_eq!(document.text("MaxKeys"), asked.max_keys.to_string());
    if version == 2 {
        assert_eq!(document.text("KeyCount"), expected.len().to_string());
        return document.find("NextContinuationToken").map(|it| it.text.clone());
    }
    assert_eq!(decoded(&document, "Marker"), asked.after);
    let next = document.find("NextMarker").map(|_| decoded(&document, "NextMarker"));
    let last = expected.last().map(|entry| match entry {
        Entry::Key(name) | Entry::Common(name) => name.clone(),
    });
    assert_eq!(next, last.filter(|_| more));
    next
}

/// All pages of both versions.
async fn check(world: &World, keys: &BTreeSet<String>, asked: &Asked) {
    let mut page = asked.clone();
    while let Some(next) = check_page(world, keys, &page, 1, None).await {
        page.after = next;
    }
    let mut page = asked.clone();
    let mut token = None;
    loop {
        // The token counts, whatever `start-after` says; the model is told where it leads.
        let (expected, _) = model(keys, &page);
        token = check_page(world, keys, &page, 2, token.as_deref()).await;
        let (Some(_), Some(last)) = (&token, expected.last()) else { return };
        let (Entry::Key(name) | Entry::Common(name)) = last;
        page.after.clone_from(name);
    }
}

/// One world for all cases: opening one takes longer than a case.
fn world() -> &'static (Runtime, World) {
    static WORLD: OnceLock<(Runtime, World)> = OnceLock::new();
    WORLD.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let world = runtime.block_on(World::new());
        (runtime, world)
    })
}

fn name(length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    let letter = prop::sample::select(vec![
        'a',
        'b',
        '/',
        '中',
        'é',
        '\0',
        '\u{1}',
        '\r',
        '\n',
        '%',
        '&',
        '<',
        '+',
        ' ',
        '\u{7f}',
        '\u{ff}',
        '\u{10ffff}',
    ]);
    let common = prop::sample::select(vec!['a', 'b', '/']);
    let letter = prop_oneof![3 => common, 1 => letter];
    prop::collection::vec(letter, length).prop_map(|letters| letters.into_iter().collect())
}

fn key() -> impl Strategy<Value = String> {
    name(1..6).prop_filter("no key begins so", |key| !key.starts_with(['/', '\\']))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn listings_are_those_of_a_set_of_keys(
        keys in prop::collection::btree_set(key(), 0..24),
        prefix in name(0..3),
        delimiter in prop_oneof![
            Just(String::new()), Just("/".to_owned()), Just("a/".to_owned()), name(1..3)
        ],
        after in name(0..4),
        max_keys in 1..6_usize,
    ) {
        let (runtime, world) = world();
        runtime.block_on(async {
            for key in &keys {
                world.send(put("bucket", key, "")).await.assert_status(200);
            }
            check(world, &keys, &Asked { prefix, delimiter, after, max_keys }).await;
            for key in &keys {
                world.send(request("DELETE", "bucket", key)).await.assert_status(204);
            }
        });
    }
}

#[tokio::test]
async fn a_long_run_below_a_common_prefix_is_one_entry() {
    let world = World::new().await;
    let mut keys: BTreeSet<String> = (0..300).map(|n| format!("dir/{n:03}")).collect();
    keys.extend((0..150).map(|n| format!("flat{n:03}")));
    keys.extend(["a", "dir", "dir/", "dir0", "z/"].map(str::to_owned));
    for key in &keys {
        world.send(put("bucket", key, "")).await.assert_status(200);
    }
    for (prefix, after, max_keys) in
        [("", "", 1000), ("", "", 2), ("dir/", "", 100), ("", "dir/150", 50), ("d", "", 1)]
    {
        let (prefix, after) = (prefix.to_owned(), after.to_owned());
        check(&world, &keys, &Asked { prefix, delimiter: "/".to_owned(), after, max_keys }).await;
    }
}

#[tokio::test]
async fn a_first_version_page_in_full() {
    let world = World::new().await;
    world.send(put("bucket", "a<&>'\"\r", "hello")).await.assert_status(200);
    world.send(put("bucket", "dir/k", "")).await.assert_status(200);
    let listing = request("GET", "bucket", "").query("delimiter", "/").query("marker", "");
    let document = world.send(listing).await.xml();
    for (path, expected) in [
        ("Name", "bucket"),
        ("Prefix", ""),
        ("Marker", ""),
        ("MaxKeys", "100"),
        ("Delimiter", "/"),
        ("IsTruncated", "false"),
        ("Contents/Key", "a<&>'\"\r"),
        ("Contents/LastModified", "2023-11-14T22:13:20.000Z"),
        ("Contents/ETag", "\"5D41402ABC4B2A76B9719D911017C592\""),
        ("Contents/Type", "Normal"),
        ("Contents/Size", "5"),
        ("Contents/StorageClass", "Standard"),
        ("Contents/Owner/ID", ACCOUNT),
        ("Contents/Owner/DisplayName", ACCOUNT),
        ("CommonPrefixes/Prefix", "dir/"),
    ] {
        assert_eq!(document.text(path), expected, "{path}");
    }
    for absent in ["EncodingType", "KeyCount", "NextMarker", "StartAfter", "ContinuationToken"] {
        assert_eq!(document.find(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn owners_in_the_second_version_are_asked_for() {
    let world = World::new().await;
    world.send(put("bucket", "k", "")).await.assert_status(200);
    let listing = || request("GET", "bucket", "").query("list-type", "2");
    for (asked, told) in [(listing(), false), (listing().query("fetch-owner", "true"), true)] {
        let document = world.send(asked).await.xml();
        let owner = document.find("Contents").unwrap().find("Owner");
        assert_eq!(owner.is_some(), told);
        assert_eq!(document.find("Marker"), None);
        assert_eq!(document.text("KeyCount"), "1");
    }
    let empty = listing().query("continuation-token", "").query("start-after", "");
    world.send(empty.query("prefix", "")).await.assert_status(200);
}

#[tokio::test]
async fn what_cannot_be_listed() {
    let world = World::new().await;
    for (name, value) in [
        ("max-keys", "0"),
        ("max-keys", "1001"),
        ("max-keys", "x"),
        ("max-keys", "-1"),
        ("max-keys", "18446744073709551616"),
        ("encoding-type", "base64"),
        ("list-type", "3"),
    ] {
        let answer = world.send(request("GET", "bucket", "").query(name, value)).await;
        answer.assert_error(400, "InvalidArgument");
        assert_eq!(answer.error().text("ArgumentName"), name);
        assert_eq!(answer.error().text("ArgumentValue"), value);
    }
    let second = || request("GET", "bucket", "").query("list-type", "2");
    for (name, value) in [("continuation-token", "x"), ("fetch-owner", "maybe")] {
        world.send(second().query(name, value)).await.assert_error(400, "InvalidArgument");
    }
    let twice = request("GET", "bucket", "").query("prefix", "a").query("prefix", "b");
    world.send(twice).await.assert_error(400, "InvalidArgument");
    world.send(request("GET", "bucket", "").query("max-keys", "1000")).await.assert_status(200);
    world.send(request("GET", "nothing", "")).await.assert_error(404, "NoSuchBucket");
}
