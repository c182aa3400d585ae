//! What a change of a key does to its versions, within the transaction that makes it.
//!
//! ```text
//! current object   oss-object    (bucket, key)                only if the newest version is one
//! all others       oss-version   (bucket, key, newest first)  older objects, all delete markers
//! ```
//!
//! Two things always hold: the current object is newer than everything beside it, and where a key
//! has no current object, its newest version is a delete marker or there is none.

use rolecall_store::{StoreError, Transaction};
use rolecall_types::{Random, Timestamp};

use crate::record::{
    BucketId, DeleteMarker, NullVersion, Object, Version, VersionId, Versioning, newest_first,
};
use crate::text::ObjectKey;

/// A key of a bucket in a transaction.
pub(super) struct Versions<'a> {
    pub(super) transaction: &'a mut Transaction,
    pub(super) bucket: &'a BucketId,
    pub(super) key: &'a ObjectKey,
}

/// What was deleted, and what is left of it.
#[derive(Debug, Default)]
pub(crate) struct Deleted {
    /// The delete marker that now stands for the key, or the version that was asked for.
    pub(crate) version: Option<VersionId>,
    /// Whether that is, or was, a delete marker.
    pub(crate) is_marker: bool,
    /// The object that is no more.
    pub(crate) gone: Option<Object>,
}

