use super::*;

/// Parts that try the encoding: empty, zeros, ends, escapes, and their neighbours.
const PARTS: [&[u8]; 14] = [
    b"",
    b"\x00",
    b"\x00\x00",
    b"\x00\x01",
    b"\x00\xff",
    b"\x01",
    b"a",
    b"a\x00",
    b"a\x00\x01b",
    b"a\x01",
    b"ab",
    b"b",
    b"\xfe",
    b"\xff\xff",
];

fn keys() -> Vec<Vec<Vec<u8>>> {
    let mut keys = vec![vec![]];
    for first in PARTS {
        keys.push(vec![first.to_vec()]);
        for second in PARTS {
            keys.push(vec![first.to_vec(), second.to_vec()]);
        }
    }
    keys
}

fn check(parts: &[Vec<u8>]) -> Key {
    let key = Key::new("t", parts);
    assert_eq!(key.table(), "t");
    assert_eq!(key.parts(), parts);
    assert_eq!(Key::from_bytes(key.as_bytes().clone()).as_ref(), Some(&key));
    key
}

#[test]
fn keys_sort_as_their_parts_do() {
    let mut parts = keys();
    parts.sort();
    let encoded: Vec<Key> = parts.iter().map(|parts| check(parts)).collect();
    assert!(encoded.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn a_range_holds_what_begins_with_its_parts() {
    let keys = keys();
    for leading in &keys {
        let range = KeyRange::under("t", leading);
        for parts in &keys {
            let within = parts.starts_with(leading);
            assert_eq!(range.contains(&check(parts)), within, "{leading:?} {parts:?}");
        }
        assert!(!range.contains(&Key::new("ta", leading)));
        assert!(KeyRange::all().contains(&check(leading)));
    }
}

#[test]
fn a_range_holds_what_begins_with_a_piece_of_a_part() {
    let keys = keys();
    for beginning in PARTS {
        let range = KeyRange::beginning("t", &["a"], beginning);
        for parts in &keys {
            let within = match parts.as_slice() {
                [first] => first == b"a" && beginning.is_empty(),
                [first, next] => first == b"a" && next.starts_with(beginning),
                _ => false,
            };
            assert_eq!(range.contains(&check(parts)), within, "{beginning:?} {parts:?}");
        }
    }
}

#[test]
fn a_range_can_be_cut_at_any_key() {
    let all = keys();
    let range = KeyRange::under("t", &["a"]);
    for cut in &all {
        let cut = check(cut);
        for parts in &all {
            let key = check(parts);
            let within = range.contains(&key);
            assert_eq!(range.after(&cut).contains(&key), within && key > cut);
            assert_eq!(range.through(&cut).contains(&key), within && key <= cut);
        }
    }
}

#[test]
fn what_is_no_key_is_refused() {
    for bytes in [&b""[..], b"t", b"t\x00", b"t\x00\x02", b"t\x00\x01a", b"\xff\x00\x01"] {
        assert_eq!(Key::from_bytes(Bytes::from_static(bytes)), None, "{bytes:?}");
    }
}

#[test]
fn a_key_shows_on_one_line() {
    let shown = Key::new("role", &["1/2", "a\nb", "ü"]).to_string();
    assert_eq!(shown, r"role/1\x2f2/a\nb/\xc3\xbc");
}
