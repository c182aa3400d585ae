//! Records in a third of their length: LZ4 against words that many records repeat, and against the
//! record's own key, whose parts stand in most records again.
//!
//! Packing lies between the JSON and the seal. A record's schema is still JSON's, whatever it was
//! packed with; a list of words never changes, because records in the file were packed with it: a
//! better one gets the next number, and the earlier ones stay for reading.

use std::borrow::Cow;

use bytes::Bytes;
use lz4_flex::block;

use crate::key::KEY_LENGTH_MAX;
use crate::record::RECORD_LENGTH_MAX;
use crate::{Key, StoreError};

/// The first byte of a record that was packed with [`WORDS`]. JSON begins with a brace.
const FIRST_WORDS: u8 = 1;
/// What may be repeated, the shapes of records and of documents in them, parted by line breaks.
const WORDS: &str = include_str!("packed/words.txt");

// LZ4 looks back no further than this.
const _: () = assert!(WORDS.len() + KEY_LENGTH_MAX < 60 * 1024);

/// The JSON of a record, packed where that is shorter: the number of the words, the length of the
/// JSON in 4 bytes, the lowest first, and a block of LZ4.
pub(crate) fn pack(key: &Key, json: Vec<u8>) -> Bytes {
    let packed = block::compress_prepend_size_with_dict(&json, &words(key));
    if packed.len().saturating_add(1) >= json.len() {
        return json.into();
    }
    [&[FIRST_WORDS], &*packed].concat().into()
}

/// The JSON of a record that may have been packed.
pub(crate) fn unpack<'a>(key: &Key, record: &'a [u8]) -> Result<Cow<'a, [u8]>, StoreError> {
    let damaged = |reason: &str| StoreError::damaged(key.to_string(), reason);
    match record {
        [FIRST_WORDS, packed @ ..] => {
            let (length, _) = block::uncompressed_size(packed).map_err(|_| damaged("it is cut"))?;
            if length > RECORD_LENGTH_MAX {
                return Err(damaged("it is packed, and too long"));
            }
            block::decompress_size_prepended_with_dict(packed, &words(key))
                .map(Cow::Owned)
                .map_err(|_| damaged("it cannot be unpacked"))
        }
        [b'{', ..] | [] => Ok(Cow::Borrowed(record)),
        _ => Err(damaged("it is packed in a way that is not known here")),
    }
}

fn words(key: &Key) -> Vec<u8> {
    [WORDS.as_bytes(), key.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = concat!(
        r#"{"v":1,"r":{"account":"1000000000000001","name":"web","id":"312345678901234567","#,
        r#""trust_policy":"{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"#,
        r#"\"sts:AssumeRole\",\"Principal\":{\"Service\":[\"ecs.aliyuncs.com\"]}}]}","#,
        r#""description":"Serves the shop.","max_session_seconds":3600,"#,
        r#""allow_console_login":true,"tags":[],"created_at":"2026-11-24T10:11:12Z","#,
        r#""updated_at":"2026-11-24T10:11:12Z"}}"#,
    );

    fn key() -> Key {
        Key::new("ram-role", &["1000000000000001", "web"])
    }

    fn check(record: &[u8]) -> Result<String, String> {
        let json = unpack(&key(), record).map_err(|error| error.to_string())?;
        Ok(String::from_utf8_lossy(&json).into_owned())
    }

    #[test]
    fn what_is_packed_is_a_third_as_long_and_comes_back() {
        let packed = pack(&key(), JSON.into());
        assert!(packed.len() * 3 < JSON.len(), "{} of {}", packed.len(), JSON.len());
        assert_eq!(check(&packed), Ok(JSON.to_owned()));
    }

    #[test]
    fn what_repeats_nothing_is_left_as_it_is() {
        let odd = r#"{"q":0123456789}"#;
        assert_eq!(pack(&key(), odd.into()), odd);
        assert_eq!(check(odd.as_bytes()), Ok(odd.to_owned()));
    }

    #[test]
    fn the_longest_record_comes_back() {
        for unit in ["x", JSON, "0a1b2c3d4e5f"] {
            let long = format!("{{{}", unit.repeat(RECORD_LENGTH_MAX / unit.len() - 1));
            assert_eq!(check(&pack(&key(), long.clone().into())), Ok(long));
        }
    }

    #[test]
    fn what_cannot_be_unpacked_is_damaged() {
        let packed = pack(&key(), JSON.into());
        let mut long = packed.to_vec();
        long[1..5].copy_from_slice(&u32::MAX.to_le_bytes());
        for (record, reason) in [
            (&packed[..4], "it is cut"),
            (&packed[..packed.len() - 1], "it cannot be unpacked"),
            (&long, "it is packed, and too long"),
            (b"\x02{}", "in a way that is not known"),
            (b"[]", "in a way that is not known"),
        ] {
            let error = check(record).unwrap_err();
            assert!(error.contains("ram-role/1000000000000001/web"), "{error}");
            assert!(error.contains(reason), "{reason}: {error}");
        }
    }

    /// Files hold records that were packed with these words: who changes them loses those records.
    #[test]
    fn the_first_words_stay_as_they_are() {
        let mut hash = rolecall_crypto::BodyHash::new();
        hash.update(WORDS.as_bytes());
        assert_eq!(
            hash.finish(),
            "c97903922e1cadb70c9ec228792714755c07fb72519a5d8799ecc948df88eb94"
        );
    }
}
