//! Appending: a blob more at the end of an object, if its end is where the writer thinks.

use md5::{Digest as _, Md5};
use rolecall_api::ApiError;
use rolecall_store::StoreError;
use rolecall_types::Timestamp;

use super::{Objects, is_certain};
use crate::checksum::combine;
use crate::code;
use crate::error::ObjectError;
use crate::known::KnownBucket;
use crate::record::{Attributes, Content, Encryption, Object, ObjectKind, Piece, Version};
use crate::text::ObjectKey;
use crate::upload::{Received, UPLOAD_BYTES_MAX};

/// What is to be appended to, and what is said of it if it begins here.
#[derive(Debug)]
pub(crate) struct Append {
    pub(crate) bucket: KnownBucket,
    pub(crate) key: ObjectKey,
    /// Where the object's end must be, in bytes.
    pub(crate) position: u64,
    pub(crate) attributes: Attributes,
    pub(crate) now: Timestamp,
}

/// The bytes that are appended, where they are durable.
struct Tail {
    pieces: Vec<Piece>,
    size: u64,
    md5: [u8; 16],
    crc64: u64,
}

impl Append {
    /// Whether what is there may be appended to here. Where versions are kept, that is the one
    /// named `null`, while it is the current one. Source: OSS `AppendObject`.
    pub(crate) fn check(&self, found: Option<&Version>) -> Result<(), ApiError> {
        let length = match found {
            None => 0,
            Some(Version::Object(object))
                if object.kind == ObjectKind::Appendable && object.version.is_null() =>
            {
                object.size
            }
            Some(_) => return Err(ApiError::new(&code::OBJECT_NOT_APPENDABLE)),
        };
        if self.position != length {
            return Err(ApiError::new(&code::POSITION_NOT_EQUAL_TO_LENGTH)
                .header("x-oss-next-append-position", length.to_string()));
        }
        Ok(())
    }

    /// How the bytes are encrypted: as those before them are.
    pub(crate) fn encryption(&self, found: Option<&Version>) -> Option<Encryption> {
        match found {
            Some(Version::Object(object)) => object.encryption,
            _ => self.attributes.encryption,
        }
    }

    /// The object with the bytes at its end.
    fn appended(&self, found: Option<Version>, tail: &Tail) -> Result<Object, ApiError> {
        self.check(found.as_ref())?;
        let before = match found {
            Some(Version::Object(object)) => *object,
            _ => self.empty(),
        };
        // Another object may have come in its place while the bytes were received.
        let sealed = before.encryption.is_some();
        if tail.pieces.iter().any(|piece| piece.key.is_some() != sealed) {
            return Err(ObjectError::Store(StoreError::Conflict).into());
        }
        let size = before.size.saturating_add(tail.size);
        if size > UPLOAD_BYTES_MAX {
            return Err(ObjectError::TooLarge.into());
        }
        Ok(Object {
            size,
            etag: next_etag(&before.etag, &tail.md5),
            crc64: combine(before.crc64, tail.crc64, tail.size),
            modified: self.now,
            pieces: [before.pieces.as_slice(), &tail.pieces].concat(),
            ..before
        })
    }

    fn empty(&self) -> Object {
        let content = Content {
            pieces: Vec::new(),
            size: 0,
            etag: String::new(),
            crc64: 0,
            kind: ObjectKind::Appendable,
        };
        let (bucket, key) = (&self.bucket.id, self.key.clone());
        Object::new(bucket, key, self.attributes.clone(), content, self.now)
    }
}

impl Objects {
    /// Makes a received body durable, and then part of the object. It goes on to its end even if
    /// the caller is gone. Returns the object as it now is.
    pub(crate) async fn append(
        &self,
        append: Append,
        received: Received,
    ) -> Result<Object, ApiError> {
        let this = self.clone();
        let work = async move {
            let (size, md5, crc64) = (received.size, received.md5, received.crc64);
            let tail = Tail { pieces: received.settle().await?, size, md5, crc64 };
            let change = |found| append.appended(found, &tail);
            let changed = this.index.update_object(&append.bucket, &append.key, None, change).await;
            match changed {
                Ok(Ok(object)) => Ok(object),
                Ok(Err(refused)) => {
                    this.forget(tail.pieces).await;
                    Err(refused)
                }
                Err(error) => {
                    if is_certain(&error) {
                        this.forget(tail.pieces).await;
                    }
                    Err(error.into())
                }
            }
        };
        tokio::spawn(work).await.map_err(|_| ApiError::from(ObjectError::Stopping))?
    }
}

/// An `ETag` that changes with every append: it is no digest of all bytes.
fn next_etag(before: &str, md5: &[u8]) -> String {
    let digest: [u8; 16] = Md5::new().chain_update(before).chain_update(md5).finalize().into();
    format!("{:032X}", u128::from_be_bytes(digest))
}
