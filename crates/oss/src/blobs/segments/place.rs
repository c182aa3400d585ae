//! Where a small blob is, which is also its id.

use std::ops::Range;

use super::live::{GRANULE_BYTES, granules};
use crate::blobs::{BlobError, BlobId};
use crate::checksum::crc64;

/// What stands before a blob's bytes, in bytes: [`MAGIC`], the length, the checksum.
pub(super) const FRAME_BYTES: usize = 16;

/// The first bytes of a frame.
const MAGIC: [u8; 4] = *b"blob";

/// The most bytes that an id has room for.
const LENGTH_MAX: u32 = 0xf_ffff;

/// A blob in a segment. Its id is `segment offset length checksum check` in hexadecimal digits; the
/// last part is one of the others, so that an id that is not ours frees nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) segment: u32,
    /// Where its frame begins, in granules.
    pub(super) granule: u32,
    /// The length of its bytes.
    pub(super) length: u32,
    /// Their CRC-64/XZ.
    pub(super) crc: u64,
}

impl Place {
    /// The number of digits of an id.
    pub(super) const ID_LENGTH: usize = 39;

    pub(super) fn id(&self) -> BlobId {
        let Self { segment, granule, length, crc } = self;
        let text = format!("{segment:08x}{granule:06x}{length:05x}{crc:016x}");
        BlobId::new(format!("{text}{:04x}", check(&text)))
    }

    pub(super) fn parse(id: &BlobId) -> Result<Self, BlobError> {
        Self::of(id.as_str()).ok_or(BlobError::Id)
    }

    fn of(text: &str) -> Option<Self> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let part = |range: Range<usize>| u32::from_str_radix(text.get(range)?, 16).ok();
        let well_formed = text.len() == Self::ID_LENGTH && text.bytes().all(digit);
        let sum = u32::from(check(text.get(..35)?));
        (well_formed && part(35..39)? == sum).then_some(())?;
        Some(Self {
            segment: part(0..8)?,
            granule: part(8..14)?,
            length: part(14..19)?,
            crc: u64::from_str_radix(text.get(19..35)?, 16).ok()?,
        })
    }

    /// The granules of its frame and bytes.
    pub(super) fn granules(&self) -> Range<u32> {
        self.granule..self.granule.saturating_add(granules(frame_length(self.length)))
    }

    /// Where its frame begins, in bytes.
    pub(super) fn offset(&self) -> u64 {
        u64::from(self.granule).saturating_mul(GRANULE_BYTES)
    }

    /// The length of frame and bytes, in bytes.
    pub(super) fn framed(&self) -> usize {
        usize::try_from(frame_length(self.length)).unwrap_or(usize::MAX)
    }

    /// What stands before its bytes.
    pub(super) fn frame(&self) -> [u8; FRAME_BYTES] {
        frame(self.length, self.crc)
    }

    /// Whether a frame and bytes are this blob's.
    pub(super) fn is(&self, framed: &[u8]) -> bool {
        let Some((frame, bytes)) = framed.split_at_checked(FRAME_BYTES) else { return false };
        frame == self.frame()
            && bytes.len() == self.framed().saturating_sub(FRAME_BYTES)
            && crc64(bytes) == self.crc
    }
}

/// The frame of bytes of a length and a checksum.
pub(super) fn frame(length: u32, crc: u64) -> [u8; FRAME_BYTES] {
    let mut frame = [0; FRAME_BYTES];
    let parts = MAGIC.iter().copied().chain(length.to_le_bytes()).chain(crc.to_le_bytes());
    for (to, from) in frame.iter_mut().zip(parts) {
        *to = from;
    }
    frame
}

/// The length of a blob of an id's room, or none.
pub(super) fn length(bytes: usize) -> Option<u32> {
    u32::try_from(bytes).ok().filter(|length| *length <= LENGTH_MAX)
}

fn frame_length(length: u32) -> u64 {
    let frame = u64::try_from(FRAME_BYTES).unwrap_or(u64::MAX);
    u64::from(length).saturating_add(frame)
}

fn check(text: &str) -> u16 {
    let [low, high, ..] = crc64(text.as_bytes()).to_le_bytes();
    u16::from_le_bytes([low, high])
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place =
        Place { segment: 26, granule: 0x3f2, length: 4096, crc: 0x0123_4567_89ab_cdef };

    #[test]
    fn an_id_is_a_place_and_nothing_else_is_an_id() {
        let id = PLACE.id();
        assert_eq!(id.as_str().len(), Place::ID_LENGTH);
        assert!(id.as_str().starts_with("0000001a0003f2010000123456789abcdef"), "{id:?}");
        assert_eq!(Place::parse(&id).unwrap(), PLACE);
        for index in 0..Place::ID_LENGTH {
            for other in ['0', '1', 'f', 'F', '+', '/', 'ä'] {
                let mut text: Vec<char> = id.as_str().chars().collect();
                if text[index] == other {
                    continue;
                }
                text[index] = other;
                let id = BlobId::new(text.into_iter().collect::<String>());
                assert!(matches!(Place::parse(&id), Err(BlobError::Id)), "{id:?}");
            }
        }
        let upper = BlobId::new(id.as_str().to_uppercase());
        assert!(matches!(Place::parse(&upper), Err(BlobError::Id)));
    }

    #[test]
    fn a_place_is_as_long_as_its_frame_and_bytes() {
        let at = |length| Place { length, ..PLACE }.granules();
        assert_eq!(at(1), 0x3f2..0x3f3);
        assert_eq!(at(48), 0x3f2..0x3f3);
        assert_eq!(at(49), 0x3f2..0x3f4);
        assert_eq!(at(4096), 0x3f2..0x3f2 + 65);
    }
}
