//! What an image says of itself in its first bytes: its format and its size.

use imagesize::{ImageType, blob_size, image_type};

/// An image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Image {
    /// In pixels.
    pub(super) width: usize,
    /// In pixels.
    pub(super) height: usize,
    /// As OSS names it.
    pub(super) format: &'static str,
}

impl Image {
    /// The image that begins with these bytes, if they tell of one.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let format = match image_type(bytes).ok()? {
            ImageType::Bmp => "bmp",
            ImageType::Gif => "gif",
            ImageType::Jpeg => "jpg",
            ImageType::Png => "png",
            ImageType::Webp => "webp",
            _ => return None,
        };
        let size = blob_size(bytes).ok()?;
        Some(Self { width: size.width, height: size.height, format })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn images() -> Vec<(Vec<u8>, Image)> {
        let image = |format| Image { width: 300, height: 200, format };
        let jpeg =
            b"\xFF\xD8\xFF\xE0\x00\x04ab\xFF\xC4\x00\x03x\xFF\xC2\x00\x11\x08\x00\xC8\x01\x2C";
        vec![
            (b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\x01\x2C\0\0\0\xC8".to_vec(), image("png")),
            (b"GIF89a\x2C\x01\xC8\0\xF7\0".to_vec(), image("gif")),
            (jpeg.to_vec(), image("jpg")),
            ([&b"BM"[..], &[0; 16], b"\x2C\x01\0\0\xC8\0\0\0"].concat(), image("bmp")),
            (b"RIFF....WEBPVP8 ..........\x2C\x01\xC8\0".to_vec(), image("webp")),
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
