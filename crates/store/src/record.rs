//! Typed tables: a record is JSON with a schema version, packed where its type says so.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::key::KEY_LENGTH_MAX;
use crate::packed::{pack, unpack};
use crate::{Key, StoreError};

/// Longest record as JSON, in bytes: what etcd takes in one request by default (1.5 MiB), less room
/// for the seal and for the other writes of a transaction.
pub const RECORD_LENGTH_MAX: usize = 1024 * 1024;

/// A type that is kept in a table of its own. Stored as `{"v":VERSION,"r":RECORD}`.
pub trait Record: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The table; names are unique among all records of the program, and never change.
    const TABLE: &'static str;
    /// The version of the type's shape. Raise it when old JSON would be misread, and write
    /// [`Record::upgrade`] in the same change.
    const VERSION: u32;
    /// Whether records are packed before they are sealed, which makes short ones a third as long.
    ///
    /// Only where a record holds no secret. A seal hides what it seals but not its length, and the
    /// length of what is packed says how much of it repeats something: who writes one part of a
    /// record, and sees the file, could guess at another part. May be changed at any time: both
    /// forms are read.
    const PACKED: bool = false;

    /// Turns the JSON of an older version into the JSON of this one; `None` if it cannot be.
    fn upgrade(version: u32, record: Value) -> Option<Value> {
        let _ = (version, record);
        None
    }
}

/// A record that names its own place, so that [`crate::Transaction::put`] needs no key.
pub trait Keyed: Record {
    /// Its place, in the table of this type.
    fn key(&self) -> Key;
}

/// A record as it will be sealed, with its place: who makes many for another task to put hands over
/// two allocations for each, however many the record itself has. `Debug` shows the place alone.
#[derive(Clone)]
pub struct Encoded {
    pub(crate) key: Key,
    pub(crate) plain: Bytes,
}

impl Encoded {
    /// Encodes a record for the place that it names; [`StoreError::TooLarge`] where place or JSON
    /// is too long.
    pub fn of<T: Keyed>(record: &T) -> Result<Self, StoreError> {
        Self::at(record.key(), record)
    }

    pub(crate) fn at<T: Record>(key: Key, record: &T) -> Result<Self, StoreError> {
        debug_assert!(key.is_of::<T>(), "{key:?} is not in the table {}", T::TABLE);
        let bytes = key.as_bytes().len();
        if bytes > KEY_LENGTH_MAX {
            let key = key.to_string();
            return Err(StoreError::TooLarge { key, bytes, limit: KEY_LENGTH_MAX });
        }
        let plain = encode(&key, record)?;
        Ok(Self { key, plain })
    }
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoded").field("key", &self.key).finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct EnvelopeRef<'a, T> {
    v: u32,
    r: &'a T,
}

#[derive(Deserialize)]
struct Envelope<T> {
    v: u32,
    r: T,
}

#[derive(Deserialize)]
struct VersionOnly {
    v: u32,
}

/// What is sealed of a record: its JSON, or that packed.
pub(crate) fn encode<T: Record>(key: &Key, record: &T) -> Result<Bytes, StoreError> {
    let json = serde_json::to_vec(&EnvelopeRef { v: T::VERSION, r: record })
        .map_err(|source| StoreError::Json { key: key.to_string(), source: Arc::new(source) })?;
    if json.len() > RECORD_LENGTH_MAX {
        let (key, bytes) = (key.to_string(), json.len());
        return Err(StoreError::TooLarge { key, bytes, limit: RECORD_LENGTH_MAX });
    }
    Ok(if T::PACKED { pack(key, json) } else { json.into() })
}

/// The record in what was sealed.
pub(crate) fn decode<T: Record>(key: &Key, plain: &[u8]) -> Result<T, StoreError> {
    let refused = |source| StoreError::Json { key: key.to_string(), source: Arc::new(source) };
    let json = &*unpack(key, plain)?;
    let current = serde_json::from_slice::<Envelope<T>>(json);
    if let Ok(Envelope { v, r }) = current
        && v == T::VERSION
    {
        return Ok(r);
    }
    let VersionOnly { v: found } = serde_json::from_slice(json).map_err(refused)?;
    if found > T::VERSION {
        return Err(StoreError::Newer { key: key.to_string(), found, known: T::VERSION });
    }
    let Envelope { r: old, .. } =
        serde_json::from_slice::<Envelope<Value>>(json).map_err(refused)?;
    let current = if found == T::VERSION { Some(old) } else { T::upgrade(found, old) };
    let current = current.ok_or_else(|| {
        let reason = format!("schema version {found} cannot be brought to {}", T::VERSION);
        StoreError::damaged(key.to_string(), reason)
    })?;
    serde_json::from_value(current).map_err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Role {
        name: String,
        hours: u32,
    }

    impl Record for Role {
        const TABLE: &'static str = "role";
        const VERSION: u32 = 2;

        fn upgrade(version: u32, mut record: Value) -> Option<Value> {
            (version == 1).then(|| {
                record["hours"] = Value::from(1);
                record
            })
        }
    }

    fn check(json: &str) -> Result<Role, String> {
        decode(&Key::of::<Role>(&["web"]), json.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_record_is_json_with_its_version() {
        let role = Role { name: "web".to_owned(), hours: 3 };
        let json = encode(&Key::of::<Role>(&["web"]), &role).unwrap();
        assert_eq!(json, r#"{"v":2,"r":{"name":"web","hours":3}}"#);
        assert_eq!(check(std::str::from_utf8(&json).unwrap()), Ok(role));
    }

    #[test]
    fn old_is_upgraded_and_new_refused() {
        let upgraded = Role { name: "web".to_owned(), hours: 1 };
        assert_eq!(check(r#"{"v":1,"r":{"name":"web"}}"#), Ok(upgraded));
        for (json, message) in [
            (r#"{"v":0,"r":{"name":"web"}}"#, "cannot be brought to 2"),
            (r#"{"v":3,"r":{"name":"web","hours":1}}"#, "version 3 is newer than 2"),
            (r#"{"v":2,"r":{"name":"web"}}"#, "convert `role/web`"),
            ("{", "convert `role/web`"),
        ] {
            let error = check(json).unwrap_err();
            assert!(error.contains(message), "{json}: {error}");
        }
    }

    #[test]
    fn a_record_has_a_greatest_length() {
        let key = Key::of::<Role>(&["web"]);
        let role = |length| Role { name: "x".repeat(length), hours: 1 };
        let frame = encode(&key, &role(0)).unwrap().len();
        assert!(encode(&key, &role(RECORD_LENGTH_MAX - frame)).is_ok());
        let error = encode(&key, &role(RECORD_LENGTH_MAX - frame + 1)).unwrap_err();
        assert!(matches!(error, StoreError::TooLarge { bytes, .. } if bytes == 1024 * 1024 + 1));
    }
}