impl Versions<'_> {
    /// What a read gets: of a version's id that version, without one the newest.
    pub(super) async fn find(
        &mut self,
        version: Option<&VersionId>,
    ) -> Result<Option<Version>, StoreError> {
        let current = self.current().await?;
        match version {
            None => match current {
                Some(object) => Ok(Some(Version::Object(Box::new(object)))),
                None => self.newest_hidden().await,
            },
            Some(id) => match current.filter(|object| object.version == *id) {
                Some(object) => Ok(Some(Version::Object(Box::new(object)))),
                None => self.hidden(id).await,
            },
        }
    }

    /// Makes an object the current one, and returns the objects that are no more.
    pub(super) async fn put(
        &mut self,
        versioning: Option<Versioning>,
        mut object: Object,
        random: &dyn Random,
    ) -> Result<Put, StoreError> {
        let before = self.current().await?;
        let Some(versioning) = versioning else {
            self.transaction.put(&object)?;
            return Ok(Put { version: None, gone: before });
        };
        let room = self.make_room(versioning, before, random).await?;
        (object.version, object.ordinal) = (room.version.clone(), room.ordinal);
        self.transaction.put(&object)?;
        Ok(Put { version: Some(room.version), gone: room.gone })
    }

    /// Writes an object that is already there in its place.
    pub(super) async fn replace(&mut self, object: &Object) -> Result<(), StoreError> {
        let current = self.current().await?;
        if current.is_some_and(|current| current.version == object.version) {
            self.transaction.put(object)
        } else {
            self.transaction.put(&Version::Object(Box::new(object.clone())))
        }
    }

    /// Deletes the key: what was there is gone, or a delete marker stands before it.
    pub(super) async fn delete(
        &mut self,
        versioning: Option<Versioning>,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Deleted, StoreError> {
        let before = self.current().await?;
        if before.is_some() {
            self.transaction.delete::<Object>(&[self.bucket.as_str(), self.key.as_str()]);
        }
        let Some(versioning) = versioning else {
            return Ok(Deleted { gone: before, ..Deleted::default() });
        };
        let room = self.make_room(versioning, before, random).await?;
        let marker = DeleteMarker {
            bucket: self.bucket.clone(),
            key: self.key.clone(),
            version: room.version.clone(),
            ordinal: room.ordinal,
            modified: now,
        };
        self.hide(&Version::Marker(marker))?;
        Ok(Deleted { version: Some(room.version), is_marker: true, gone: room.gone })
    }

    /// Deletes one version for good. If it was the newest, the one before it becomes current.
    pub(super) async fn delete_version(&mut self, id: &VersionId) -> Result<Deleted, StoreError> {
        let deleted = Deleted { version: Some(id.clone()), ..Deleted::default() };
        let current = self.current().await?;
        let is_current = current.as_ref().is_some_and(|object| object.version == *id);
        let hidden = if is_current { None } else { self.hidden(id).await? };
        let gone = match (is_current, hidden) {
            (true, _) => {
                self.transaction.delete::<Object>(&[self.bucket.as_str(), self.key.as_str()]);
                current.map(|object| Version::Object(Box::new(object)))
            }
            (false, Some(version)) => {
                self.unhide(&version);
                Some(version)
            }
            (false, None) => return Ok(deleted),
        };
        if is_current || self.current().await?.is_none() {
            self.promote().await?;
        }
        Ok(match gone {
            Some(Version::Object(object)) => Deleted { gone: Some(*object), ..deleted },
            Some(Version::Marker(_)) => Deleted { is_marker: true, ..deleted },
            None => deleted,
        })
    }

    /// Whether a version is as it was seen, and may go by itself: an object that something newer
    /// stands before, or a delete marker that is all there is of its key.
    pub(super) async fn may_expire(&mut self, seen: &Version) -> Result<bool, StoreError> {
        let current = self.current().await?;
        let place = [self.bucket.as_str(), self.key.as_str()];
        let newest = self.transaction.scan::<Version>(&place, None, 2).await?;
        if self.hidden(seen.id()).await?.as_ref() != Some(seen) {
            return Ok(false);
        }
        let is_newest = newest.first().is_some_and(|(_, newest)| newest.id() == seen.id());
        Ok(match seen {
            Version::Object(_) => current.is_some() || !is_newest,
            Version::Marker(_) => current.is_none() && is_newest && newest.len() == 1,
        })
    }

    pub(super) async fn current(&mut self) -> Result<Option<Object>, StoreError> {
        self.transaction.get(&[self.bucket.as_str(), self.key.as_str()]).await
    }

    /// The newest version that is not the current object.
    async fn newest_hidden(&mut self) -> Result<Option<Version>, StoreError> {
        let place = [self.bucket.as_str(), self.key.as_str()];
        let found = self.transaction.scan::<Version>(&place, None, 1).await?;
        Ok(found.into_iter().next().map(|(_, version)| version))
    }

    /// The version of an id that is not the current object.
    async fn hidden(&mut self, id: &VersionId) -> Result<Option<Version>, StoreError> {
        let (bucket, key) = (self.bucket.as_str(), self.key.as_str());
        let ordinal = if let Some(ordinal) = id.ordinal() {
            ordinal
        } else {
            let null: Option<NullVersion> = self.transaction.get(&[bucket, key]).await?;
            let Some(null) = null else { return Ok(None) };
            null.ordinal
        };
        let place = [bucket, key, &newest_first(ordinal)];
        let found: Option<Version> = self.transaction.get(&place).await?;
        Ok(found.filter(|version| version.id() == id))
    }

    /// Moves what is current aside, as its bucket says, for a newer version.
    async fn make_room(
        &mut self,
        versioning: Versioning,
        before: Option<Object>,
        random: &dyn Random,
    ) -> Result<Room, StoreError> {
        let newest = match &before {
            Some(object) => Some(object.ordinal),
            None => self.newest_hidden().await?.map(|version| version.ordinal()),
        };
        // The first version may be 0: one that was written before there were versions is.
        let ordinal = newest.map_or(0, |ordinal| ordinal.saturating_add(1));
        if versioning == Versioning::Enabled {
            if let Some(object) = before {
                self.hide(&Version::Object(Box::new(object)))?;
            }
            return Ok(Room { version: VersionId::generate(ordinal, random), ordinal, gone: None });
        }
        let null = VersionId::default();
        let gone = match before {
            Some(object) if object.version.is_null() => Some(object),
            before => {
                if let Some(object) = before {
                    self.hide(&Version::Object(Box::new(object)))?;
                }
                match self.hidden(&null).await? {
                    Some(version) => {
                        self.unhide(&version);
                        match version {
                            Version::Object(object) => Some(*object),
                            Version::Marker(_) => None,
                        }
                    }
                    None => None,
                }
            }
        };
        Ok(Room { version: null, ordinal, gone })
    }

    /// Makes the newest hidden version the current object, unless that is a delete marker.
    async fn promote(&mut self) -> Result<(), StoreError> {
        let Some(version) = self.newest_hidden().await? else { return Ok(()) };
        if matches!(version, Version::Object(_)) {
            self.unhide(&version);
        }
        match version {
            Version::Object(object) => self.transaction.put(object.as_ref()),
            Version::Marker(_) => Ok(()),
        }
    }

    fn hide(&mut self, version: &Version) -> Result<(), StoreError> {
        if version.id().is_null() {
            let (bucket, key) = (self.bucket.clone(), self.key.clone());
            let ordinal = version.ordinal();
            self.transaction.put(&NullVersion { bucket, key, ordinal })?;
        }
        self.transaction.put(version)
    }

    fn unhide(&mut self, version: &Version) {
        let (bucket, key) = (self.bucket.as_str(), self.key.as_str());
        if version.id().is_null() {
            self.transaction.delete::<NullVersion>(&[bucket, key]);
        }
        self.transaction.delete::<Version>(&[bucket, key, &newest_first(version.ordinal())]);
    }
}

/// What putting an object did.
#[derive(Debug)]
pub(crate) struct Put {
    /// The id of its version, in a bucket that has or had versioning.
    pub(crate) version: Option<VersionId>,
    /// The object that is no more.
    pub(crate) gone: Option<Object>,
}

/// The place for a new version.
struct Room {
    version: VersionId,
    ordinal: u64,
    gone: Option<Object>,
}
