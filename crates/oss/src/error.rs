//! What can go wrong inside, and what each failure means to a caller.

use rolecall_api::{ApiError, code as api};
use rolecall_crypto::SealError;
use rolecall_gate::BodyError;
use rolecall_policy::PolicyError;
use rolecall_store::StoreError;

use crate::assembly::{PART_BYTES_MIN, PartsError};
use crate::blobs::BlobError;
use crate::code;

/// Why buckets and objects were not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// No such bucket, or not any more.
    #[error("use a bucket: there is none of this name")]
    NoSuchBucket,
    /// The bucket's name is another account's.
    #[error("create a bucket: another account has one of this name")]
    BucketTaken,
    /// The account has a bucket of this name, of another class or redundancy.
    #[error("create a bucket: the account has one of this name that is otherwise")]
    BucketDiffers,
    /// The account has as many buckets as it may.
    #[error("create a bucket: the account has as many as it may")]
    TooManyBuckets,
    /// The bucket has objects.
    #[error("delete a bucket: it has objects")]
    BucketNotEmpty,
    /// The object exists and must not be overwritten.
    #[error("write an object: it exists and must not be overwritten")]
    Exists,
    /// The policy that is kept with a bucket is none.
    #[error("use a bucket: its policy cannot be read")]
    Policy(#[source] PolicyError),
    /// No such upload, or not any more.
    #[error("use an upload: there is none of this id for the bucket and the key")]
    NoSuchUpload,
    /// The parts of an upload make no object.
    #[error("make an object of the parts of an upload")]
    Parts(#[from] PartsError),
    /// The index failed.
    #[error("use the index of objects")]
    Store(#[from] StoreError),
    /// The bytes failed.
    #[error("use the bytes of an object")]
    Blob(#[from] BlobError),
    /// The key of encrypted bytes cannot be opened.
    #[error("open the key of an object's bytes")]
    Key(#[from] SealError),
    /// The index refers to bytes that are not there.
    #[error("read an object: the index refers to a blob that is not there")]
    BlobMissing,
    /// The body of an upload failed.
    #[error("receive a body")]
    Body(#[from] BodyError),
    /// The body is longer than an object may be.
    #[error("receive a body: it is longer than an object may be")]
    TooLarge,
    /// The body is shorter than who signed for it allows.
    #[error("receive a body: it is shorter than its policy allows")]
    TooSmall,
    /// The body is not as long as it was announced.
    #[error("receive a body: it is not as long as it was announced")]
    Length,
    /// The body is not the one whose MD5 or SHA-256 was sent.
    #[error("receive a body: it is not the one whose digest was sent")]
    Digest,
    /// The body is not the one whose CRC was sent.
    #[error("receive a body: it is not the one whose CRC was sent")]
    Crc,
    /// The work was given up because the program ends.
    #[error("change the index of objects: the program is stopping")]
    Stopping,
}

impl From<ObjectError> for ApiError {
    fn from(error: ObjectError) -> Self {
        let code = match &error {
            ObjectError::NoSuchBucket => &code::NO_SUCH_BUCKET,
            ObjectError::BucketTaken => &code::BUCKET_ALREADY_EXISTS,
            ObjectError::BucketDiffers => &code::BUCKET_NOT_MODIFIED,
            ObjectError::TooManyBuckets => &code::TOO_MANY_BUCKETS,
            ObjectError::BucketNotEmpty => &code::BUCKET_NOT_EMPTY,
            ObjectError::Exists => &code::FILE_ALREADY_EXISTS,
            ObjectError::NoSuchUpload => &code::NO_SUCH_UPLOAD,
            ObjectError::Parts(PartsError::None) => &code::NO_PARTS,
            ObjectError::Parts(PartsError::Order) => &code::INVALID_PART_ORDER,
            ObjectError::Parts(PartsError::Missing { .. }) => &code::INVALID_PART,
            ObjectError::Parts(PartsError::TooSmall { .. }) | ObjectError::TooSmall => {
                &code::ENTITY_TOO_SMALL
            }
            // What helps is to ask again: later, or when the disk has room.
            ObjectError::Store(StoreError::Conflict | StoreError::Full)
            | ObjectError::Blob(BlobError::Full | BlobError::Stopping)
            | ObjectError::Stopping => &api::SERVICE_UNAVAILABLE,
            ObjectError::Body(BodyError::Incomplete | BodyError::Broken(_))
            | ObjectError::Length => &code::INCOMPLETE_BODY,
            ObjectError::Body(BodyError::Timeout) => &code::REQUEST_TIMEOUT,
            ObjectError::Body(BodyError::TooLarge { .. }) | ObjectError::TooLarge => {
                &code::ENTITY_TOO_LARGE
            }
            ObjectError::Body(BodyError::Mismatch) | ObjectError::Digest => &code::INVALID_DIGEST,
            ObjectError::Crc => &code::INVALID_CRC64,
            ObjectError::Policy(_)
            | ObjectError::Store(_)
            | ObjectError::Blob(_)
            | ObjectError::Key(_)
            | ObjectError::BlobMissing => &api::INTERNAL_ERROR,
        };
        let answer = match &error {
            ObjectError::Parts(PartsError::Missing { number, etag }) => Self::new(code)
                .element("PartNumber", number.to_string())
                .element("ETag", etag.as_str()),
            ObjectError::Parts(PartsError::TooSmall { number, size }) => Self::new(code)
                .element("PartNumber", number.to_string())
                .element("ProposedSize", size.to_string())
                .element("MinSizeAllowed", PART_BYTES_MIN.to_string()),
            _ => Self::new(code),
        };
        answer.because(error)
    }
}
