//! Names: resource names, and the keys of the store.

use bytes::Bytes;
use rolecall_store::{Key, KeyRange};
use rolecall_types::Arn;

/// A text that is a resource name is printed as it was read, its parts are what stands between the
/// first colons, and JSON changes nothing.
pub fn arn(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(arn) = Arn::parse(text) else {
        assert!(!text.starts_with("acs:") || text.matches(':').count() < 4, "{text:?}");
        return;
    };
    assert_eq!(arn.to_string(), text);
    for part in [&arn.service, &arn.region, &arn.account] {
        assert!(!part.contains(':'), "{text:?}");
    }
    let again: Option<Arn> = serde_json::to_value(&arn).and_then(serde_json::from_value).ok();
    assert_eq!(again, Some(arn));
}

/// The encoding of keys can be undone, and keeps the order of their parts. The input is both an
/// encoding and, cut at line feeds, parts; an empty line parts two keys.
pub fn store_key(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    if let Some(key) = Key::from_bytes(bytes.clone()) {
        assert_eq!(Key::new(&key.table(), &key.parts()), key);
        assert_eq!(key.as_bytes(), &bytes);
    }
    let mut keys = data.split(|byte| *byte == b'\n').map(<[u8]>::to_vec);
    let left: Vec<Vec<u8>> = keys.by_ref().take_while(|part| !part.is_empty()).collect();
    let right: Vec<Vec<u8>> = keys.collect();
    let (one, two) = (Key::new("t", &left), Key::new("t", &right));
    for (key, parts) in [(&one, &left), (&two, &right)] {
        assert_eq!(Key::from_bytes(key.as_bytes().clone()).as_ref(), Some(key));
        assert_eq!((key.table().as_str(), &key.parts()), ("t", parts));
        for depth in 0..=parts.len() {
            let leading = parts.get(..depth).unwrap_or_default();
            assert!(KeyRange::under("t", leading).contains(key), "{key} is not under itself");
        }
    }
    assert_eq!(one.cmp(&two), left.cmp(&right), "{one} and {two}");
    assert_eq!(KeyRange::under("t", &left).contains(&two), right.starts_with(&left));
}
