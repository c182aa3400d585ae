//! Spellings of paths (V03): only the exact routes answer, whatever a parser elsewhere makes of the
//! others.

use std::collections::BTreeSet;

use rolecall_crypto::RequestHead;

use crate::support::{TOKEN, World};

/// The routes that hold what must not leak.
const ROUTES: [&str; 6] = [
    "/latest/meta-data/ram/security-credentials/Web",
    "/latest/meta-data/ram/security-credentials/",
    "/2016-01-01/meta-data/ram/security-credentials/Web",
    "/latest/user-data",
    "/latest/meta-data/instance-id",
    "/2016-01-01/meta-data/network/interfaces/macs/00:16:3e:00:00:09/vpc-id",
];

/// What is put in, before or behind a slash or a letter.
const INSERTED: [&str; 34] = [
    "/", "//", "/.", "/./", "/..", "/../", "/.;/", "/..;/", ";", ";x", ";x=y", "%2f", "%2F", "%5c",
    "%252f", "%2e", "%2e%2e/", "%00", "\0", "\\", " ", "%20", "\t", "%09", "\r\n", "%0d%0a", ".",
    "..", ".json", "*", "%c0%af", "\u{ff0f}", "\u{200b}", "@",
];

/// A path that is written in another way than a route.
fn spellings() -> BTreeSet<String> {
    let mut spellings = BTreeSet::new();
    for route in ROUTES {
        let places: Vec<usize> = route.match_indices('/').map(|(at, _)| at).collect();
        for inserted in INSERTED {
            for at in &places {
                for at in [*at, at + 1] {
                    let mut spelling = route.to_owned();
                    spelling.insert_str(at, inserted);
                    spellings.insert(spelling);
                }
            }
            spellings.insert(format!("{route}{inserted}"));
            spellings.insert(format!("{inserted}{route}"));
        }
        // Each byte as an escape.
        for (at, letter) in route.char_indices() {
            let mut spelling = route.to_owned();
            spelling
                .replace_range(at..at + letter.len_utf8(), &format!("%{:02x}", u32::from(letter)));
            spellings.insert(spelling);
        }
        spellings.insert(route.replacen("latest", "LATEST", 1));
        spellings.insert(route.replacen("latest", "Latest", 1));
        spellings.insert(route.replacen("latest", "1.0", 1));
        spellings.insert(route.replacen("latest", "2016-01-02", 1));
        spellings.insert(route.trim_start_matches('/').to_owned());
        for prefix in
            ["http:", "http://100.100.100.200", "/http://100.100.100.200", "/proxy", "file://"]
        {
            spellings.insert(format!("{prefix}{route}"));
        }
    }
    // One slash at the end makes no difference by design.
    for route in ROUTES {
        spellings.remove(route);
        spellings.remove(&format!("{route}/"));
    }
    spellings
}

/// Not through [`RequestHead::decode`], which refuses some of them: the service stands by itself.
fn head(path: &str) -> RequestHead {
    RequestHead {
        method: "GET".to_owned(),
        host: "100.100.100.200".to_owned(),
        path: path.to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
    }
}

#[test]
fn the_routes_answer() {
    let world = World::new();
    world.change(|instance| instance.user_data = crate::support::user_data("Y2FuYXJ5"));
    for route in ROUTES {
        assert_eq!(world.ask_head(head(route)).status, 200, "{route}");
    }
}

#[test]
fn no_other_spelling_answers() {
    let world = World::new();
    world.change(|instance| instance.user_data = crate::support::user_data("Y2FuYXJ5"));
    let spellings = spellings();
    assert!(spellings.len() > 2_000, "{}", spellings.len());
    for spelling in &spellings {
        let answer = world.ask_head(head(spelling));
        assert_eq!(answer.status, 404, "{spelling:?}: {answer:?}");
    }
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
