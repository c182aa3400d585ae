//! Spellings of paths (V03): only the exact routes answer, whatever a parser elsewhere makes of the
//! others.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use rolecall_crypto::RequestHead;
use rolecall_types::InstanceId;

use crate::support::{INSTANCE, TOKEN, World};

/// The routes that hold what must not leak.
const ROUTES: [&str; 7] = [
    "/latest/meta-data/ram/security-credentials/Web",
    "/latest/meta-data/ram/security-credentials/",
    "/2016-01-01/meta-data/ram/security-credentials/",
    "/2016-01-01/meta-data/ram/security-credentials/Web",
    "/latest/user-data",
    "/latest/meta-data/instance-id",
    "/2016-01-01/meta-data/network/interfaces/macs/00:16:3e:00:00:09/vpc-id",
];

/// What is put in, before or behind a slash, and before or behind the whole.
const INSERTED: [&str; 44] = [
    "/",
    "//",
    "/.",
    "/./",
    "/..",
    "/../",
    "/.;/",
    "/..;/",
    ";",
    ";x",
    ";x=y",
    "%2f",
    "%2F",
    "%5c",
    "%252f",
    "%2e",
    "%2e%2e/",
    "%00",
    "\0",
    "\\",
    " ",
    "%20",
    "\t",
    "%09",
    "\r\n",
    "%0d%0a",
    ".",
    "..",
    ".json",
    "*",
    "%c0%af",
    "%c0%ae",
    "%u002f",
    "%ef%bc%8f",
    "\u{ff0f}",
    "\u{200b}",
    "\u{202e}",
    "@",
    ":",
    "+",
    "?",
    "?x=/",
    "#",
    "%23",
];

/// What stands before a path in absolute form.
const BEFORE: [&str; 16] = [
    "http://127.0.0.1",
    "HTTP://127.0.0.1",
    "https://127.0.0.1",
    "http://127.0.0.1:80",
    "http://127.0.0.2",
    "http://evil.example",
    "http://a@127.0.0.1",
    "http://127.0.0.1@evil.example",
    "http://",
    "http:/",
    "http:",
    "file://",
    "ftp://127.0.0.1",
    "//127.0.0.1",
    "/http://127.0.0.1",
    "/proxy",
];

/// Targets that are written like the routes, and some that are the routes still.
fn spellings() -> BTreeSet<String> {
    let mut spellings = BTreeSet::new();
    for route in ROUTES {
        let mut put = |at: usize, length: usize, text: &str| {
            let mut spelling = route.to_owned();
            spelling.replace_range(at..at + length, text);
            spellings.insert(spelling);
        };
        let slashes = route.match_indices('/').map(|(at, _)| at);
        let places: Vec<usize> = slashes.flat_map(|at| [at, at + 1]).chain([route.len()]).collect();
        for (at, text) in places.iter().flat_map(|at| INSERTED.map(|text| (*at, text))) {
            put(at, 0, text);
        }
        for (at, letter) in route.char_indices() {
            let code = u32::from(letter);
            // As an escape, as an escape of an escape, as a letter of double width, in other case.
            put(at, 1, &format!("%{code:02x}"));
            put(at, 1, &format!("%25{code:02x}"));
            put(at, 1, &char::from_u32(code + 0xfee0).unwrap().to_string());
            put(at, 1, &letter.to_ascii_uppercase().to_string());
            put(at, 1, "");
        }
        spellings.insert(route.to_uppercase());
        spellings.insert(route.replacen("latest", "1.0", 1));
        spellings.insert(route.replacen("latest", "2016-01-02", 1));
        spellings.insert(route.trim_start_matches('/').to_owned());
        spellings.insert(format!("{route}/x"));
        spellings.insert(format!("{route}/?a=b&c"));
        for before in BEFORE {
            spellings.insert(format!("{before}{route}"));
        }
    }
    spellings
}

/// The route that a path still is: in letters of either case but for the version, and with one more
/// slash at its end. Written from the vendor's page, not from the table of the service.
fn route_of(path: &str) -> Option<&'static str> {
    let version_and_rest = |path: &str| {
        let (version, rest) = path.strip_prefix('/')?.split_once('/')?;
        let rest = rest.strip_suffix('/').unwrap_or(rest).to_ascii_lowercase();
        (!rest.is_empty()).then(|| (version.to_owned(), rest))
    };
    let asked = version_and_rest(path)?;
    // Beside the routes, what can be named by leaving a letter out is not there.
    ROUTES.into_iter().find(|route| version_and_rest(route).as_ref() == Some(&asked))
}

