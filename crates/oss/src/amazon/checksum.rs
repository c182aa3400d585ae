//! The checksums that Amazon's clients send beside a body, before it or behind it.

use crc_fast::{CrcAlgorithm, Digest};
use rolecall_api::ApiError;
use rolecall_crypto::{BodyHash, RequestHead, decode_base64};

use crate::code::{self, header_not_implemented};

/// What the names of their headers begin with.
const PREFIX: &str = "x-amz-checksum-";

/// Headers of that beginning which hold no checksum.
const ADVICE: [&str; 3] =
    ["x-amz-checksum-algorithm", "x-amz-checksum-mode", "x-amz-checksum-type"];

/// A checksum that is being computed, and what it must become.
pub(super) struct Checksum {
    header: String,
    sum: Sum,
    expected: Option<Vec<u8>>,
}

enum Sum {
    /// 32 bits wide.
    Crc32(Digest),
    /// 64 bits wide.
    Crc64(Digest),
    Sha256(BodyHash),
}

impl Checksum {
    /// The checksum that a request sends or announces. One of an algorithm that is not computed
    /// here is refused: it would go unchecked.
    pub(super) fn of(head: &RequestHead) -> Result<Option<Self>, ApiError> {
        let sent = head.headers.iter().map(|(name, _)| name.as_str());
        let mut sent = sent.filter(|name| name.starts_with(PREFIX) && !ADVICE.contains(name));
        let announced = head.header("x-amz-trailer").map(str::to_ascii_lowercase);
        let header = match (sent.next(), &announced) {
            (None, None) => return Ok(None),
            (Some(header), None) => header,
            (None, Some(header)) => header,
            (Some(_), Some(_)) => return Err(header_not_implemented("x-amz-trailer")),
        };
        if let Some(second) = sent.next() {
            return Err(header_not_implemented(second));
        }
        let sum = match header.strip_prefix(PREFIX) {
            Some("crc32") => Sum::Crc32(Digest::new(CrcAlgorithm::Crc32IsoHdlc)),
            Some("crc32c") => Sum::Crc32(Digest::new(CrcAlgorithm::Crc32Iscsi)),
            Some("crc64nvme") => Sum::Crc64(Digest::new(CrcAlgorithm::Crc64Nvme)),
            Some("sha256") => Sum::Sha256(BodyHash::new()),
            _ => return Err(header_not_implemented(header)),
        };
        let mut checksum = Self { header: header.to_owned(), sum, expected: None };
        if announced.is_none() && !checksum.expect(head.header(header).unwrap_or_default()) {
            return Err(ApiError::new(&code::INVALID_DIGEST));
        }
        Ok(Some(checksum))
    }

    /// The header that holds it, in lower case.
    pub(super) fn header(&self) -> &str {
        &self.header
    }

    /// What it must become, in Base64. `false`: that is none.
    pub(super) fn expect(&mut self, text: &str) -> bool {
        let first = self.expected.is_none();
        self.expected = decode_base64(text);
        first && self.expected.is_some()
    }

    /// Takes the next bytes.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match &mut self.sum {
            Sum::Crc32(digest) | Sum::Crc64(digest) => digest.update(bytes),
            Sum::Sha256(hash) => hash.update(bytes),
        }
    }

    /// Whether it became what was sent. One that was announced and did not come does not hold.
    pub(super) fn holds(&self) -> bool {
        let Some(expected) = &self.expected else { return false };
        match &self.sum {
            Sum::Crc32(digest) => {
                let [_, _, _, _, sum @ ..] = digest.finalize().to_be_bytes();
                sum == expected.as_slice()
            }
            Sum::Crc64(digest) => digest.finalize().to_be_bytes() == expected.as_slice(),
            Sum::Sha256(hash) => {
                let digits = hash.clone().finish();
                let bytes = digits
                    .as_bytes()
                    .chunks(2)
                    .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
                bytes.eq(expected.iter().map(|byte| Some(*byte)))
            }
        }
    }
}
