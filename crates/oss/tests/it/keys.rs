//! V29 and V32, keys: what a policy is asked about is byte for byte what is written, and no key
//! leads out of its bucket or out of the folder.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use rolecall_crypto::{RequestHead, decode_path};
use rolecall_gate::Service as _;
use rolecall_types::{Random as _, Secret, SeededRandom};

use crate::support::{World, cases, get, policy, put, read, request};

/// How many pairs of keys that look alike a test tries, if it is not told.
const PAIRS: usize = 2_000;

/// How many keys that would lead elsewhere as paths, likewise.
const PATHS: usize = 5_000;

/// Pieces of keys that some layer somewhere takes for one another: case, normal forms, compatible
/// characters, invisible ones, percent-encoding, slashes and dots.
const ALIKE: &[&[&str]] = &[
    &[
        "key",
        "Key",
        "KEY",
        "kеy",
        "ｋｅｙ",
        "key\u{200b}",
        "key\u{ad}",
        "\u{feff}key",
        "\u{212a}ey",
    ],
    &["é", "e\u{301}", "É", "E\u{301}", "%C3%A9", "%c3%a9", "e", "è"],
    &["Å", "\u{212b}", "A\u{30a}", "å"],
    &["ß", "ss", "ẞ", "SS", "ſs"],
    &["i", "I", "ı", "İ", "i\u{307}"],
    &["ﬁ", "fi", "FI"],
    &["가", "\u{1100}\u{1161}"],
    &["\u{1e9b}\u{323}", "\u{1e69}", "s\u{323}\u{307}"],
    &["/", "//", "/./", "/x/../", "%2F", "%2f", "%252F", "\\", "∕", "／"],
    &[" ", "+", "%20", "%2B", "\u{a0}", "\t", ""],
    &["..", ".", "%2e%2e", "%2E%2E", "%c0%ae", "․․"],
    &["\n", "\r\n", "%0A", "\u{2028}", "\\n"],
    &["\u{0}", "%00", "\u{2400}"],
];

struct Dice(SeededRandom);

impl Dice {
    fn below(&self, limit: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        usize::try_from(u64::from_le_bytes(bytes) % limit as u64).unwrap()
    }

    fn one<'a, T: ?Sized>(&self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    /// Two different keys that differ in one piece.
    fn pair(&self) -> (String, String) {
        let groups: Vec<usize> = (0..=self.below(4)).map(|_| self.below(ALIKE.len())).collect();
        let pieces: Vec<&str> = groups.iter().map(|group| self.one(ALIKE[*group])).collect();
        let at = self.below(pieces.len());
        let mut others = pieces.clone();
        while others[at] == pieces[at] {
            others[at] = self.one(ALIKE[groups[at]]);
        }
        // No key begins with a slash.
        (format!("k{}", pieces.concat()), format!("k{}", others.concat()))
    }
}

/// All keys of a bucket, as they are kept.
async fn listed(world: &World, bucket: &str) -> BTreeSet<String> {
    let (mut keys, mut marker) = (BTreeSet::new(), String::new());
    loop {
        let asked = request("GET", bucket, "").query("max-keys", "1000");
        let asked = asked.query("encoding-type", "url").query("marker", &marker);
        let page = world.send(asked).await.xml();
        for entry in page.all("Contents") {
            keys.insert(decode_path(entry.text("Key")).unwrap());
        }
        if page.text("IsTruncated") != "true" {
            return keys;
        }
        marker = decode_path(page.text("NextMarker")).unwrap();
    }
}

/// The session of one pair may write the first key and no other. It writes it, and is refused the
/// second; in the end there are the keys that were allowed, as they were written in policies.
#[tokio::test]
async fn keys_that_look_alike_are_two_for_policies_and_for_the_index() {
    let world = World::new().await;
    let dice = Dice(SeededRandom::new(29));
    let mut written = BTreeSet::new();
    let pairs = cases(PAIRS);
    for _ in 0..pairs {
        let (own, other) = dice.pair();
        let resource = format!("acs:oss:*:*:bucket/{own}");
        let (who, token, secret) = world.session(&[policy("Allow", "oss:PutObject", &resource)]);
        for (key, status) in [(&own, 200), (&other, 403)] {
            let mut asked = put("bucket", key, "").by(&who);
            asked.token = Some(token.clone());
            let answer = world.send_with(asked, &secret).await;
            assert_eq!(answer.status, status, "allowed {own:?}, asked {key:?}");
        }
        written.insert(own);
    }
    assert!(written.len() > pairs / 5, "{} keys", written.len());
    assert_eq!(listed(&world, "bucket").await, written);
}

