//! What an image says of itself in its first bytes: its format and its size.
//!
//! Sources: the specifications of PNG, GIF, JPEG (ITU T.81), BMP and WebP.

/// An image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Image {
    /// In pixels.
    pub(super) width: u32,
    /// In pixels.
    pub(super) height: u32,
    /// As OSS names it.
    pub(super) format: &'static str,
}

impl Image {
    /// The image that begins with these bytes, if they tell of one.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let sized = |format, (width, height)| Self { width, height, format };
        match bytes {
            [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => {
                Some(sized("png", (big(bytes, 16, 4)?, big(bytes, 20, 4)?)))
            }
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => {
                Some(sized("gif", (little(bytes, 6, 2)?, little(bytes, 8, 2)?)))
            }
            [b'B', b'M', ..] => {
                // A negative height is that of an image whose first line is its uppermost.
                let height = little(bytes, 22, 4)?.cast_signed().unsigned_abs();
                Some(sized("bmp", (little(bytes, 18, 4)?, height)))
            }
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
                webp(bytes).map(|size| sized("webp", size))
            }
            [0xFF, 0xD8, segments @ ..] => jpeg(segments).map(|size| sized("jpg", size)),
            _ => None,
        }
    }
}

fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8 " => Some((little(bytes, 26, 2)? & 0x3FFF, little(bytes, 28, 2)? & 0x3FFF)),
        b"VP8L" => {
            let packed = little(bytes, 21, 4)?;
            Some(((packed & 0x3FFF).saturating_add(1), (packed >> 14 & 0x3FFF).saturating_add(1)))
        }
        b"VP8X" => {
            let (width, height) = (little(bytes, 24, 3)?, little(bytes, 27, 3)?);
            Some((width.saturating_add(1), height.saturating_add(1)))
        }
        _ => None,
    }
}

/// The size in the frame header of a JPEG, behind its first marker.
fn jpeg(mut rest: &[u8]) -> Option<(u32, u32)> {
    loop {
        let [0xFF, marker, after @ ..] = rest else { return None };
        match marker {
            // A filler.
            0xFF => rest = rest.get(1..)?,
            // Markers without a segment.
            0x01 | 0xD0..=0xD7 => rest = after,
            // A frame header: its length, its precision, its height, its width. The three others
            // of this range are tables.
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                return Some((big(after, 5, 2)?, big(after, 3, 2)?));
            }
            // The image's data, or its end.
            0xD9 | 0xDA => return None,
            _ => {
                let length = usize::try_from(big(after, 0, 2)?).ok()?;
                rest = after.get(length.max(2)..)?;
            }
        }
    }
}

/// A number whose first byte counts most.
fn big(bytes: &[u8], at: usize, length: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.get(..length)?;
    Some(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

/// A number whose last byte counts most.
fn little(bytes: &[u8], at: usize, length: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.get(..length)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn images() -> Vec<(Vec<u8>, Image)> {
        let image = |format| Image { width: 300, height: 200, format };
        let jpeg =
            b"\xFF\xD8\xFF\xE0\x00\x04ab\xFF\xFF\xC4\x00\x03x\xFF\xC2\x00\x11\x08\x00\xC8\x01\x2C";
        vec![
            (b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\x01\x2C\0\0\0\xC8".to_vec(), image("png")),
            (b"GIF89a\x2C\x01\xC8\0".to_vec(), image("gif")),
            (jpeg.to_vec(), image("jpg")),
            ([&b"BM"[..], &[0; 16], b"\x2C\x01\0\0\x38\xFF\xFF\xFF"].concat(), image("bmp")),
            (b"RIFF....WEBPVP8 ..........\x2C\x01\xC8\x40".to_vec(), image("webp")),
            (b"RIFF....WEBPVP8L....\x2F\x2B\xC1\x31\0".to_vec(), image("webp")),
            (b"RIFF....WEBPVP8X........\x2B\x01\0\xC7\0\0".to_vec(), image("webp")),
        ]
    }

    #[test]
    fn images_tell_their_size() {
        for (bytes, image) in images() {
            assert_eq!(Image::read(&bytes), Some(image));
            for cut in 0..bytes.len() {
                assert_eq!(Image::read(&bytes[..cut]), None, "{cut} of {}", image.format);
            }
        }
        assert_eq!(Image::read(b"plain text"), None);
        assert_eq!(Image::read(b"\xFF\xD8\xFF\xDA\x00\x02"), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(which in 0_usize..8, bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let head = images().get(which).map_or(Vec::new(), |(head, _)| head[..4].to_vec());
            Image::read(&[head, bytes].concat());
        }
    }
}
