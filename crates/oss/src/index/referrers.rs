//! The records that refer to blobs, one after the other: for who looks at all bytes.

use rolecall_store::{Key, KeyRange, Reader, Record, StoreError};

use super::{Index, each};
use crate::error::ObjectError;
use crate::record::{Bucket, BucketId, Object, Part, Piece, ScrubState, Version, VersionId};

/// A record that refers to blobs, or could.
#[derive(Debug)]
pub(crate) struct Referrer {
    /// Where it is in the index.
    pub(crate) place: Key,
    /// What it says, if it can be read.
    pub(crate) says: Result<Reference, StoreError>,
}

/// What such a record says.
#[derive(Debug)]
pub(crate) struct Reference {
    /// The version that it is, of an object.
    pub(crate) version: Option<VersionId>,
    /// The bytes that it refers to.
    pub(crate) pieces: Vec<Piece>,
}

/// A table whose records refer to blobs.
trait Refers: Record {
    fn reference(self) -> Reference;
}

impl Refers for Object {
    fn reference(self) -> Reference {
        Reference { version: Some(self.version), pieces: self.pieces }
    }
}

impl Refers for Version {
    fn reference(self) -> Reference {
        match self {
            Self::Object(object) => object.reference(),
            Self::Marker(marker) => Reference { version: Some(marker.version), pieces: Vec::new() },
        }
    }
}

impl Refers for Part {
    fn reference(self) -> Reference {
        Reference { version: None, pieces: self.pieces }
    }
}

impl Index {
    /// Some of the records behind a place, at most `limit`: objects, then other versions, then
    /// parts. An object that is replaced meanwhile is met again as a version. None is the end.
    pub(crate) async fn referrers(
        &self,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Referrer>, ObjectError> {
        let reader = self.store.read().await?;
        let is_of = |table: fn(&Key) -> bool| after.is_none_or(table);
        let mut found = Vec::new();
        if is_of(Key::is_of::<Object>) {
            found = behind::<Object>(&reader, after, limit).await?;
        }
        if found.is_empty() && is_of(|key| !key.is_of::<Part>()) {
            found = behind::<Version>(&reader, after, limit).await?;
        }
        if found.is_empty() {
            found = behind::<Part>(&reader, after, limit).await?;
        }
        Ok(found)
    }

    /// What the record at a place says now, if there is one.
    pub(crate) async fn referrer(&self, place: &Key) -> Result<Option<Referrer>, ObjectError> {
        let reader = self.store.read().await?;
        let at = place.parts();
        if place.is_of::<Object>() {
            at_place::<Object>(&reader, &at).await
        } else if place.is_of::<Version>() {
            at_place::<Version>(&reader, &at).await
        } else {
            at_place::<Part>(&reader, &at).await
        }
    }

    /// The name of the bucket of an id, found by reading all buckets.
    pub(crate) async fn bucket_name(&self, id: &str) -> Result<Option<String>, ObjectError> {
        let (reader, mut name) = (self.store.read().await?, None);
        let see = |bucket: Bucket| {
            if BucketId::as_str(&bucket.id) == id {
                name = Some(bucket.name.to_string());
            }
            Ok(())
        };
        each(&reader, see).await?;
        Ok(name)
    }

    /// How far looking at all bytes has come.
    pub(crate) async fn scrub_state(&self) -> Result<ScrubState, ObjectError> {
        let reader = self.store.read().await?;
        Ok(reader.get::<ScrubState>(&[]).await?.unwrap_or_default())
    }

    /// Keeps how far it has come. One task does, so it meets no other.
    pub(crate) async fn keep_scrub_state(&self, state: &ScrubState) -> Result<(), ObjectError> {
        let mut transaction = self.store.begin().await?;
        transaction.put_at(&[], state)?;
        transaction.commit().await?;
        Ok(())
    }
}

async fn behind<T: Refers>(
    reader: &Reader,
    after: Option<&Key>,
    limit: usize,
) -> Result<Vec<Referrer>, ObjectError> {
    let table = KeyRange::under::<&str>(T::TABLE, &[]);
    let range = match after.filter(|after| after.is_of::<T>()) {
        Some(after) => table.after(after),
        None => table,
    };
    Ok(referrers::<T>(reader, range, limit).await?)
}

async fn at_place<T: Refers>(
    reader: &Reader,
    parts: &[Vec<u8>],
) -> Result<Option<Referrer>, ObjectError> {
    // No key of these tables is the beginning of another.
    let found = referrers::<T>(reader, KeyRange::under(T::TABLE, parts), 1).await?;
    Ok(found.into_iter().next())
}

async fn referrers<T: Refers>(
    reader: &Reader,
    range: KeyRange,
    limit: usize,
) -> Result<Vec<Referrer>, StoreError> {
    let found = reader.examine::<T>(range, limit).await?;
    let referrer = |(place, record): (Key, Result<T, StoreError>)| {
        let says = record.map(Refers::reference);
        Referrer { place, says }
    };
    Ok(found.into_iter().map(referrer).collect())
}
