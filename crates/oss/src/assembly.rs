//! How parts become an object.

use md5::{Digest as _, Md5};
use rolecall_types::Timestamp;

use crate::checksum::combine;
use crate::record::{Content, Object, ObjectKind, Part, Piece, Upload};

/// The fewest bytes of a part that is not the last one: 100 KB. Source: OSS
/// `CompleteMultipartUpload`.
pub(crate) const PART_BYTES_MIN: u64 = 100 * 1024;

/// Which parts an object is to be made of.
#[derive(Debug, Clone)]
pub(crate) enum Wanted {
    /// All that were uploaded.
    All,
    /// These, by number and `ETag`, in the order in which they were named.
    These(Vec<(u32, String)>),
}

/// An object, and the parts that it does not have.
#[derive(Debug)]
pub(crate) struct Assembly {
    pub(crate) object: Object,
    pub(crate) discarded: Vec<Part>,
}

/// Why no object can be made of the parts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartsError {
    /// There is none.
    #[error("complete an upload: no part was named, or none uploaded")]
    None,
    /// They were not named in ascending order.
    #[error("complete an upload: its parts are not named in ascending order")]
    Order,
    /// A part was not uploaded, or has another `ETag`.
    #[error("complete an upload: part {number} was not uploaded, or has another ETag")]
    Missing {
        /// Its number.
        number: u32,
        /// The `ETag` that was named.
        etag: String,
    },
    /// A part that is not the last one is too small.
    #[error("complete an upload: part {number} is too small")]
    TooSmall {
        /// Its number.
        number: u32,
        /// Its length in bytes.
        size: u64,
    },
}

/// Makes an object of the parts of an upload, which are in ascending order.
pub(crate) fn assemble(
    upload: &Upload,
    parts: Vec<Part>,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Assembly, PartsError> {
    let (used, discarded) = match wanted {
        Wanted::All => (parts, Vec::new()),
        Wanted::These(named) => choose(parts, named)?,
    };
    let Some((_, earlier)) = used.split_last() else { return Err(PartsError::None) };
    if let Some(small) = earlier.iter().find(|part| part.size < PART_BYTES_MIN) {
        return Err(PartsError::TooSmall { number: small.number, size: small.size });
    }
    let mut whole = Whole::default();
    let count = used.len();
    for part in used {
        whole.push(part);
    }
    let content = Content {
        pieces: whole.pieces,
        size: whole.size,
        etag: etag(whole.md5s, count),
        crc64: whole.crc64,
        kind: ObjectKind::Multipart,
    };
    let (key, attributes) = (upload.key.clone(), upload.attributes.clone());
    let object = Object::new(&upload.bucket, key, attributes, content, now);
    Ok(Assembly { object, discarded })
}

/// Those parts that are named, and the others.
fn choose(parts: Vec<Part>, named: &[(u32, String)]) -> Result<(Vec<Part>, Vec<Part>), PartsError> {
    if !named.is_sorted_by(|(left, _), (right, _)| left < right) {
        return Err(PartsError::Order);
    }
    let (mut used, mut discarded) = (Vec::new(), Vec::new());
    let mut next = named.iter().peekable();
    for part in parts {
        match next.next_if(|(number, etag)| *number == part.number && same(etag, &part)) {
            Some(_) => used.push(part),
            None => discarded.push(part),
        }
    }
    match next.next() {
        Some((number, etag)) => Err(PartsError::Missing { number: *number, etag: etag.clone() }),
        None => Ok((used, discarded)),
    }
}

/// Whether an `ETag` is a part's. Quotes and case do not count.
fn same(etag: &str, part: &Part) -> bool {
    etag.trim().trim_matches('"').eq_ignore_ascii_case(&part.etag())
}

/// What the parts so far come to.
#[derive(Default)]
struct Whole {
    pieces: Vec<Piece>,
    size: u64,
    crc64: u64,
    md5s: Md5,
}

impl Whole {
    fn push(&mut self, part: Part) {
        self.crc64 = combine(self.crc64, part.crc64, part.size);
        self.size = self.size.saturating_add(part.size);
        self.md5s.update(part.md5);
        self.pieces.extend(part.pieces);
    }
}

/// The `ETag` of an object of parts: the MD5 of their MD5s, and their number. Clients compare it
/// with nothing.
fn etag(md5s: Md5, count: usize) -> String {
    let md5: [u8; 16] = md5s.finalize().into();
    format!("{:032X}-{count}", u128::from_be_bytes(md5))
}

#[cfg(test)]
mod tests {
    use rolecall_crypto::KeyRing;
    use rolecall_store::Encoded;
    use rolecall_types::SeededRandom;

    use super::*;
    use crate::blobs::BlobId;
    use crate::record::{
        Attributes, BucketId, ContentHeaders, Encryption, ObjectAcl, PART_NUMBER_MAX, StorageClass,
        UploadId,
    };
    use crate::text::ObjectKey;
    use crate::upload::UPLOAD_BYTES_MAX;

    #[test]
    fn as_many_parts_as_there_may_be_fit_into_one_record() {
        let random = SeededRandom::new(1);
        let upload = Upload {
            bucket: BucketId::generate(&random),
            key: ObjectKey::new(&"k".repeat(1023)).unwrap(),
            id: UploadId::generate(&random),
            initiated: Timestamp::UNIX_EPOCH,
            attributes: Attributes {
                storage_class: StorageClass::Standard,
                acl: ObjectAcl::Default,
                headers: ContentHeaders::default(),
                metadata: Vec::new(),
                tags: Vec::new(),
                encryption: Some(Encryption::Aes256),
            },
        };
        let (_, key) = KeyRing::generate(&random).make_data_key(&random);
        let piece =
            Piece { blob: BlobId::new("b".repeat(32)), length: UPLOAD_BYTES_MAX, key: Some(key) };
        let part = |number| Part {
            upload: upload.id.clone(),
            number,
            pieces: vec![piece.clone()],
            size: UPLOAD_BYTES_MAX,
            md5: [7; 16],
            crc64: u64::from(number),
            modified: Timestamp::UNIX_EPOCH,
        };
        let parts: Vec<_> = (1..=PART_NUMBER_MAX).map(part).collect();
        let made = assemble(&upload, parts, &Wanted::All, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(made.object.size, u64::from(PART_NUMBER_MAX) * UPLOAD_BYTES_MAX);
        assert!(made.object.etag.ends_with("-10000"));
        Encoded::of(&made.object).unwrap();
    }
}