/// One key has many spellings in a request line, and all of them are that key; what is no UTF-8,
/// overlong forms among it, is no key at all.
#[tokio::test]
async fn every_spelling_of_a_key_is_decoded_once() {
    let world = World::new().await;
    let secret = Secret::new("secret".to_owned());
    let spelled = |key: &str, path: String| {
        let mut inbound = world.inbound(put("bucket", key, key.to_owned()), &secret);
        let headers = inbound.head.headers.iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.clone()));
        inbound.head = RequestHead::decode("PUT", &path, headers.collect::<Vec<_>>()).unwrap();
        inbound
    };
    let dice = Dice(SeededRandom::new(292));
    for _ in 0..cases(PAIRS) {
        let (key, _) = dice.pair();
        let mut path = "/bucket/".to_owned();
        for byte in key.bytes() {
            let plain = byte.is_ascii_alphanumeric() && dice.below(2) == 0;
            match dice.below(2) {
                _ if plain => path.push(char::from(byte)),
                0 => write!(path, "%{byte:02x}").unwrap(),
                _ => write!(path, "%{byte:02X}").unwrap(),
            }
        }
        let answer = read(world.service.serve(spelled(&key, path)).await).await;
        answer.assert_status(200);
        assert_eq!(world.send(get("bucket", &key)).await.body, key.as_bytes(), "{key:?}");
    }
    for overlong in ["%C0%AE", "%C0%AF", "%E0%80%AF", "%F0%80%80%AF", "%C1%81", "%ED%A0%80", "%FF"]
    {
        let path = format!("/bucket/k{overlong}");
        let answer = read(world.service.serve(spelled("k", path)).await).await;
        answer.assert_error(400, "InvalidObjectName");
    }
}

/// Pieces of keys that mean something in a path, or end it.
const STEPS: &[&str] = &[
    "..",
    ".",
    "...",
    "/",
    "//",
    "\\",
    "\u{0}",
    "\u{1}",
    "\u{7f}",
    "\n",
    "~",
    "$HOME",
    "%2e%2e",
    "%2F",
    "C:",
    "etc/passwd",
    "proc/self/mem",
    "CON",
    "-rf",
    "*",
    "?",
    "other/secret",
    "|",
    "`id`",
];

/// Every file below a folder, with its bytes.
fn files(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else {
            into.insert(path.to_str().unwrap().to_owned());
        }
    }
}

#[tokio::test]
async fn no_key_is_a_path() {
    let world = World::new().await;
    world.send(request("PUT", "other", "")).await.assert_status(200);
    world.send(put("other", "secret", "of the other bucket")).await.assert_status(200);
    let beside = tempfile::NamedTempFile::new_in(world.folder.path().parent().unwrap()).unwrap();
    fs::write(beside.path(), "outside").unwrap();
    let name = beside.path().file_name().unwrap().to_str().unwrap().to_owned();
    let mut before = BTreeSet::new();
    files(world.folder.path(), &mut before);
    let dice = Dice(SeededRandom::new(32));
    let mut keys = BTreeSet::new();
    let paths = cases(PATHS);
    for number in 0..paths {
        let up = "../".repeat(dice.below(6));
        let rest: String = (0..dice.below(6)).map(|_| dice.one(STEPS)).collect();
        let key = match number % 5 {
            0 => format!("{up}{name}"),
            1 => format!("{up}other/secret"),
            2 => format!("{up}{}", "long/".repeat(dice.below(180))),
            _ => format!("{up}{rest}"),
        };
        let ends = key.is_empty() || key.starts_with(['/', '\\']) || key.len() > 1_023;
        if !ends && keys.insert(key.clone()) {
            let ask = |method| request(method, "bucket", &key);
            world.send(ask("GET")).await.assert_error(404, "NoSuchKey");
            // Some have bytes: those of most would only be the same again.
            let body = if dice.below(20) == 0 { "inside" } else { "" };
            world.send(put("bucket", &key, body)).await.assert_status(200);
            let found = world.send(ask("GET")).await;
            assert_eq!(found.body, body.as_bytes(), "{key:?}");
            if number % 3 == 0 {
                world.send(ask("DELETE")).await.assert_status(204);
                keys.remove(&key);
            }
        }
    }
    assert!(keys.len() > paths / 20, "{} keys", keys.len());
    assert_eq!(listed(&world, "bucket").await, keys);
    assert_eq!(listed(&world, "other").await, BTreeSet::from(["secret".to_owned()]));
    assert_eq!(world.send(get("other", "secret")).await.body, b"of the other bucket");
    assert_eq!(fs::read_to_string(beside.path()).unwrap(), "outside");
    let mut after = BTreeSet::new();
    files(world.folder.path(), &mut after);
    let made: Vec<_> = after.difference(&before).collect();
    // Small objects share a segment: there is no file for each.
    assert!(made.len() < 10, "{made:?}");
    for file in made {
        let relative = file.strip_prefix(world.folder.path().to_str().unwrap()).unwrap();
        assert!(relative.bytes().all(|it| it.is_ascii_alphanumeric() || b"/-_.".contains(&it)));
        assert!(!relative.contains("..") && !relative.contains("secret"), "{relative}");
    }
}
