//! Objects that were read lately, decoded, and the bytes of short ones, within a bound.
//!
//! As with buckets nothing grows old here. A record is used while the store still has the revision
//! that it was read of, and the bytes are kept with the record that names them: a blob's bytes
//! never change.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::ops::{Deref, Range};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use rolecall_store::{Look, Reader, Revision};

use super::Span;
use crate::error::ObjectError;
use crate::record::{BucketId, Object};
use crate::text::ObjectKey;

/// How many sets objects are spread over by their names. Who is looked for is in one of them.
const SETS: usize = 512;

/// The most that the objects of a set take, in bytes: 32 MiB for all, half of what the index may
/// hold of its file.
const SET_BYTES: usize = 64 * 1024;

/// The most objects of a set, all of which are looked through.
const SET_OBJECTS: usize = 16;

/// The longest object whose bytes are kept with it, in bytes.
const LENGTH_MAX: u64 = 16 * 1024;

/// What a record takes at the least, in bytes, and what each of its pieces does: estimates.
const RECORD_BYTES: usize = 1024;
const PIECE_BYTES: usize = 128;

/// An object as one revision of the store has it. A clone is the same.
#[derive(Debug, Clone)]
pub(crate) struct KnownObject(Arc<Content>);

#[derive(Debug)]
struct Content {
    object: Object,
    span: Span,
    /// All of its bytes, if they were read and are few.
    bytes: OnceLock<Bytes>,
}

impl KnownObject {
    /// An object that is not kept.
    pub(crate) fn once(object: Object) -> Self {
        Self::new(object, Span::new(Revision::ZERO, Revision::ZERO))
    }

    fn new(object: Object, span: Span) -> Self {
        Self(Arc::new(Content { object, span, bytes: OnceLock::new() }))
    }

    /// The bytes of a range that lies within it, where they are kept.
    pub(crate) fn bytes(&self, range: &Range<u64>) -> Option<Bytes> {
        let bytes = self.0.bytes.get()?;
        let bound = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
        Some(bytes.slice(bound(range.start)..bound(range.end)))
    }

    /// Keeps its bytes, if these are all of them and few. Those of an encrypted object stay
    /// encrypted.
    pub(crate) fn keep(&self, bytes: &Bytes) {
        let all = u64::try_from(bytes.len()) == Ok(self.size);
        if all && self.has_room() {
            // Whoever was faster has kept the same.
            let _ = self.0.bytes.set(bytes.clone());
        }
    }

    fn has_room(&self) -> bool {
        self.size <= LENGTH_MAX && self.encryption.is_none()
    }

    fn is(&self, bucket: &BucketId, key: &ObjectKey) -> bool {
        self.key == *key && self.bucket == *bucket
    }

    /// What it takes with its bytes, or will, in bytes.
    fn weight(&self) -> usize {
        let metadata =
            self.metadata.iter().flat_map(|(name, it)| [name.len(), it.as_bytes().len()]);
        let tags = self.tags.iter().flat_map(|(name, value)| [name.len(), value.len()]);
        let texts = metadata.chain(tags).chain([self.key.as_str().len()]);
        let pieces = self.pieces.len().saturating_mul(PIECE_BYTES);
        let bytes = self.has_room().then(|| usize::try_from(self.size).unwrap_or(usize::MAX));
        texts.chain([pieces]).chain(bytes).fold(RECORD_BYTES, usize::saturating_add)
    }
}

impl Deref for KnownObject {
    type Target = Object;

    fn deref(&self) -> &Object {
        &self.0.object
    }
}

/// The objects that are kept.
pub(crate) struct KnownObjects {
    sets: Vec<Set>,
    hasher: RandomState,
}

/// Objects in the order in which they were last asked for.
type Set = Mutex<Vec<KnownObject>>;

impl Default for KnownObjects {
    fn default() -> Self {
        let sets = (0..SETS).map(|_| Set::default()).collect();
        Self { sets, hasher: RandomState::new() }
    }
}

impl KnownObjects {
    /// The object of a key, if there is one.
    pub(crate) async fn get(
        &self,
        reader: &Reader,
        bucket: &BucketId,
        key: &ObjectKey,
    ) -> Result<Option<KnownObject>, ObjectError> {
        let state = reader.revision();
        let kept = self.find(bucket, key);
        if let Some(kept) = kept.as_ref().filter(|kept| kept.0.span.has(state)) {
            return Ok(Some(kept.clone()));
        }
        let known = kept.as_ref().map(|kept| kept.0.span.wrote);
        let look = reader.look(&[bucket.as_str(), key.as_str()], known).await?;
        Ok(match (look, kept) {
            (Look::Same, Some(kept)) => {
                kept.0.span.reach(state);
                Some(kept)
            }
            (Look::Other(wrote, object), _) => {
                let known = KnownObject::new(object, Span::new(wrote, state));
                self.put(known.clone());
                Some(known)
            }
            // What is not known cannot be the same.
            (Look::Absent | Look::Same, _) => {
                self.remove(bucket, key);
                None
            }
        })
    }

    fn remove(&self, bucket: &BucketId, key: &ObjectKey) {
        if let Some(mut set) = self.set(bucket, key) {
            set.retain(|kept| !kept.is(bucket, key));
        }
    }