/// The path that a target on the wire names, which may have a host before it and something behind
/// it that names nothing; `None` where it is not well formed.
fn path_of(target: &str) -> Option<&str> {
    if target.contains(|letter: char| letter <= ' ') {
        return None;
    }
    let (scheme, rest) = target.split_once("://").unwrap_or_default();
    let hosted = ["http", "https"].contains(&&*scheme.to_ascii_lowercase());
    let path = rest.strip_prefix("127.0.0.1").filter(|path| hosted && path.starts_with('/'));
    let path = path.unwrap_or(target);
    path.split(['?', '#']).next()
}

/// Not through [`RequestHead::decode`], which refuses some of them: the service stands by itself.
fn head(path: &str) -> RequestHead {
    RequestHead {
        method: "GET".into(),
        host: "100.100.100.200".into(),
        path: path.into(),
        query: Vec::new(),
        headers: Vec::new(),
    }
}

/// A world in which all routes answer, and their answers.
fn world() -> (World, BTreeMap<&'static str, String>) {
    let world = World::new();
    world.change(|instance| instance.user_data = crate::support::user_data("Y2FuYXJ5"));
    let answers = ROUTES.map(|route| (route, world.item(route)));
    (world, answers.into())
}

#[test]
fn only_what_is_a_route_still_answers() {
    let (world, answers) = world();
    let spellings = spellings();
    assert!(spellings.len() > 3_500, "{}", spellings.len());
    let mut same = 0;
    for spelling in &spellings {
        let answer = world.ask_head(head(spelling));
        if let Some(route) = route_of(spelling) {
            assert_eq!((answer.status, &answer.body), (200, &answers[route]), "{spelling:?}");
            same += 1;
        } else {
            assert_eq!(answer.status, 404, "{spelling:?}: {answer:?}");
        }
    }
    assert!(same > 150, "{same}");
}

/// The same on the wire, where targets have other forms, and other parsers look at them first.
#[test]
fn only_what_is_a_route_still_answers_on_the_wire() {
    let (world, _) = world();
    let id = InstanceId::parse(INSTANCE).unwrap();
    let listening = world.listen(&id, "127.0.0.1:0".parse().unwrap());
    let ask = |target: &str| {
        let mut stream = TcpStream::connect(listening.address).unwrap();
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        // What is refused at its first line may be closed before its end is sent.
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    };
    let body = |answer: &str| answer.split_once("\r\n\r\n").unwrap().1.to_owned();
    let answers: BTreeMap<_, _> = ROUTES.map(|route| (route, body(&ask(route)))).into();
    let mut same = 0;
    for spelling in spellings() {
        let answer = ask(&spelling);
        let path = path_of(&spelling);
        if let Some(route) = path.and_then(route_of) {
            assert!(answer.starts_with("HTTP/1.1 200 "), "{spelling:?}: {answer}");
            assert_eq!(body(&answer), answers[route], "{spelling:?}");
            same += 1;
        } else {
            let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
            // Where a question mark makes the rest no part of the path, it may be that of a list.
            let listed = path.is_some_and(|path| path != spelling);
            assert!(refused || listed, "{spelling:?}: {answer}");
            assert!(answers.values().all(|secret| !answer.contains(secret)), "{spelling:?}");
        }
    }
    assert!(same > 150, "{same}");
}

/// The query names nothing, and a token in it opens nothing.
#[test]
fn the_query_takes_no_part() {
    let world = World::new();
    let token = world.token("60");
    let item = "/latest/meta-data/instance-id";
    assert_eq!(world.get(&format!("{item}?path=/latest/user-data")).status, 200);
    world.change(|instance| instance.metadata_options.tokens_required = true);
    assert_eq!(world.get(&format!("{item}?{TOKEN}={token}")).status, 403);
    assert_eq!(world.ask("GET", item, &[("authorization", &token)]).status, 403);
    assert_eq!(world.ask("GET", item, &[("cookie", &format!("{TOKEN}={token}"))]).status, 403);
}
