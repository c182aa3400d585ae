//! Receiving a body: into a blob, and through every check that the client asked for, before
//! anything of it can be seen.

use bytes::Bytes;
use futures_util::StreamExt;
use md5::{Digest as _, Md5};
use rolecall_api::ApiError;
use rolecall_crypto::{BodyHash, ct_eq};
use rolecall_gate::Body;

use crate::blobs::PIECE_BYTES;
use crate::checksum::Crc64;
use crate::code::invalid_argument;
use crate::error::ObjectError;
use crate::form::Lengths;
use crate::pieces::{PieceWriter, Pieces};
use crate::record::{Content, Encryption, ObjectKind, Piece};

/// The longest body of an upload, in bytes: 5 GiB. Source: OSS `PutObject`.
pub const UPLOAD_BYTES_MAX: u64 = 5 << 30;

/// The length of an MD5, in bytes.
pub(crate) const MD5_BYTES: usize = 16;

/// What a client says of its body.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claims {
    /// `Content-MD5`.
    pub(crate) md5: Option<[u8; MD5_BYTES]>,
    /// `x-oss-hash-crc64ecma`.
    pub(crate) crc64: Option<u64>,
    /// The hash that was signed, in lower-case hexadecimal.
    pub(crate) sha256: Option<String>,
    /// How long it may be, beside what any may.
    pub(crate) lengths: Option<Lengths>,
}

/// Reads an `x-oss-hash-crc64ecma`.
pub(crate) fn parse_crc64(text: Option<&str>) -> Result<Option<u64>, ApiError> {
    let Some(text) = text else { return Ok(None) };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).map(Some).ok_or_else(|| {
        let message = "The x-oss-hash-crc64ecma is not a number.";
        invalid_argument(message, "x-oss-hash-crc64ecma", text)
    })
}

/// A body that was received and holds what was claimed; not yet durable.
pub(crate) struct Received {
    writer: Option<PieceWriter>,
    /// Its length in bytes.
    pub(crate) size: u64,
    /// Its MD5.
    pub(crate) md5: [u8; MD5_BYTES],
    /// Its CRC-64/XZ.
    pub(crate) crc64: u64,
}

/// Receives a body. Dropped on the way, or refused at the end, it leaves nothing.
pub(crate) async fn receive(
    pieces: &Pieces,
    body: Body,
    claims: &Claims,
    encryption: Option<Encryption>,
) -> Result<Received, ObjectError> {
    let announced = body.length();
    let Lengths { least, most } = claims.lengths.unwrap_or(Lengths { least: 0, most: u64::MAX });
    let most = most.min(UPLOAD_BYTES_MAX);
    if announced.is_some_and(|length| length > most) {
        return Err(ObjectError::TooLarge);
    }
    let mut sums = Sums::new(claims);
    let mut writer = None;
    let mut stream = body.into_stream();
    while let Some(bytes) = stream.next().await {
        let mut bytes = bytes?;
        while !bytes.is_empty() {
            let part = bytes.split_to(bytes.len().min(PIECE_BYTES));
            sums.update(&part);
            if sums.size > most {
                return Err(ObjectError::TooLarge);
            }
            let writer = writer.get_or_insert_with(|| pieces.begin(announced, encryption));
            writer.write(part).await?;
        }
    }
    if announced.is_some_and(|length| length != sums.size) {
        return Err(ObjectError::Length);
    }
    if sums.size < least {
        return Err(ObjectError::TooSmall);
    }
    sums.check(claims, writer)
}

impl Received {
    /// The body of what has none.
    pub(crate) fn nothing() -> Self {
        Self { writer: None, size: 0, md5: Md5::digest([]).into(), crc64: 0 }
    }

    /// What an object of it has, but for where it is.
    pub(crate) fn content(&self) -> Content {
        Content {
            pieces: Vec::new(),
            size: self.size,
            etag: format!("{:032X}", u128::from_be_bytes(self.md5)),
            crc64: self.crc64,
            kind: ObjectKind::Normal,
        }
    }

    /// Makes the bytes durable.
    pub(crate) async fn settle(self) -> Result<Vec<Piece>, ObjectError> {
        let Some(writer) = self.writer else { return Ok(Vec::new()) };
        Ok(vec![writer.finish().await?])
    }
}

/// The sums of the bytes so far.
struct Sums {
    size: u64,
    md5: Md5,
    crc64: Crc64,
    sha256: Option<BodyHash>,
}

impl Sums {
    fn new(claims: &Claims) -> Self {
        let sha256 = claims.sha256.as_ref().map(|_| BodyHash::new());
        Self { size: 0, md5: Md5::new(), crc64: Crc64::new(), sha256 }
    }

    fn update(&mut self, part: &Bytes) {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        self.size = self.size.saturating_add(length);
        self.md5.update(part);
        self.crc64.update(part);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(part);
        }
    }

    fn check(self, claims: &Claims, writer: Option<PieceWriter>) -> Result<Received, ObjectError> {
        let (md5, crc64): ([u8; MD5_BYTES], u64) =
            (self.md5.finalize().into(), self.crc64.finish());
        let hash = self.sha256.map(BodyHash::finish);
        let signed = match (&claims.sha256, &hash) {
            (Some(declared), Some(hash)) => ct_eq(declared.as_bytes(), hash.as_bytes()),
            _ => claims.sha256.is_none(),
        };
        if !signed || claims.md5.is_some_and(|claimed| claimed != md5) {
            return Err(ObjectError::Digest);
        }
        if claims.crc64.is_some_and(|claimed| claimed != crc64) {
            return Err(ObjectError::Crc);
        }
        Ok(Received { writer, size: self.size, md5, crc64 })
    }
}