    fn find(&self, bucket: &BucketId, key: &ObjectKey) -> Option<KnownObject> {
        let mut set = self.set(bucket, key)?;
        let place = set.iter().position(|kept| kept.is(bucket, key))?;
        let found = set.remove(place);
        set.push(found.clone());
        Some(found)
    }

    /// Keeps an object in the place of what is kept of its key, and of what was asked for longest
    /// ago.
    fn put(&self, object: KnownObject) {
        let weight = object.weight();
        if weight > SET_BYTES {
            return;
        }
        let Some(mut set) = self.set(&object.bucket, &object.key) else { return };
        set.retain(|kept| !kept.is(&object.bucket, &object.key));
        let mut room = SET_BYTES.saturating_sub(weight);
        let mut stays = 0_usize;
        for kept in set.iter().rev().take(SET_OBJECTS.saturating_sub(1)) {
            let Some(rest) = room.checked_sub(kept.weight()) else { break };
            (room, stays) = (rest, stays.saturating_add(1));
        }
        let goes = set.len().saturating_sub(stays);
        set.drain(..goes);
        set.push(object);
    }

    fn set(&self, bucket: &BucketId, key: &ObjectKey) -> Option<MutexGuard<'_, Vec<KnownObject>>> {
        let hash = self.hasher.hash_one((bucket.as_str(), key.as_str()));
        let place = usize::try_from(hash % SETS as u64).ok()?;
        // A set is whole after each step, whatever panicked.
        Some(self.sets.get(place)?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for KnownObjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownObjects").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use rolecall_types::{SeededRandom, Timestamp};

    use super::*;
    use crate::record::StorageClass;
    use crate::record::{Attributes, Content, ContentHeaders, Encryption, ObjectAcl, ObjectKind};

    fn object(key: &str, size: usize, encryption: Option<Encryption>) -> Object {
        let bucket = BucketId::generate(&SeededRandom::new(7));
        let attributes = Attributes {
            storage_class: StorageClass::Standard,
            acl: ObjectAcl::Default,
            headers: ContentHeaders::default(),
            metadata: Vec::new(),
            tags: Vec::new(),
            encryption,
        };
        let content = Content {
            pieces: Vec::new(),
            size: u64::try_from(size).unwrap(),
            etag: String::new(),
            crc64: 0,
            kind: ObjectKind::Normal,
        };
        let key = ObjectKey::new(key).unwrap();
        Object::new(&bucket, key, attributes, content, Timestamp::UNIX_EPOCH)
    }

    fn known(key: &str, size: usize) -> KnownObject {
        KnownObject::new(object(key, size, None), Span::new(Revision::new(3), Revision::new(5)))
    }

    #[test]
    fn a_record_is_that_of_the_states_in_which_it_was_seen() {
        let known = known("k", 1);
        let states: Vec<u64> = (0..9).filter(|it| known.0.span.has(Revision::new(*it))).collect();
        assert_eq!(states, [3, 4, 5]);
        known.0.span.reach(Revision::new(7));
        assert!(known.0.span.has(Revision::new(7)) && !known.0.span.has(Revision::new(8)));
        assert!(!KnownObject::once(object("k", 1, None)).0.span.has(Revision::new(1)));
    }

    #[test]
    fn only_all_the_bytes_of_a_short_plain_object_are_kept() {
        let kept = |size: usize, read: usize, encryption| {
            let known = KnownObject::once(object("k", size, encryption));
            known.keep(&Bytes::from(vec![b'x'; read]));
            known.bytes(&(0..known.size)).is_some()
        };
        assert!(kept(16 * 1024, 16 * 1024, None));
        assert!(!kept(16 * 1024 + 1, 16 * 1024 + 1, None));
        assert!(!kept(5, 4, None));
        assert!(!kept(5, 5, Some(Encryption::Aes256)));
    }

    #[test]
    fn a_range_of_what_is_kept() {
        let known = known("k", 5);
        assert_eq!(known.bytes(&(0..5)), None);
        known.keep(&Bytes::from_static(b"hello"));
        assert_eq!(known.bytes(&(1..3)).unwrap(), b"el"[..]);
        assert_eq!(known.bytes(&(0..5)).unwrap(), b"hello"[..]);
    }

    #[test]
    fn what_is_kept_has_a_bound_and_is_what_was_asked_for_last() {
        let objects = KnownObjects::default();
        let (bucket, hot) = (known("hot", 0).bucket.clone(), ObjectKey::new("hot").unwrap());
        objects.put(known("hot", 16 * 1024));
        for number in 0..20_000 {
            objects.put(known(&format!("k{number}"), number % 20_000));
            assert!(objects.find(&bucket, &hot).is_some(), "after {number}");
        }
        for set in &objects.sets {
            let set = set.lock().unwrap();
            assert!(set.len() <= SET_OBJECTS);
            assert!(set.iter().map(KnownObject::weight).sum::<usize>() <= SET_BYTES);
        }
        let kept = (0..20_000).filter(|number| {
            objects.find(&bucket, &ObjectKey::new(&format!("k{number}")).unwrap()).is_some()
        });
        assert!(kept.count() > 500);
        objects.remove(&bucket, &hot);
        assert!(objects.find(&bucket, &hot).is_none());
    }
}
