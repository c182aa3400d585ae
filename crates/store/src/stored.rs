//! A record as the embedded backends keep it.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::backend::Entry;
use crate::{Key, Revision};

/// A key, its sealed value, and the revision that wrote it, in one piece of memory: of several,
/// each would have a header, and there are millions. Compared by the key alone.
///
/// The revision, 8 bytes, and the key's length, 4 bytes, stand before the key and the value.
#[derive(Clone)]
pub(crate) struct Stored(Arc<[u8]>);

const REVISION: usize = size_of::<u64>();
const HEADER: usize = REVISION + size_of::<u32>();

impl Stored {
    pub(crate) fn new(key: &Key, revision: Revision, value: &[u8]) -> Self {
        let key = key.as_bytes();
        // No file and no request has a key of 4 GiB; a wrong length would be found as damage.
        let length = u32::try_from(key.len()).unwrap_or(u32::MAX);
        let revision = revision.number().to_be_bytes();
        Self([&revision[..], &length.to_be_bytes(), key, value].concat().into())
    }

    pub(crate) fn revision(&self) -> Revision {
        Revision::new(self.0.first_chunk().map_or(0, |number| u64::from_be_bytes(*number)))
    }

    /// The encoded key.
    pub(crate) fn key(&self) -> &[u8] {
        self.parts().0
    }

    pub(crate) fn value(&self) -> &[u8] {
        self.parts().1
    }

    pub(crate) fn entry(&self) -> Entry {
        let (key, value) = self.parts();
        let key = Key::of_encoded(Bytes::copy_from_slice(key));
        Entry { key, value: Bytes::copy_from_slice(value), revision: self.revision() }
    }

    fn parts(&self) -> (&[u8], &[u8]) {
        let (header, rest) = self.0.split_at_checked(HEADER).unwrap_or_default();
        let length = header.last_chunk().map_or(0, |length| u32::from_be_bytes(*length));
        rest.split_at_checked(usize::try_from(length).unwrap_or(usize::MAX)).unwrap_or_default()
    }
}

impl Borrow<[u8]> for Stored {
    fn borrow(&self) -> &[u8] {
        self.key()
    }
}

impl PartialEq for Stored {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Stored {}

impl PartialOrd for Stored {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Stored {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(other.key())
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stored({} at {})", self.entry().key, self.revision())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_was_given() {
        for (part, value) in [("web", &b"sealed"[..]), ("", b""), ("a\0b", b"\0\x01")] {
            let key = Key::new("role", &[part]);
            let stored = Stored::new(&key, Revision::new(7), value);
            let value = Bytes::copy_from_slice(value);
            assert_eq!(stored.entry(), Entry { key, value, revision: Revision::new(7) });
        }
    }

    #[test]
    fn only_keys_are_compared() {
        let stored = |part, revision, value: &[u8]| {
            Stored::new(&Key::new("role", &[part]), Revision::new(revision), value)
        };
        assert_eq!(stored("a", 1, b"x"), stored("a", 2, b"y"));
        assert!(stored("a", 9, b"z") < stored("ab", 1, b"a"));
    }
}
