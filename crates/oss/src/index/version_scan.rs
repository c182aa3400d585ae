//! The versions of a bucket's keys in one state of the index: two tables, read as one.

use std::cmp::Ordering;

use rolecall_store::{Key, KeyRange, Record, Transaction};

use super::versions::Versions;
use super::{BEYOND, Position, Scan};
use crate::error::ObjectError;
use crate::record::{BucketId, Object, Version, VersionId, newest_first};
use crate::text::ObjectKey;

/// The versions of a bucket in one state of the index, in the order of their keys' bytes, and of
/// each key the newest first.
pub(crate) struct VersionScan {
    transaction: Transaction,
    bucket: BucketId,
    /// The key whose newest version has been seen.
    seen: Option<ObjectKey>,
}

/// A version in a listing.
#[derive(Debug)]
pub(crate) struct Listed {
    /// The version.
    pub(crate) version: Version,
    /// Whether it is the newest of its key.
    pub(crate) is_latest: bool,
}

impl VersionScan {
    pub(super) fn new(transaction: Transaction, bucket: BucketId) -> Self {
        Self { transaction, bucket, seen: None }
    }

    /// The place behind a version of a key. One that is gone is not told from the others by its
    /// id if that is `null`: then the key begins anew.
    pub(crate) async fn behind(
        &mut self,
        key: &ObjectKey,
        id: &VersionId,
    ) -> Result<Position, ObjectError> {
        let mut versions =
            Versions { transaction: &mut self.transaction, bucket: &self.bucket, key };
        let ordinal = match id.ordinal() {
            Some(ordinal) => ordinal,
            None => match versions.find(Some(id)).await? {
                Some(version) => version.ordinal(),
                None => u64::MAX,
            },
        };
        let newest = versions.find(None).await?.map(|version| version.ordinal());
        if newest.is_some_and(|newest| newest >= ordinal) {
            self.seen = Some(key.clone());
        }
        Ok(Position::Within(key.clone(), ordinal))
    }

    /// At most `limit` current objects.
    async fn current(
        &mut self,
        prefix: &str,
        from: &Position,
        limit: usize,
    ) -> Result<Vec<Version>, ObjectError> {
        let range = from.range(Object::TABLE, &self.bucket, prefix);
        let found = self.transaction.scan_range::<Object>(range, limit).await?;
        let found = found.into_iter().map(|(_, object)| Version::Object(Box::new(object)));
        let Position::Within(key, ordinal) = from else { return Ok(found.collect()) };
        // The object has become the current one since the version of the place was deleted.
        let place = [self.bucket.as_str(), key.as_str()];
        let same = self.transaction.get::<Object>(&place).await?;
        let same = same.filter(|object| object.ordinal < *ordinal);
        Ok(same.map(|object| Version::Object(Box::new(object))).into_iter().chain(found).collect())
    }
}

impl Scan for VersionScan {
    type Entry = Listed;

    fn key(entry: &Listed) -> &str {
        entry.version.object_key().as_str()
    }

    fn behind(entry: &Listed) -> Position {
        Position::Within(entry.version.object_key().clone(), entry.version.ordinal())
    }

    async fn next(
        &mut self,
        prefix: &str,
        from: &Position,
        limit: usize,
    ) -> Result<Vec<Listed>, ObjectError> {
        let mut current = self.current(prefix, from, limit).await?.into_iter().peekable();
        let range = from.range(Version::TABLE, &self.bucket, prefix);
        let hidden = self.transaction.scan_range::<Version>(range, limit).await?;
        let mut hidden = hidden.into_iter().map(|(_, version)| version).peekable();
        let mut found = Vec::new();
        while found.len() < limit {
            let next = match (current.peek(), hidden.peek()) {
                // Of one key the current object is the newest.
                (Some(object), Some(other))
                    if object.object_key().cmp(other.object_key()) == Ordering::Greater =>
                {
                    hidden.next()
                }
                (Some(_), _) => current.next(),
                (None, _) => hidden.next(),
            };
            let Some(version) = next else { break };
            let key = version.object_key();
            let is_latest = self.seen.as_ref() != Some(key);
            self.seen = Some(key.clone());
            found.push(Listed { version, is_latest });
        }
        Ok(found)
    }
}

impl Position {
    /// What lies behind it in a table of a bucket, among the keys that begin with `prefix`.
    pub(super) fn range(&self, table: &str, bucket: &BucketId, prefix: &str) -> KeyRange {
        let bucket = bucket.as_str().as_bytes();
        let range = KeyRange::beginning(table, &[bucket], prefix.as_bytes());
        let beyond = |text: &str| {
            let mut beyond = text.as_bytes().to_vec();
            beyond.push(BEYOND);
            beyond
        };
        match self {
            Self::Start => range,
            // Behind the key, and behind all that lies under it.
            Self::After(key) => range.after(&Key::new(table, &[bucket, key.as_bytes(), &[BEYOND]])),
            Self::Beyond(beginning) => range.after(&Key::new(table, &[bucket, &beyond(beginning)])),
            Self::Within(key, ordinal) => {
                let newest_first = newest_first(*ordinal);
                let parts = [bucket, key.as_str().as_bytes(), newest_first.as_bytes()];
                range.after(&Key::new(table, &parts))
            }
        }
    }
}
